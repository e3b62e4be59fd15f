"""What a task says: printed as it comes, and kept, so that a document can hold it."""

from __future__ import annotations

import datetime
import html
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
        + (
            " The machine was busy: take these figures for a look, not to keep."
            if load > 1.5 * (os.cpu_count() or 1)
            else ""
        )
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


def write(path: Path, tasks: list[tuple[str, str]]) -> None:
    """The tables of several tasks as one page: Markdown, or HTML for a name that ends so."""
    if path.suffix not in (".md", ".html"):
        raise SystemExit(f"--page {path}: .md or .html is meant")
    head = "Peak Trade beside other programs"
    if path.suffix == ".md":
        parts = [f"# {head}", machine(), *(f"## {task}\n\n{text}" for task, text in tasks)]
        path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
        return
    body = "".join(f"<h2>{html.escape(task)}</h2>{_html(text)}" for task, text in tasks)
    path.write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{head}</title><style>{_STYLE}</style>'
        f"<h1>{head}</h1><p>{html.escape(machine())}</p>{body}</html>\n",
        encoding="utf-8",
    )


_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;margin:1rem 0}td,th{padding:.3rem .8rem;border-bottom:1px solid #ccc;text-align:left}"
    "@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}td,th{border-color:#444}}"
)


def _html(text: str) -> str:
    """The Markdown that tasks write: paragraphs and tables, nothing else."""
    made, rows = [], []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            cells = [html.escape(cell.strip()) for cell in line.strip("|").split("|")]
            if not all(set(cell) <= {"-"} for cell in cells):
                rows.append(cells)
            continue
        if rows:
            tag = lambda cells, name: "<tr>" + "".join(f"<{name}>{cell}</{name}>" for cell in cells) + "</tr>"
            made.append(f"<table>{tag(rows[0], 'th')}{''.join(tag(row, 'td') for row in rows[1:])}</table>")
            rows = []
        if line.strip():
            made.append(f"<p>{html.escape(line)}</p>")
    return "".join(made)
