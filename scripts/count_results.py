#!/usr/bin/env python3
"""Adds up the tests of a run of scripts/test and prints the closing line "N passed, N failed, N skipped".

The folder given holds, at any depth: gtest's XML files in folders named gtest, ctest.xml (whose entries count only
where the program left no file of its own, as after a crash), pytest's files, and steps.txt with one line
"passed NAME" or "failed NAME" for each check that is no test program. Exits with 1 if anything failed or nothing ran.

Usage: count_results.py FOLDER
"""

from __future__ import annotations

import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def outcome(case: ElementTree.Element) -> str:
    """passed, failed or skipped, from a testcase of gtest, ctest or pytest."""
    if case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail":
        return "failed"
    skipped = case.find("skipped") is not None or case.get("result") in ("skipped", "suppressed")
    if skipped or case.get("status") in ("notrun", "disabled"):
        return "skipped"
    return "passed"


def cases(file: pathlib.Path) -> list[ElementTree.Element]:
    """The test cases of a file; one failed case if it cannot be read, as when its program died while writing."""
    try:
        found = list(ElementTree.parse(file).getroot().iter("testcase"))
    except ElementTree.ParseError:
        found = [ElementTree.Element("testcase", name=file.stem, status="fail")]
    if file.name == "ctest.xml":
        own = {path.stem for path in (file.parent / "gtest").glob("*.xml")}
        found = [case for case in found if f"peak_{case.get('name')}_test" not in own]
    return found


def count(folder: pathlib.Path) -> tuple[dict[str, int], list[str]]:
    """The number of cases by outcome, and the names of those that failed."""
    totals = {"passed": 0, "failed": 0, "skipped": 0}
    failures = []
    for file in sorted(folder.rglob("*.xml")):
        for case in cases(file):
            result = outcome(case)
            totals[result] += 1
            if result == "failed":
                place = file.relative_to(folder).as_posix()
                failures.append(f"{place}: {case.get('classname', '')} {case.get('name', '')}")
    for file in sorted(folder.rglob("steps.txt")):
        for line in file.read_text(encoding="utf-8").splitlines():
            result, name = line.split(" ", 1)
            totals[result] += 1
            if result == "failed":
                failures.append(name)
    return totals, failures


def main() -> int:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    totals, failures = count(pathlib.Path(sys.argv[1]))
    for failure in failures:
        print(f"failed: {failure}")
    skipped = f", {totals['skipped']} skipped" if totals["skipped"] else ""
    print(f"{totals['passed']} passed, {totals['failed']} failed{skipped}")
    return 1 if totals["failed"] or not totals["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
