"""Every code block of README.md and docs/ is run as a reader would run it.

By the language after the fence: bash runs with `peak` on the path, python with this interpreter, toml is a strategy file
that is run on the example data, cpp is a program that is built against the installed package and run, json is parsed.
sh (what installs or builds the project itself) and text are not run. The blocks of one page run in order in one folder,
which holds a copy of examples/.
"""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tomllib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
KNOWN = {"bash", "python", "toml", "cpp", "json", "sh", "text"}
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


@dataclasses.dataclass
class Block:
    page: pathlib.Path
    line: int
    language: str
    code: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks_of(page: pathlib.Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [Block(page, text.count("\n", 0, m.start()) + 1, m.group(1), m.group(2)) for m in FENCE.finditer(text)]


def peak_command() -> pathlib.Path:
    given = os.environ.get("PEAK_COMMAND")
    path = pathlib.Path(given) if given else ROOT / "build" / "release" / "bin" / "peak"
    assert path.is_file(), f"no command at {path}: build it, or set PEAK_COMMAND"
    return path


def run(block: Block, words: list[str], folder: pathlib.Path) -> None:
    environment = {**os.environ, "PATH": f"{peak_command().parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, f"{block}: status {done.returncode}\n{done.stdout}\n{done.stderr}"


def whole_program(code: str) -> str:
    """A block without main() is what stands in one, but for its includes."""
    if "int main(" in code:
        return code
    lines = code.splitlines()
    includes = [line for line in lines if line.startswith("#include")]
    return "\n".join([*includes, "int main() {", *(line for line in lines if line not in includes), "}", ""])


def run_cpp(block: Block, folder: pathlib.Path) -> None:
    prefix = os.environ.get("PEAK_PREFIX")
    assert prefix, "PEAK_PREFIX must name the folder into which the project was installed"
    source = folder / f"cpp_{block.line}"
    source.mkdir()
    (source / "program.cpp").write_text(whole_program(block.code), encoding="utf-8")
    library = "trade_store" if "peak/store/" in block.code else "peak"
    (source / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.24)\nproject(Block CXX)\nfind_package(PeakTrade REQUIRED)\n"
        f"add_executable(program program.cpp)\ntarget_link_libraries(program PRIVATE PeakTrade::{library})\n",
        encoding="utf-8",
    )
    build = str(source / "build")
    run(
        block,
        ["cmake", "-G", "Ninja", "-S", str(source), "-B", build]  # make need not be there
        + ["-DCMAKE_BUILD_TYPE=Release", f"-DCMAKE_PREFIX_PATH={prefix}"],
        folder,
    )
    run(block, ["cmake", "--build", build], folder)
    run(block, [f"{build}/program"], folder)


def run_block(block: Block, folder: pathlib.Path) -> None:
    if block.language == "bash":
        run(block, ["bash", "-euo", "pipefail", "-c", block.code], folder)
    elif block.language == "python":
        run(block, [sys.executable, "-c", block.code], folder)
    elif block.language == "toml":
        name = tomllib.loads(block.code).get("name", f"block_{block.line}")
        (folder / f"{name}.toml").write_text(block.code, encoding="utf-8")
        run(block, ["peak", "backtest", f"./{name}.toml", "--data", "examples/data/spy_daily.csv"], folder)
    elif block.language == "cpp":
        run_cpp(block, folder)
    elif block.language == "json":
        json.loads(block.code)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_of_the_page_runs(page: pathlib.Path, tmp_path: pathlib.Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    for block in blocks_of(page):
        assert block.language in KNOWN, f"{block}: write the language after the fence, one of {sorted(KNOWN)}"
        run_block(block, tmp_path)


def test_the_pages_have_blocks_to_run() -> None:
    languages = [block.language for page in PAGES for block in blocks_of(page)]
    for language in ("bash", "python", "toml"):
        assert language in languages


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_to_files_lead_somewhere(page: pathlib.Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}, which does not exist"


def test_strategy_file_of_the_first_steps_is_the_one_in_the_examples() -> None:
    written = [block.code for block in blocks_of(ROOT / "docs" / "getting_started.md") if block.language == "toml"]
    assert (ROOT / "examples" / "strategies" / "dip.toml").read_text(encoding="utf-8") in written
