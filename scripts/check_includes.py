#!/usr/bin/env python3
"""Checks that no folder includes upward, that private headers stay private, and that Arrow stays in src/io/arrow.

The folders' rights are the peak_folder(...) lists of CMakeLists.txt: `peak_folder(sim market trading)` lets src/sim and
include/peak/sim include market, trading, base and themselves. Prints each break as file:line and exits with 1.

Usage: check_includes.py [ROOT]
"""

from __future__ import annotations

import pathlib
import re
import sys

FOLDER = re.compile(r"^peak_folder\(([^)]*)\)", re.MULTILINE)
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
SUFFIXES = {".hpp", ".cpp", ".h", ".cc"}
ARROW_HOME = pathlib.PurePosixPath("src/io/arrow")


def declared_folders(root: pathlib.Path) -> dict[str, set[str]]:
    """Folder to the folders that it may include, base and itself among them."""
    text = (root / "CMakeLists.txt").read_text(encoding="utf-8")
    folders: dict[str, set[str]] = {}
    for match in FOLDER.finditer(text):
        name, *allowed = match.group(1).split()
        folders[name] = {name, "base", *allowed}
    return folders


def cycles(folders: dict[str, set[str]]) -> list[str]:
    """A message for every folder that reaches itself through others."""
    problems = []
    for start in folders:
        seen: set[str] = set()
        pending = [name for name in folders[start] if name != start]
        while pending:
            name = pending.pop()
            if name == start:
                problems.append(f"CMakeLists.txt: peak_folder({start} ...) reaches itself")
                break
            if name not in seen:
                seen.add(name)
                pending += [other for other in folders.get(name, ()) if other != name]
    return problems


def owner(path: pathlib.PurePosixPath) -> str | None:
    """The folder of src/ or include/peak/ to which a file belongs; None for the rest of the tree."""
    parts = path.parts
    if len(parts) > 2 and parts[0] == "src":
        return parts[1]
    if len(parts) > 3 and parts[:2] == ("include", "peak"):
        return parts[2]
    return None


def check_line(path: pathlib.PurePosixPath, line: str, folders: dict[str, set[str]]) -> str | None:
    """What is wrong with one line, if it is an include that must not be."""
    match = INCLUDE.match(line)
    if match is None:
        return None
    bracket, target = match.groups()
    parts = pathlib.PurePosixPath(target).parts
    if parts[0] in ("arrow", "parquet") and bracket == "<" and ARROW_HOME not in path.parents:
        return f"includes <{target}>; Arrow may be included in {ARROW_HOME} only"
    folder = owner(path)
    if folder is None or folder not in folders:
        return None
    if len(parts) < 2:
        return None
    public = parts[0] == "peak" and len(parts) > 2
    wanted = parts[1] if public else parts[0]
    if wanted not in folders:
        return None
    # What is compiled anew in each file (-inl.hpp) cannot be public: SIMD code for every target, a library as headers.
    if not public and wanted != folder and not target.endswith("-inl.hpp"):
        return f'includes "{target}", a private header of {wanted}; use one of include/peak/{wanted}'
    if wanted not in folders[folder]:
        allowed = ", ".join(sorted(folders[folder] - {folder}))
        return f'includes "{target}", but {folder} may include only {allowed} (peak_folder in CMakeLists.txt)'
    return None


def check_tree(root: pathlib.Path) -> list[str]:
    """Every break of the rules under `root`, as "file:line: what is wrong"."""
    folders = declared_folders(root)
    problems = cycles(folders)
    for top in ("include", "src", "apps", "python/src", "tests/cpp", "examples", "bench"):
        for file in sorted((root / top).rglob("*")):
            if file.suffix not in SUFFIXES:
                continue
            path = pathlib.PurePosixPath(file.relative_to(root).as_posix())
            if owner(path) is not None and owner(path) not in folders:
                problems.append(f"{path}: folder '{owner(path)}' has no peak_folder(...) line in CMakeLists.txt")
                continue
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                problem = check_line(path, line, folders)
                if problem is not None:
                    problems.append(f"{path}:{number}: {problem}")
    return problems


def main() -> int:
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    problems = check_tree(root)
    for problem in problems:
        print(problem)
    if not problems:
        print(f"{len(declared_folders(root))} folders, no include upward")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
