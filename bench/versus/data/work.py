"""Works that are timed in turn, and the tables of their figures."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from figures import Spread, significant, spread_text, table
from page import Page


@dataclass
class Work:
    """Something to be timed. `ours` is compared with every peer of its group; `before` is not timed."""

    group: str
    name: str
    run: Callable[[], object]
    before: Callable[[], object] = lambda: None
    ours: bool = False
    mark: float | None = None  # how many times faster than this peer our own work shall be
    seconds: list[float] = field(default_factory=list)


def _in_turn(works: list[Work], number: int) -> list[Work]:
    """Each group begins with another of its works in each round: the first one fetches from the machine what memory the
    group needs, which costs more than the work itself where a hypervisor takes back what lies idle."""
    ordered = []
    for group in dict.fromkeys(work.group for work in works):
        members = [work for work in works if work.group == group]
        first = number % len(members)
        ordered += members[first:] + members[:first]
    return ordered


def measure(works: list[Work], rounds: int) -> None:
    for number in range(rounds):
        for work in _in_turn(works, number):
            print(f"round {number + 1} of {rounds}: {work.name}"[:78].ljust(78), end="\r", file=sys.stderr)
            work.before()
            begin = time.perf_counter()
            told = work.run()
            seconds = time.perf_counter() - begin
            # What measures itself tells its own time.
            work.seconds.append(told if isinstance(told, float) else seconds)
    print(" " * 78, end="\r", file=sys.stderr)


def say_tables(page: Page, works: list[Work], notes: dict[str, str]) -> list[dict]:
    """A table to each group; the ratio is that of one round, ours first."""
    told = []
    times_text = lambda value: significant(value) + "x"
    for group in dict.fromkeys(work.group for work in works):
        members = [work for work in works if work.group == group]
        own = [work for work in members if work.ours]
        rows = []
        for work in members:
            ratios = [
                Spread.of([theirs / ours for theirs, ours in zip(work.seconds, mine.seconds)])
                for mine in own
                if not work.ours
            ]
            rows.append(
                (
                    work.name,
                    spread_text(Spread.of(work.seconds)),
                    "; ".join(spread_text(ratio, times_text) for ratio in ratios),
                    f"{work.mark:g}x" if work.mark else "",
                )
            )
            told.append({"group": group, "work": work.name, "ours": work.ours, "seconds": work.seconds})
        versus = "times as long as " + ", ".join(mine.name for mine in own)
        page.say(f"\n**{group}**\n\n" + table(("work", "time", versus, "mark"), rows))
        if group in notes:
            page.say("\n" + notes[group])
    return told
