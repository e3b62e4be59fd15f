"""The project's own checks find what they are there to find."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LISTS = "peak_folder(base)\npeak_folder(table)\npeak_folder(market table)\npeak_folder(io table market)\n"


def run_script(name: str, folder: pathlib.Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(ROOT / "scripts" / name), str(folder)], capture_output=True, text=True)


def write(folder: pathlib.Path, path: str, text: str) -> None:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("path", "line", "says"),
    [
        ("src/table/column.cpp", '#include "peak/market/bars.hpp"', "table may include only base"),
        ("include/peak/base/time.hpp", '#include "peak/table/column.hpp"', "base may include only"),
        ("src/market/bars.cpp", '#include "table/hidden.hpp"', "a private header of table"),
        ("src/table/column.cpp", '#include "market/lanes-inl.hpp"', "table may include only base"),
        ("src/io/csv.cpp", "#include <arrow/api.h>", "src/io/arrow only"),
        ("src/io/csv.cpp", "#  include <parquet/arrow/reader.h>", "src/io/arrow only"),
        ("src/unheard_of/a.cpp", "", "has no peak_folder"),
    ],
)
def test_an_include_upward_is_found(tmp_path: pathlib.Path, path: str, line: str, says: str) -> None:
    write(tmp_path, "CMakeLists.txt", LISTS)
    write(tmp_path, path, f"// a comment\n{line}\n")
    done = run_script("check_includes.py", tmp_path)
    assert done.returncode == 1
    assert path in done.stdout and says in done.stdout


def test_includes_downward_are_let_pass(tmp_path: pathlib.Path) -> None:
    write(tmp_path, "CMakeLists.txt", LISTS)
    write(tmp_path, "src/io/read.cpp", '#include "peak/market/bars.hpp"\n#include "io/source.hpp"\n#include <vector>\n')
    write(tmp_path, "src/market/sum.cpp", '#include "base/exact_sum-inl.hpp"\n')
    write(tmp_path, "src/io/arrow/read.cpp", '#include <arrow/api.h>\n#include "peak/table/column.hpp"\n')
    assert run_script("check_includes.py", tmp_path).returncode == 0


def test_a_cycle_of_folders_is_found(tmp_path: pathlib.Path) -> None:
    write(tmp_path, "CMakeLists.txt", "peak_folder(base)\npeak_folder(table market)\npeak_folder(market table)\n")
    done = run_script("check_includes.py", tmp_path)
    assert done.returncode == 1 and "reaches itself" in done.stdout


@pytest.mark.parametrize(
    ("path", "line", "says"),
    [
        ("src/sim/kernel.cpp", "auto x = hn::MulAdd(a, b, c);", "fused"),
        ("src/sim/kernel.cpp", "auto x = hn::NegMulAdd(a, b, c);", "fused"),
        ("src/metrics/kernel.cpp", "auto x = hn::ReduceSum(d, v);", "width"),
        ("src/metrics/kernel.cpp", "auto x = hn::ApproximateReciprocal(v);", "approximations"),
        ("src/metrics/sum.cpp", "double x = std::reduce(a.begin(), a.end());", "unspecified"),
        ("cmake/Flags.cmake", "add_compile_options(-ffast-math)", "bits"),
        ("docs/page.md", "see /" + "root/notes.txt", "one machine"),
        ("package.json", '{"resol' + 'ved": "https://registry.npm' + 'js.org/x"}', "registry"),
    ],
)
def test_what_changes_bits_or_names_a_machine_is_found(tmp_path: pathlib.Path, path: str, line: str, says: str) -> None:
    write(tmp_path, path, line + "\n")
    done = run_script("check_sources.py", tmp_path)
    assert done.returncode == 1
    assert f"{path}:1" in done.stdout and says in done.stdout


def test_a_comment_may_speak_of_what_is_forbidden(tmp_path: pathlib.Path) -> None:
    write(tmp_path, "src/sim/kernel.cpp", "// no MulAdd(a, b, c) here: it rounds once\n")
    assert run_script("check_sources.py", tmp_path).returncode == 0


def test_results_are_added_up_from_their_files(tmp_path: pathlib.Path) -> None:
    write(
        tmp_path,
        "release/gtest/peak_base_test.xml",
        '<testsuites><testsuite name="A"><testcase name="a" status="run" result="completed"/>'
        '<testcase name="b" status="run" result="completed"><failure message="x"/></testcase>'
        '<testcase name="c" status="run" result="skipped"><skipped/></testcase></testsuite></testsuites>',
    )
    # ctest's own entry for a program counts only when the program left no file.
    write(
        tmp_path,
        "release/ctest.xml",
        '<testsuite><testcase name="base" status="fail"/><testcase name="io" status="fail"/></testsuite>',
    )
    write(
        tmp_path,
        "python/pytest.xml",
        '<testsuites><testsuite><testcase name="p"/><testcase name="q"><error/></testcase></testsuite></testsuites>',
    )
    write(tmp_path, "steps.txt", "passed format\n")
    done = run_script("count_results.py", tmp_path)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "3 passed, 3 failed, 1 skipped"


def test_a_run_without_tests_is_a_failure(tmp_path: pathlib.Path) -> None:
    done = run_script("count_results.py", tmp_path)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "0 passed, 0 failed"
