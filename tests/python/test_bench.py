"""`peak bench`: figures, history, regressions; and what --vs says where it cannot run."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys

import pytest

from peaktrade.benchmark import load_measurements
from test_docs import ROOT, peak_command

QUICK = ("--only", "portfolio", "--only", "memory", "--seconds", "0.01")


@pytest.fixture
def bench(tmp_path):
    """Runs the command in an empty folder with a history of its own."""

    def run(*words, status=0):
        environment = {**os.environ, "PEAK_BENCH_HISTORY": str(tmp_path / "history.jsonl")}
        done = subprocess.run(
            [peak_command(), "bench", *words],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment,
            timeout=900,
        )
        assert done.returncode == status, done.stderr
        return done.stderr if status else done.stdout

    return run


def test_figures_come_with_their_interval_and_are_compared_with_the_last_run(bench, tmp_path):
    first = json.loads(bench(*QUICK, "--json"))
    assert [row["name"] for row in first["results"]] == ["portfolio of 100", "cache hit in memory"]
    for row in first["results"]:
        assert 0 < row["min"] <= row["median_low"] <= row["median"] <= row["median_high"] <= row["max"]
        assert row["iterations"] >= 7
        assert row["change"] is None, "there was no run before"
    second = json.loads(bench(*QUICK, "--json"))
    for before, row in zip(first["results"], second["results"], strict=True):
        assert row["change"]["ratio"] == pytest.approx(row["median"] / before["median"])
        assert row["change"]["verdict"] in ("faster", "same", "slower")
    assert len((tmp_path / "history.jsonl").read_text().splitlines()) == 2
    assert "since the last run" in bench(*QUICK)


def scaled(path, factor):
    """The baseline as if everything had taken `factor` times as long."""
    rows = json.loads(path.read_text())
    for row in rows:
        for name in ("mean", "median", "median_low", "median_high", "std", "min", "max"):
            row[name] *= factor
    path.write_text(json.dumps(rows))


def test_a_regression_against_the_baseline_fails_and_is_named(bench, tmp_path):
    baseline = tmp_path / "baseline.json"
    bench(*QUICK, "--save", str(baseline))
    assert [m.name for m in load_measurements(baseline)] == ["portfolio of 100", "cache hit in memory"]
    scaled(baseline, 1e6)  # a million times as fast as before: more than the machine can stand still for
    assert "faster" in bench(*QUICK, "--baseline", str(baseline), "--history", "off")
    scaled(baseline, 1e-12)
    told = bench(*QUICK, "--baseline", str(baseline), status=1)
    assert "portfolio of 100: slower, " in told
    assert bench(*QUICK, "--baseline", str(baseline), "--tolerance", "1e9")


def test_lists_and_refusals(bench, tmp_path):
    names = [work["name"] for work in json.loads(bench("--list", "--json"))]
    assert "backtest, 10,000 bars" in names
    assert all(name in bench("--list") for name in names)
    assert "no work has 'xyz'" in bench("--only", "xyz", status=2)
    assert "--save FILE" in bench("--baseline", "missing.json", status=2)
    (tmp_path / "wrong.json").write_text("[{]")
    assert "wrong.json" in bench("--baseline", "wrong.json", status=3)
    assert not (tmp_path / "history.jsonl").exists(), "nothing was measured"


def test_an_installed_command_says_what_versus_needs(tmp_path):
    lone = tmp_path / "bin" / "peak"
    lone.parent.mkdir()
    shutil.copy(peak_command(), lone)
    done = subprocess.run([lone, "bench", "--vs"], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 1
    assert "source tree" in done.stderr
    assert "'peak bench' without --vs" in done.stderr
    for words, says in (
        (("--source", str(tmp_path)), "bench/versus/run.py"),
        (("--source", str(ROOT), "--task", "swep"), "did you mean 'sweep'"),
        (("--source", str(ROOT), "--python", "no-such-python"), "no-such-python"),
    ):
        done = subprocess.run([lone, "bench", "--vs", *words], capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode != 0
        assert says in done.stderr


def test_versus_proves_equality_and_writes_a_page(tmp_path):
    """With what is installed here: the peers that are not are named, and tables and page are made of the others."""
    page = tmp_path / "versus.html"
    script = ROOT / "bench" / "versus" / "run.py"
    words = ("every", "--tasks", "backtest", "--peak", str(peak_command()), "--page", str(page), "--quick")
    done = subprocess.run([sys.executable, script, *words], capture_output=True, text=True, timeout=900, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Equal results of peaktrade" in done.stdout
    if importlib.util.find_spec("raptorbt") is None:
        assert "Without raptorbt" in done.stdout
    text = page.read_text()
    assert "<h2>backtest</h2>" in text
    assert "<td>own signals</td>" in text
