"""Studies from Python and the command: the same numbers, frames, Ctrl-C, look-ahead of functions and classes."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest

import peaktrade as pt

GRID = {"fast": pt.range(5, 15, 5), "slow": [40, 80]}


@pytest.fixture(scope="module")
def spy(example_csv):
    return pd.read_csv(example_csv, parse_dates=[0], index_col=0)


def test_walk_forward_gives_frames_and_the_index_of_the_data(spy):
    result = pt.walk_forward(spy, "sma_cross", GRID, windows=5, commission=0.001)
    assert len(result.windows) == 5
    assert list(result.equity.index) == list(spy.index[-len(result.equity) :])
    # Stitched: each window begins with the cash that the one before left.
    growth = float(np.prod(1 + result.windows["test_total_return"]))
    assert result.equity.iloc[-1] == pytest.approx(10_000 * growth, rel=1e-12)
    assert result.metrics["total_return"] == pytest.approx(growth - 1, rel=1e-9)
    assert float((1 + result.returns).prod()) == pytest.approx(growth, rel=1e-9)
    assert set(result.windows["fast"].dropna()) <= {5.0, 10.0, 15.0}
    assert "all tests in a row" in repr(result)
    with pytest.raises(pt.NotFoundError, match="did you mean 'windows'"):
        result["window"]


def test_walk_forward_chooses_words_too(spy):
    """In each window the better of what each word by itself comes to."""
    options = {"windows": 4, "commission": 0.001}
    words = ["next_open", "same_close"]
    mixed = pt.walk_forward(spy, "sma_cross", {**GRID, "fill": words}, **options).windows
    alone = {word: pt.walk_forward(spy, "sma_cross", GRID, fill=word, **options).windows for word in words}
    for i, row in mixed.iterrows():
        best = max(words, key=lambda word: alone[word].loc[i, "train_sharpe"])
        assert row["fill"] == best
        for name in ("fast", "slow", "train_sharpe"):
            assert row[name] == alone[best].loc[i, name]
        assert row["test_total_return"] == pytest.approx(alone[best].loc[i, "test_total_return"], rel=1e-9)
    stops = pt.walk_forward(spy, "sma_cross", {"stop_loss": ["atr:2", "0.05"]}, **options)
    assert set(stops.windows["stop_loss"]) <= {"atr:2", "0.05"}
    assert "stop_loss=" in repr(stops)


def test_walk_forward_says_what_is_wrong(spy):
    with pytest.raises(ValueError, match="too few for 8 windows"):
        pt.walk_forward(spy.iloc[:10], "sma_cross", GRID)
    with pytest.raises(ValueError, match="did you mean 'fast'"):
        pt.walk_forward(spy, "sma_cross", {"fats": [1, 2]})
    with pytest.raises(TypeError, match="grid must be a mapping"):
        pt.walk_forward(spy, "sma_cross", None)
    with pytest.raises(TypeError, match="no argument 'comission'"):
        pt.walk_forward(spy, "sma_cross", GRID, comission=0.1)
    with pytest.raises(ValueError, match="did you mean 'sharpe'"):
        pt.walk_forward(spy, "sma_cross", GRID, metric="sharp")


def test_cross_validation(spy):
    result = pt.cross_validate(spy, "sma_cross", GRID, groups=6, test_groups=2, purge=5, embargo=5)
    assert len(result.splits) == 15
    assert len(result.paths) == 5
    assert result.paths["sharpe"].mean() == pytest.approx(result["mean_sharpe"], rel=1e-9)


@pytest.mark.parametrize("method", ["returns", "trades", "trades_again", "prices"])
def test_monte_carlo(spy, method):
    result = pt.monte_carlo(spy, "sma_cross", method=method, paths=50, seed=3)
    again = pt.monte_carlo(spy, "sma_cross", method=method, paths=50, seed=3, threads=1)
    assert result.to_dict() == again.to_dict()
    assert (result.cone["p5"] <= result.cone["p95"]).all()
    finals = result.paths["final_equity"]
    assert result.loss_probability == pytest.approx((finals < 10_000).mean())
    assert result["final_equity"]["p50"] == pytest.approx(np.quantile(finals, 0.5), rel=1e-12)


def test_monte_carlo_of_a_result_is_that_of_its_run(spy):
    run = pt.backtest(spy, "sma_cross", commission=0.001)
    of_run = pt.monte_carlo(run, paths=40).to_dict()
    of_data = pt.monte_carlo(spy, "sma_cross", paths=40, commission=0.001).to_dict()
    assert of_run == of_data
    with pytest.raises(TypeError, match="takes no strategy"):
        pt.monte_carlo(run, "sma_cross")
    with pytest.raises(TypeError, match="needs a result, or data and a strategy"):
        pt.monte_carlo(spy)
    with pytest.raises(ValueError, match="did you mean 'trades'"):
        pt.monte_carlo(run, method="trade")
    with pytest.raises(ValueError, match="1 to 10,000,000 paths"):
        pt.monte_carlo(run, paths=0)


def test_sensitivity(spy):
    result = pt.sensitivity(spy, "sma_cross", windows={"covid": ("2020-02-20", "2020-03-23")}, bad_times=2)
    break_even = result.break_even_commission
    assert break_even is not None
    assert pt.backtest(spy, "sma_cross", commission=break_even * 0.999).metrics["total_return"] > 0
    assert pt.backtest(spy, "sma_cross", commission=break_even * 1.001).metrics["total_return"] < 0
    assert list(result.stress["name"])[-1] == "covid"
    at_default = result.parameters.query("parameter == 'fast' and value == 10")["sharpe"].item()
    assert at_default == pt.backtest(spy, "sma_cross").metrics["sharpe"]


class TestLookahead:
    def test_strategies_of_the_language_are_clean(self, spy):
        result = pt.lookahead(spy, "sma_cross")
        assert result.clean
        assert result["prefixes"] == 48

    @pytest.mark.parametrize("kind", ["pandas", "polars", "dict", "bars"])
    def test_causal_functions_are_clean(self, spy, kind):
        data = {
            "pandas": lambda: spy,
            "polars": lambda: pl.from_pandas(spy.reset_index()),
            "dict": lambda: {name.lower(): spy[name].to_numpy() for name in spy.columns},
            "bars": lambda: pt.Bars(spy),
        }[kind]()
        close = next(name for name in ("close", "Close") if kind in ("dict", "bars") or name in data.columns)

        def rising(prefix):
            values = np.asarray(prefix["close" if kind in ("dict", "bars") else close])
            return np.diff(values, prepend=values[0]) > 0

        assert pt.lookahead(data, rising).clean

    def test_tomorrow_is_found(self, spy):
        close = "close" if "close" in spy.columns else "Close"

        def peeking(frame):
            return {"entry": frame[close].shift(-2) > frame[close], "exit": frame[close] < frame[close].shift(1)}

        result = pt.lookahead(spy, peeking, every_bar=False)
        assert not result.clean
        (finding,) = result.findings
        assert finding["name"] == "entry"
        assert finding["bars_ahead"] == 2
        assert "settled when 2 later bars are known" in repr(result)

    def test_normalisation_over_the_whole_data_is_found(self, spy):
        close = "close" if "close" in spy.columns else "Close"
        result = pt.lookahead(spy, lambda f: f[close] > f[close].mean())
        assert not result.clean
        assert result.findings[0]["bars_ahead"] is None
        assert "over the whole data" in repr(result)

    def test_signals_made_by_a_function(self, spy):
        close = "close" if "close" in spy.columns else "Close"

        def future_signals(frame):
            up = frame[close].shift(-1) > frame[close]
            return pt.Signals(up, ~up)

        assert not pt.lookahead(spy.iloc[:400], future_signals).clean

    def test_classes(self, spy):
        class Causal:
            def on_bar(self, ctx):
                if len(ctx.close) > 1 and ctx.close[-1] > ctx.close[-2] and not ctx.position:
                    ctx.buy()
                elif ctx.position and ctx.close[-1] < ctx.close[-2]:
                    ctx.close_position()

        assert pt.lookahead(spy.iloc[:300], Causal, cuts=4, pairs=2).clean

    def test_bad_input(self, spy):
        with pytest.raises(TypeError, match="arrays of signals cannot be checked"):
            pt.lookahead(spy, pt.Signals([True], [False]))
        with pytest.raises(TypeError, match="takes a strategy or a function"):
            pt.lookahead(spy, 5)
        with pytest.raises(ZeroDivisionError):
            pt.lookahead(spy, lambda frame: 1 / 0)
        with pytest.raises(ValueError, match="there must be one for each bar"):
            pt.lookahead(spy, lambda frame: [1, 2, 3])
        with pytest.raises(ValueError, match="at least 3 bars"):
            pt.lookahead(spy.iloc[:2], lambda frame: frame.iloc[:, 0])


def test_control_c_stops_a_study(spy, tmp_path):
    spy.to_csv(tmp_path / "spy.csv")
    code = """
import os, signal, threading
import peaktrade as pt
bars = pt.read_bars("spy.csv")
try:
    threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    pt.monte_carlo(bars, "sma_cross", method="prices", paths=1_000_000)
except KeyboardInterrupt:
    print("stopped")
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=600)
    assert done.stdout == "stopped\n", done.stderr


def test_the_command_and_python_say_the_same(spy, example_csv):
    from test_command import peak_command

    def peak_json(*words):
        done = subprocess.run([peak_command(), *words, "--json"], capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    words = ("sma_cross", "--data", str(example_csv))
    grid = ("--grid", "fast=5:15:5", "--grid", "slow=40,80")
    path = str(example_csv)
    assert peak_json("walkforward", *words, *grid) == pt.walk_forward(path, "sma_cross", GRID).to_dict()
    assert peak_json("crossvalidate", *words, *grid) == pt.cross_validate(path, "sma_cross", GRID).to_dict()
    assert peak_json("montecarlo", *words, "--paths", "30") == pt.monte_carlo(path, "sma_cross", paths=30).to_dict()
    assert peak_json("sensitivity", *words) == pt.sensitivity(path, "sma_cross").to_dict()
    assert peak_json("lookahead", *words) == pt.lookahead(path, "sma_cross").to_dict()


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["walkforward", "sma_cross", "--grid", "fast=2,3", "--windows", "0"], 2, "at least one window"),
        (["walkforward", "sma_cross", "--grid", "fats=2,3"], 2, "did you mean 'fast'"),
        (["walkforward", "sma_cross"], 2, "--grid"),
        (["montecarlo", "sma_cross", "--method", "trade"], 2, "did you mean 'trades'"),
        (["montecarlo", "sma_cross", "--paths", "0"], 2, "1 to 10,000,000 paths"),
        (["crossvalidate", "sma_cross", "--grid", "fast=2,3", "--groups", "2"], 2, "3 to 20 groups"),
        (["lookahead", "smacross"], 2, "did you mean 'sma_cross'"),
        (["sensitivity", "sma_cross", "--step", "-1"], 2, "a fraction above 0"),
    ],
)
def test_the_command_says_what_is_wrong(example_csv, words, status, says):
    from test_command import peak_command

    done = subprocess.run(
        [peak_command(), *words[:2], "--data", str(example_csv), *words[2:]], capture_output=True, text=True
    )
    assert done.returncode == status
    assert says in done.stderr
    assert done.stdout == ""
