"""One run, three doors: the command, Python and C++ print the same JSON, to the last byte (RULEBOOK 16).

The command is named by PEAK_COMMAND (else build/release/bin/peak). The C++ example is built against the installed package
that PEAK_PREFIX names.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

import peaktrade as pt

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ("examples/data/spy_daily.csv", "examples/data/spy_daily.parquet")
RUNS = {
    "plain": ({"fast": 10, "slow": 50}, {}),
    "costs": ({"fast": 5, "slow": 30}, {"commission": 0.002, "slippage": 0.0005, "cash": 12345.67}),
    "whole units": ({"fast": 10, "slow": 20}, {"size_step": 1, "fill": "same_close", "finalize": True}),
    "fraction": ({"fast": 10, "slow": 20}, {"size": "fraction:0.3", "risk_free": 0.02, "periods_per_year": 250}),
    "their metrics": ({"fast": 10, "slow": 20}, {"metrics_convention": "quantstats"}),
}


@pytest.fixture(scope="module")
def command():
    path = pathlib.Path(os.environ.get("PEAK_COMMAND", ROOT / "build" / "release" / "bin" / "peak"))
    assert path.is_file(), f"no command at {path}: build it, or set PEAK_COMMAND"
    return str(path)


def option(name, value):
    """As the command spells it: --size-step 1, --finalize."""
    flag = "--" + name.replace("_", "-")
    return [flag] if value is True else [flag, str(value)]


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("data", DATA)
def test_command_and_python(command, monkeypatch, data, run):
    monkeypatch.chdir(ROOT)
    params, options = RUNS[run]
    words = [command, "backtest", "sma_cross", "--data", data, "--json"]
    for name, value in params.items():
        words += ["--set", f"{name}={value}"]
    for name, value in options.items():
        words += option(name, value)
    printed = subprocess.run(words, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    assert pt.backtest(data, "sma_cross", params, **options).to_json() + "\n" == printed


@pytest.mark.parametrize("name", pt.strategy_names())
def test_every_strategy(command, monkeypatch, name):
    monkeypatch.chdir(ROOT)
    words = [command, "backtest", name, "--data", DATA[0], "--commission", "0.001", "--json"]
    printed = subprocess.run(words, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    assert pt.backtest(DATA[0], name, commission=0.001).to_json() + "\n" == printed


def test_expressions_make_the_same_run_as_the_file_and_the_builtin():
    """The same graph from operators: equal but for the name."""
    fast, slow = pt.sma(pt.close, pt.param("fast", 10)), pt.sma(pt.close, pt.param("slow", 50))
    strategy = pt.Strategy(name="sma_cross", entry=pt.crosses_above(fast, slow), exit=pt.crosses_below(fast, slow))
    bars = pt.read_bars(ROOT / DATA[0])
    built = pt.backtest(bars, strategy, {"fast": 12}).to_dict()
    named = pt.backtest(bars, "sma_cross", {"fast": 12, "slow": 50}).to_dict()
    assert built["metrics"] == named["metrics"]
    assert built["params"] == named["params"]


def test_the_examples(command, tmp_path):
    words = [command, "backtest", "sma_cross", "--data", DATA[0], "--set", "fast=10", "--set", "slow=50", "--json"]
    expected = subprocess.run(words, cwd=ROOT, capture_output=True, check=True).stdout
    python = [sys.executable, "examples/python/first_backtest.py", DATA[0]]
    assert subprocess.run(python, cwd=ROOT, capture_output=True, check=True).stdout == expected
    prefix = os.environ.get("PEAK_PREFIX")
    if prefix is None:
        assert os.environ.get("CI") != "true", "PEAK_PREFIX must name the folder into which the project was installed"
        pytest.skip("PEAK_PREFIX names no installed package, so the C++ example cannot be built")
    configure = [
        "cmake",
        "-S",
        "examples/cpp",
        "-B",
        str(tmp_path),
        f"-DCMAKE_PREFIX_PATH={prefix}",
        "-DCMAKE_BUILD_TYPE=Release",
    ]
    generator = ["-G", "Ninja"] if shutil.which("ninja") else []
    subprocess.run([*configure, *generator], cwd=ROOT, capture_output=True, check=True)
    subprocess.run(["cmake", "--build", str(tmp_path)], capture_output=True, check=True)
    example = subprocess.run([str(tmp_path / "first_backtest"), DATA[0]], cwd=ROOT, capture_output=True, check=True)
    assert example.stdout == expected
    assert json.loads(example.stdout)["strategy"]
