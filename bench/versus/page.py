"""What a task says: printed as it comes, and kept, so that a document can hold it."""

from __future__ import annotations

import datetime
import os
import platform
from pathlib import Path


class Page:
    def __init__(self) -> None:
        self._parts: list[str] = []

    def say(self, text: str) -> None:
        print(text, flush=True)
        self._parts.append(text)

    def text(self) -> str:
        return "\n".join(self._parts)


def machine() -> str:
    """The machine and how busy it was, in one sentence."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    load = os.getloadavg()[0]
    return (
        f"{datetime.date.today():%Y-%m-%d}, {model}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, load average {load:.1f} at the end."
    )


def record(document: Path, task: str, text: str) -> None:
    """Puts `text` between the document's lines `<!-- task -->` and `<!-- end of task -->`."""
    begin, end = f"<!-- {task} -->", f"<!-- end of {task} -->"
    whole = document.read_text(encoding="utf-8")
    if whole.count(begin) != 1 or whole.count(end) != 1:
        raise SystemExit(f"{document} must hold one line {begin} and one line {end}")
    head, rest = whole.split(begin)
    tail = rest.split(end)[1]
    document.write_text(f"{head}{begin}\n{machine()}\n\n{text}\n{end}{tail}", encoding="utf-8")
