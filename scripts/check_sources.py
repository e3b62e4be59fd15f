#!/usr/bin/env python3
"""Checks what a compiler does not: calls that would change the bits of results, and traces of one machine.

Results must be the same bits on every SIMD target (docs/rule_book.md, rule 16), so code that makes them uses no fused
or approximate operation and no reduction whose order depends on the vector's width. Files that go to others name no
folder of a developer's machine and no package registry's host. Prints each break as file:line and exits with 1.

Usage: check_sources.py [ROOT]
"""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys

BITS = [
    (re.compile(r"\b(?:Neg)?Mul(?:Add|Sub)\s*\("), "a fused multiply-add rounds once where the rule book rounds twice"),
    (re.compile(r"\b(?:std::)?fmaf?\s*\("), "a fused multiply-add rounds once where the rule book rounds twice"),
    (re.compile(r"\bApproximate\w+\s*\("), "approximations differ between SIMD targets"),
    (re.compile(r"\b(?:SumOfLanes|ReduceSum)\s*\("), "the order of this sum depends on the vector's width"),
    (re.compile(r"\bstd::(?:transform_)?reduce\s*\("), "the order of this sum is unspecified"),
    (
        re.compile(r"-ffast-math|-Ofast|-funsafe-math|-fassociative-math|-ffp-contract=(?:fast|on)"),
        "changes the bits of results",
    ),
]
# Where it is right all the same. Sums of whole numbers have no order; the quotient of division-inl.hpp is proved to be
# IEEE's, and its test compares it with the division on every SIMD target.
ALLOWED = {
    "src/base/exact_sum-inl.hpp": ("SumOfLanes",),
    "src/metrics/selection.cpp": ("SumOfLanes",),
    "src/base/division-inl.hpp": ("std::fma", "MulAdd", "NegMulAdd"),
}
# Written in pieces, so that this file does not find itself.
MACHINE = re.compile(r"(?<![\w./~-])/(?:" + "|".join(("work", "root", "tmp", "Users")) + r")/\w")
HOST = re.compile(
    "|".join(
        re.escape(host)
        for host in (
            "registry.npm" + "js.org",
            "pypi" + ".org",
            "python" + "hosted.org",
            "deb.debian" + ".org",
            "proxy." + "golang.org",
            "crates" + ".io",
            "repo.maven" + ".apache.org",
        )
    )
)
BITS_FOLDERS = ("include/", "src/", "cmake/", "python/src/")
NOT_TEXT = {".parquet", ".gz", ".zip", ".feather", ".png", ".arrow", ".ico", ".woff2"}


def tracked_files(root: pathlib.Path) -> list[pathlib.Path]:
    """The files that git knows; all files where there is no git."""
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], capture_output=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        return [root / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in root.rglob("*") if path.is_file()]


def check_line(path: str, line: str) -> str | None:
    """What is wrong with one line."""
    if path.startswith(BITS_FOLDERS) or path in ("CMakeLists.txt", "CMakePresets.json"):
        code = line.split("//")[0]
        for pattern, why in BITS:
            found = pattern.search(code)
            if found is not None and found.group(0).rstrip("( ") not in ALLOWED.get(path, ()):
                return f"'{found.group(0)}': {why}"
    machine = MACHINE.search(line)
    if machine is not None:
        return f"'{machine.group(0)}...' is a folder of one machine"
    host = HOST.search(line)
    if host is not None:
        return f"'{host.group(0)}' is a package registry's host; name the package instead"
    return None


def check_tree(root: pathlib.Path) -> list[str]:
    """Every break of the rules in the tracked files under `root`."""
    problems = []
    for file in tracked_files(root):
        path = file.relative_to(root).as_posix()
        if file.suffix in NOT_TEXT or not file.is_file() or "corpus/" in path:
            continue
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, 1):
            problem = check_line(path, line)
            if problem is not None:
                problems.append(f"{path}:{number}: {problem}")
    return problems


def main() -> int:
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    problems = check_tree(root)
    for problem in problems:
        print(problem)
    if not problems:
        print(f"{len(tracked_files(root))} files, nothing that changes bits or names a machine")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
