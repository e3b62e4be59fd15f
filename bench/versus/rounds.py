"""A task with several contenders: first that all came to the same, then rounds in which each has its turn."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

from contenders import Contender, ContenderError
from figures import Spread, significant, spread_text, table
from outcome import Outcome
from page import Page

Times = dict[str, dict[str, list[float]]]  # contender, work, one figure for each round


def run(task_name: str, size: int | None, rounds: int, seconds: float, figure: str, only: list[str] | None) -> dict:
    """Runs the task and prints its tables; returns everything as one object. Unequal results end it with SystemExit."""
    task = importlib.import_module(f"{task_name}.task")
    size = size or task.DEFAULT_BARS
    page = Page()
    page.say(f"{task.TITLE[0].upper()}{task.TITLE[1:]}; {size:,} bars. Convention: {task.CONVENTION}.\n")
    names = [name for name in task.CONTENDERS if not only or name in only]
    contenders = [Contender(task_name, name, size) for name in names]
    try:
        outcomes, versions, missing = _prove(task, contenders, page)
        present = [contender for contender in contenders if contender.name in outcomes]
        times, details = _measure(present, rounds, seconds, figure)
    finally:
        for contender in contenders:
            contender.close()
    spreads = {name: {work: Spread.of(values) for work, values in works.items()} for name, works in times.items()}
    ratios = _ratios(task, times)
    _say_tables(page, task, spreads, ratios, versions, figure, rounds)
    return {
        "task": task_name,
        "title": task.TITLE,
        "convention": task.CONVENTION,
        "bars": size,
        "rounds": rounds,
        "figure": figure,
        "versions": versions,
        "missing": missing,
        "seconds": {n: {w: s.to_json() for w, s in works.items()} for n, works in spreads.items()},
        "ratios": [{**row, "ratio": row["ratio"].to_json()} for row in ratios],
        "details": details,
        "page": page.text(),
    }


def _prove(
    task: ModuleType, contenders: list[Contender], page: Page
) -> tuple[dict[str, Outcome], dict[str, str], dict[str, str]]:
    outcomes: dict[str, Outcome] = {}
    versions: dict[str, str] = {}
    missing: dict[str, str] = {}
    for contender in contenders:
        try:
            reply = contender.ask(do="outcome")
        except ContenderError as error:
            missing[contender.name] = str(error)
            page.say(f"Without {shown(contender.name)}: {error}")
            continue
        outcomes[contender.name] = getattr(task, "OUTCOME", Outcome).from_json(reply["outcome"])
        versions.update(reply["versions"])
    if not outcomes:
        raise SystemExit("no contender could run")
    if problems := task.check(outcomes):
        raise SystemExit("the results differ, so nothing is timed:\n  " + "\n  ".join(problems))
    page.say(f"Equal results of {', '.join(map(shown, outcomes))}: {task.summary(outcomes)}.\n")
    return outcomes, versions, missing


def _measure(contenders: list[Contender], rounds: int, seconds: float, figure: str) -> tuple[Times, list[dict]]:
    times: Times = {contender.name: {} for contender in contenders}
    details = []
    for number in range(rounds):
        _tell(f"round {number + 1} of {rounds}")
        for contender in contenders:
            works = contender.ask(do="round", seconds=seconds)["works"]
            details.append({"round": number, "contender": contender.name, "works": works})
            for work, found in works.items():
                times[contender.name].setdefault(work, []).append(found[figure])
    _tell("")
    return times, details


def _tell(text: str) -> None:
    """Where we are, on a terminal."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def shown(name: str) -> str:
    """A contender's name as it is known, not that of its file."""
    return name.removesuffix("_py") + ".py" if name.endswith("_py") else name


def _ratios(task: ModuleType, times: Times) -> list[dict]:
    """Each comparison by rounds: the peer's figure of a round over ours of the same round."""
    ours = times.get(task.CONTENDERS[0])
    if ours is None:
        return []
    rows = []
    for name, work, own_work, mark in task.COMPARISONS:
        if work in times.get(name, {}):
            pairs = zip(times[name][work], ours[own_work])
            ratio = Spread.of([theirs / own for theirs, own in pairs])
            rows.append({"contender": name, "work": work, "own_work": own_work, "mark": mark, "ratio": ratio})
    return rows


def _say_tables(
    page: Page, task: ModuleType, spreads: dict, ratios: list[dict], versions: dict[str, str], figure: str, rounds: int
) -> None:
    page.say(", ".join(f"{name} {version}" for name, version in versions.items()) + ".")
    of_calls = "Median" if figure == "median" else "Best"
    page.say(f"{of_calls} of the calls of a round; median and range of {rounds} rounds, in turn.\n")
    rows = [
        (shown(name), work, spread_text(spread)) for name, works in spreads.items() for work, spread in works.items()
    ]
    page.say(table(("contender", "work", "a call"), rows))
    if not ratios:
        page.say(f"\nNo ratios: {task.CONTENDERS[0]} did not run.")
        return
    times_text = lambda value: significant(value) + "x"
    rows = [
        (
            f"{shown(row['contender'])}: {row['work']}",
            row["own_work"],
            spread_text(row["ratio"], times_text),
            f"{row['mark']}x: {'reached' if row['ratio'].median >= row['mark'] else 'missed'}" if row["mark"] else "",
        )
        for row in ratios
    ]
    page.say("\n" + table((f"against {task.CONTENDERS[0]}", "our work", "times as long", "mark"), rows))
