"""Sweeps over words, rows as they come, and searches of large grids."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

import peaktrade as pt
from test_command import peak_command

RANDOM = np.random.default_rng(5)
CLOSE = 100 * np.exp(np.cumsum(RANDOM.normal(0.0002, 0.01, 600)))
DATA = {
    "time": np.arange(600) * 86_400_000_000_000,
    "open": np.concatenate(([100.0], CLOSE[:-1])),
    "high": CLOSE * 1.02,
    "low": CLOSE * 0.98,
    "close": CLOSE,
}
GRID = {"fast": pt.range(2, 9), "slow": pt.range(10, 40, 3)}
SPACE = {"fast": pt.range(2, 60), "slow": pt.range(10, 300), "commission": [0.001]}


def test_words_are_axes_and_labels():
    grid = {"fast": [3, 5], "fill": ["next_open", "same_close"], "stop_loss": ["atr:2", "0.05"]}
    result = pt.sweep(DATA, "sma_cross", grid, reuse=False)
    frame = result.to_pandas()
    assert frame["fill"].tolist() == ["next_open", "next_open", "same_close", "same_close"] * 2
    for row in frame.itertuples():
        single = pt.backtest(DATA, "sma_cross", {"fast": row.fast}, fill=row.fill, stop_loss=row.stop_loss)
        assert single.metrics["total_return"] == row.total_return
    assert result.best("total_return").params["fill"] in ("next_open", "same_close")
    assert list(result.heatmap("fill", "fast").columns) == ["next_open", "same_close"]
    assert set(result.to_arrow()["stop_loss"].to_pylist()) == {"atr:2", "0.05"}
    assert result.to_dict()["rows"][0]["fill"] in ("next_open", "same_close")


def test_words_in_files_and_pages(tmp_path):
    result = pt.sweep(DATA, "sma_cross", {"fast": [3, 5], "fill": ["next_open", "same_close"]}, reuse=False)
    result.write(tmp_path / "rows.csv")
    assert "3,next_open," in (tmp_path / "rows.csv").read_text()
    result.write(tmp_path / "rows.parquet")
    import pyarrow.parquet

    words = pyarrow.parquet.read_table(tmp_path / "rows.parquet")["fill"].to_pylist()
    assert words == ["next_open", "same_close", "next_open", "same_close"]
    result.report(tmp_path / "page.html")
    assert "same_close" in (tmp_path / "page.html").read_text()
    assert "same_close" in repr(result)


def test_a_stream_shows_its_progress_where_asked(capsys):
    stream = pt.sweep_stream(
        DATA, "sma_cross", {"fast": pt.range(2, 80), "slow": pt.range(81, 300)}, reuse=False, show_progress=True
    )
    stream._progress._next = 0.0  # at once, however quick the machine
    rows = sum(len(batch) for batch in stream)
    assert rows == 79 * 220 == len(stream.result)
    shown = capsys.readouterr().err
    assert "of 17,380 combinations" in shown and shown.endswith("\r\x1b[K")
    assert not capsys.readouterr().out


def test_what_a_stream_does_not_take():
    with pytest.raises(TypeError, match="sweep_stream\\(\\) has no argument 'thread'; did you mean 'threads'"):
        pt.sweep_stream(DATA, "sma_cross", GRID, thread=1)


def test_words_of_a_parameter_are_refused():
    with pytest.raises(ValueError, match="'many' is not a number"):
        pt.sweep(DATA, "sma_cross", {"fast": ["many", "few"]})
    result = pt.sweep(DATA, "sma_cross", {"fill": ["next_open", "same_day"]}, reuse=False)
    assert "same_close" in result.failures[1]


def test_a_stream_gives_every_row_once(tmp_path):
    pt.sweep(DATA, "sma_cross", {"fast": pt.range(2, 4), "slow": pt.range(10, 40, 3)}, store=tmp_path)
    stream = pt.sweep_stream(DATA, "sma_cross", GRID, store=tmp_path)
    batches = list(stream)
    assert sorted(row for batch in batches for row in batch.rows) == list(range(88))
    whole = pt.sweep(DATA, "sma_cross", GRID, reuse=False).to_pandas()
    for batch in batches:
        frame = batch.to_pandas()
        assert frame.equals(whole.loc[frame.index].rename_axis("row"))
    assert stream.result.complete and stream.result.reused == 33
    assert stream.result.to_pandas().equals(whole)


def test_a_stream_that_is_left_stops(tmp_path):
    big = {"fast": pt.range(2, 101), "slow": pt.range(102, 301)}
    with pt.sweep_stream(
        DATA, "rsi_reversion", {"window": pt.range(2, 101), "lower": big["fast"]}, reuse=False
    ) as stream:
        first = next(iter(stream))
    assert len(first) > 0
    assert stream.result.computed >= len(first)


def test_a_search_names_the_nearest_of_its_own_arguments():
    pytest.importorskip("optuna")
    with pytest.raises(TypeError, match=r"optimize\(\) has no argument 'trails'; did you mean 'trials'"):
        pt.optimize(DATA, "sma_cross", SPACE, trails=5)


@pytest.mark.parametrize("method", ["tpe", "cma-es", "random"])
def test_a_search_is_seeded_and_gives_a_sweep(method, tmp_path):
    if method != "random":
        pytest.importorskip("optuna")
    options = {"trials": 48, "method": method, "where": "fast < slow", "store": tmp_path}
    first = pt.optimize(DATA, "sma_cross", SPACE, seed=3, **options)
    frame = first.to_pandas()
    assert len(first) == 48 and (frame["fast"] < frame["slow"]).all()
    again = pt.optimize(DATA, "sma_cross", SPACE, seed=3, threads=1, **options)
    assert again.to_pandas().equals(frame)
    assert again.computed == 0 and first.computed == 48
    other = pt.optimize(DATA, "sma_cross", SPACE, seed=4, **options)
    assert not other.to_pandas()[["fast", "slow"]].equals(frame[["fast", "slow"]])
    best = first.best("sharpe")
    single = pt.backtest(DATA, "sma_cross", {k: best[k] for k in ("fast", "slow")}, commission=best["commission"])
    assert single.metrics["sharpe"] == best["sharpe"]
    assert first.overfitting["trials"] == 48


# A hill with one top: the equity of buying below a level is highest where the level is right. Searches must get nearer
# to the top of the whole grid than drawing at random does.
def test_a_search_climbs():
    pytest.importorskip("optuna")
    space = {"fast": pt.range(2, 60), "slow": pt.range(61, 260)}
    whole = pt.sweep(DATA, "sma_cross", space, metrics=["total_return"], reuse=False).to_pandas()["total_return"]
    options = {"trials": 120, "metric": "total_return", "metrics": ["total_return"], "reuse": False}
    found = [pt.optimize(DATA, "sma_cross", space, seed=seed, **options) for seed in (1, 2, 3)]
    ranks = [float((whole > result.best("total_return")["total_return"]).mean()) for result in found]
    # 120 draws at random come to the best 1/121 on average: a search should do no worse.
    assert np.median(ranks) <= 1 / 121


def test_less_is_better_is_searched_downwards():
    pytest.importorskip("optuna")
    result = pt.optimize(DATA, "sma_cross", SPACE, trials=40, metric="volatility", reuse=False)
    assert result.best("volatility")["volatility"] == result.to_pandas()["volatility"].min()


def test_words_are_searched_by_tpe_only():
    pytest.importorskip("optuna")
    space = {"fast": pt.range(2, 60), "fill": ["next_open", "same_close"]}
    assert len(pt.optimize(DATA, "sma_cross", space, trials=20, reuse=False)) == 20
    with pytest.raises(ValueError, match="'fill' is an axis of words"):
        pt.optimize(DATA, "sma_cross", space, trials=20, method="cma-es")


def test_a_small_space_is_swept_whole():
    assert len(pt.optimize(DATA, "sma_cross", {"fast": [2, 3, 4]}, trials=50, reuse=False)) == 3


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"method": "tp"}, "'tpe'"),
        ({"trials": 0}, "trials is 0"),
        ({"metric": "sharp"}, "'sharpe'"),
        ({"where": "fast > 1000"}, "left none"),
    ],
)
def test_bad_searches(options, text):
    pytest.importorskip("optuna")
    with pytest.raises(ValueError, match=text):
        pt.optimize(DATA, "sma_cross", SPACE, **{"trials": 10, "reuse": False, **options})


def test_without_optuna_the_way_to_it_is_told(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ImportError, match=r"peaktrade\[optuna\]"):
        pt.optimize(DATA, "sma_cross", SPACE, trials=10)


def search_command(folder):
    """A file of prices, a command that searches and keeps its rows in ``folder / "store"``, and its environment."""
    prices = folder / "prices.csv"
    pd.DataFrame({**DATA, "time": pd.to_datetime(DATA["time"], utc=True)}).to_csv(prices, index=False)
    words = ["--grid", "fast=2:60:1", "--grid", "slow=10:300:1", "--optimize", "tpe", "--store"]
    command = [peak_command(), "sweep", "sma_cross", "--data", prices, *words, folder / "store"]
    return prices, command, {**os.environ, "PEAK_PYTHON": sys.executable, "PYTHONPATH": os.pathsep.join(sys.path)}


def test_the_command_searches_as_python_does(tmp_path):
    prices, command, environment = search_command(tmp_path)
    command += [
        "--where",
        "fast < slow",
        "--trials",
        "40",
        "--seed",
        "3",
        "--json",
        "--top",
        "all",
        "--commission",
        "0.001",
    ]

    def run(*more):
        return subprocess.run([*command, *more], env=environment, capture_output=True, text=True, timeout=600)

    done = run()
    assert done.returncode == 0, done.stderr
    there = json.loads(done.stdout)
    here = pt.optimize(
        prices, "sma_cross", {"fast": pt.range(2, 60), "slow": pt.range(10, 300)}, where="fast < slow",
        trials=40, seed=3, commission=0.001, store=tmp_path / "python",
    )  # fmt: skip
    assert [(row["fast"], row["slow"], row["sharpe"]) for row in there["rows"]] == [
        (row.fast, row.slow, row.sharpe) for row in here.to_pandas().itertuples()
    ]
    assert (there["computed"], there["reused"]) == (40, 0)
    assert there["overfitting"]["trials"] == 40
    again = json.loads(run().stdout)
    assert (again["computed"], again["reused"]) == (0, 40) and again["rows"] == there["rows"]
    # A space that the trials hold is swept whole, without Optuna.
    small = {**environment, "PEAK_PYTHON": str(tmp_path / "no_python")}
    whole = [*command[:5], "--grid", "fast=2:4:1", "--optimize", "cma-es", "--json", "--top", "all", "--no-reuse"]
    assert len(json.loads(subprocess.run(whole, env=small, capture_output=True, text=True).stdout)["rows"]) == 3
    failed = subprocess.run(command, env=small, capture_output=True, text=True)
    assert failed.returncode != 0 and "peaktrade[optuna]" in failed.stderr
    (tmp_path / "rates.csv").write_text("time,rate\n1970-03-01,0.0001\n")
    rates = ["--funding", str(tmp_path / "rates.csv")]
    for wrong, told in ([["--random", "5"], "--random"], [["--cluster", "auto"], "--cluster"], [rates, "--funding"]):
        refused = run(*wrong)
        assert refused.returncode == 2 and told in refused.stderr


def test_ctrl_c_in_a_search_of_the_command_shows_what_was_tried(tmp_path):
    _, command, environment = search_command(tmp_path)
    command += ["--trials", "15000", "--top", "3", "--overfit", "none"]
    store = tmp_path / "store"
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment, start_new_session=True, **streams) as running:
        while not any(path.is_file() for path in store.rglob("*")):
            assert running.poll() is None, running.stderr.read()
            time.sleep(0.05)
        os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to the command and to the Python that it waits for
        out, told = running.communicate(timeout=600)
    assert running.returncode == 1
    if "of 15000 trials" not in told:  # it came before the first trials were done
        assert "stopped; what is finished is kept" in told and not out
        return
    assert "best 3 by sharpe" in out or int(told.split("stopped after ")[1].split()[0]) < 3
