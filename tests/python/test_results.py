"""What a result shows and keeps: frames, metrics, JSON, report, files."""

import json
import pickle
import zipfile

import numpy as np
import pandas as pd
import pytest

import peaktrade as pt
from frames import arrays, pandas_indexed

TRADE_COLUMNS = [
    "symbol",
    "side",
    "quantity",
    "entry_bar",
    "entry_time",
    "entry_price",
    "exit_bar",
    "exit_time",
    "exit_price",
    "fees",
    "pnl",
    "return",
    "bars",
    "mae",
    "mfe",
    "exit_reason",
    "ambiguous",
    "status",
    "income",
    "tag",
]


@pytest.fixture(scope="module")
def result():
    return pt.backtest(pandas_indexed(), "sma_cross", {"fast": 5, "slow": 20}, commission=0.001)


def test_trades(result):
    trades = result.trades
    assert list(trades.columns) == TRADE_COLUMNS
    assert len(trades) == result.metrics["trades"] > 5
    closed = trades[trades["status"] == "closed"]
    assert (closed["exit_bar"] > closed["entry_bar"]).all()
    assert (closed["bars"] == closed["exit_bar"] - closed["entry_bar"]).all()
    gross = (closed["exit_price"] - closed["entry_price"]) * closed["quantity"] - closed["fees"]
    np.testing.assert_allclose(closed["pnl"], gross, atol=1e-9)
    np.testing.assert_allclose(
        closed["return"], closed["pnl"] / (closed["entry_price"] * closed["quantity"]), rtol=1e-12
    )
    assert (trades["mae"] <= 0).all()
    assert (trades["mfe"] >= 0).all()


def test_frames_have_the_same_types_whatever_happened(result):
    """Those that docs/python.md names; a run without trades has them too, so that frames can be put together."""
    nothing = pt.backtest(pandas_indexed(), pt.Strategy(entry=pt.close > 1e9))
    for frame, empty in ((result.trades, nothing.trades), (result.orders, nothing.orders)):
        assert frame.dtypes.to_dict() == empty.dtypes.to_dict()
        assert pd.concat([frame, frame], ignore_index=True).dtypes.to_dict() == frame.dtypes.to_dict()
        for name in frame.columns:
            if name.endswith("_bar"):
                assert frame[name].dtype == "Int64"
            elif name.endswith("_time"):
                assert frame[name].dtype == "datetime64[ns]"
            elif name in ("symbol", "side", "status", "action", "purpose", "reason", "exit_reason"):
                assert isinstance(frame[name].dtype, pd.CategoricalDtype)
    assert result.trades.groupby("side")["pnl"].sum().index.tolist() == ["long"]
    changed = result.trades
    changed["pnl"] = 0.0  # a frame is the caller's own
    changed.loc[0, "quantity"] = -1.0
    assert result.trades["quantity"].min() > 0


def test_times_of_frames_are_in_the_zone_of_the_data():
    for zone in (None, "UTC", "America/New_York"):
        data = pandas_indexed(zone=zone)
        trades = pt.backtest(data, "sma_cross", {"fast": 5, "slow": 20}).trades
        entered = data.index[trades["entry_bar"].to_numpy(dtype=int)]
        assert trades["entry_time"].tolist() == entered.tolist()


def test_an_open_trade_has_no_exit():
    always = pt.backtest(pandas_indexed(), "buy_and_hold").trades
    assert always["status"].tolist() == ["open"]
    assert always["exit_bar"].isna().all()
    assert always["exit_time"].isna().all()
    assert always["exit_price"].isna().all()
    assert always["entry_bar"].dtype == "Int64"


def test_no_trades_say_why():
    nothing = pt.backtest(pandas_indexed(), pt.Strategy(entry=pt.close > 1e9))
    assert len(nothing.trades) == 0
    assert list(nothing.trades.columns) == TRADE_COLUMNS
    assert any("no trades" in text for text in nothing.warnings)
    assert nothing.metrics["win_rate"] is None
    assert nothing.metrics.reasons["win_rate"]


def test_equity_and_returns(result):
    equity = result.equity
    assert isinstance(equity, pd.Series)
    assert equity.name == "equity"
    assert equity.iloc[-1] == result.metrics["final_equity"]
    assert result.returns.iloc[0] == equity.iloc[0] / 10_000 - 1
    assert result.in_position.dtype == bool
    assert result.in_position.mean() == pytest.approx(result.metrics["exposure"])


def test_orders(result):
    orders = result.orders
    assert set(orders["status"]) <= {"filled", "rejected"}
    filled = orders[orders["status"] == "filled"]
    assert (filled["fill_bar"] == filled["decision_bar"] + 1).all()
    rejected = orders[orders["status"] != "filled"]
    assert (rejected["reason"] != "").all()
    assert filled["fee"].sum() == pytest.approx(result.metrics["fees"])


def test_drawdowns(result):
    drawdowns = result.drawdowns
    assert drawdowns["depth"].min() == pytest.approx(result.metrics["max_drawdown"], rel=1e-12)
    assert (drawdowns["depth"] < 0).all()


def test_metrics_are_a_mapping(result):
    metrics = result.metrics
    assert len(metrics) >= 30
    assert set(metrics) == set(metrics.conventions)
    assert metrics.periods_per_year == 365 * 24
    assert "seven days a week" in metrics.periods_reason
    assert dict(metrics)["sharpe"] == metrics["sharpe"]
    assert "sharpe" in metrics
    assert "sharp" not in metrics
    assert metrics.get("sharp") is None
    assert "sharpe" in repr(metrics)
    with pytest.raises(pt.NotFoundError, match="'sharp'; did you mean 'sharpe'"):
        metrics["sharp"]


def test_json_is_what_the_metrics_say(result):
    told = json.loads(result.to_json())
    assert told == result.to_dict()
    for name, value in result.metrics.items():
        assert told["metrics"][name] == value, name
    assert told["params"] == {"fast": 5, "slow": 20}
    assert len(result.to_dict(trades=True)["trades"]) == len(result.trades)
    assert told["fingerprint"] == result.fingerprint


def test_words(result):
    assert repr(result).startswith("BacktestResult(sma_cross: final_equity=")
    assert "Sharpe" in str(result)
    page = result._repr_html_()
    assert "sma_cross" in page
    assert page.count("<tr") == len(result.metrics)


def test_names_are_escaped_in_html():
    strategy = pt.Strategy(name="<script>alert(1)</script>", entry=pt.close > 1)
    assert "<script>" not in pt.backtest(pandas_indexed(), strategy)._repr_html_()


def test_report(result, tmp_path):
    path = tmp_path / "report.html"
    assert result.report(path) == path
    page = path.read_text()
    assert page.lower().startswith("<!doctype html>")
    assert "sma_cross" in page
    with pytest.raises(OSError, match="nowhere"):
        result.report(tmp_path / "nowhere" / "report.html")


def test_stats_of_backtesting_py(result):
    stats = result.stats("backtesting.py")
    assert stats["Equity Final [$]"] == result.metrics["final_equity"]
    assert stats["Return [%]"] == result.metrics["total_return"] * 100
    assert stats["# Trades"] == result.metrics["closed_trades"]
    assert stats["_equity_curve"].equals(result.equity)
    with pytest.raises(ValueError, match=r"backtesting\.py"):
        result.stats("zipline")


def test_saved_and_loaded(result, tmp_path):
    path = tmp_path / "run.peak"
    result.save(path)
    loaded = pt.BacktestResult.load(path)
    assert loaded.to_json() == result.to_json()
    assert loaded.fingerprint == result.fingerprint
    assert dict(loaded.metrics) == dict(result.metrics)
    assert loaded.metrics.reasons == result.metrics.reasons
    assert loaded.equity.to_numpy().tobytes() == result.equity.to_numpy().tobytes()
    for table in ("trades", "orders", "drawdowns"):
        ours, theirs = getattr(result, table), getattr(loaded, table)
        assert ours.drop(columns=ours.filter(like="_time").columns).equals(
            theirs.drop(columns=theirs.filter(like="_time").columns)
        )
    result.report(tmp_path / "a.html")
    loaded.report(tmp_path / "b.html")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    assert sorted(item.name for item in tmp_path.iterdir()) == ["a.html", "b.html", "run.peak"]


def test_given_signals_are_saved_too(tmp_path):
    result = pt.backtest(arrays(), pt.Signals(np.arange(300) % 7 == 0, np.arange(300) % 11 == 0), size=5, size_step=1)
    result.save(tmp_path / "run.peak")
    assert pt.BacktestResult.load(tmp_path / "run.peak").to_json() == result.to_json()


def test_a_damaged_file_is_refused(result, tmp_path):
    path = tmp_path / "run.peak"
    result.save(path)
    good = path.read_bytes()
    generator = np.random.default_rng(5)
    refused = 0
    for _ in range(150):
        bad = bytearray(good)
        if generator.random() < 0.3:
            bad = bad[: generator.integers(0, len(bad))]
        else:
            for _ in range(generator.integers(1, 20)):
                bad[generator.integers(0, len(bad))] = generator.integers(0, 256)
        path.write_bytes(bad)
        try:
            loaded = pt.BacktestResult.load(path)
        except (pt.DataError, ValueError):
            refused += 1
        else:  # a byte that nobody reads
            assert loaded.to_json() == result.to_json()
    assert refused > 100
    with pytest.raises(FileNotFoundError):
        pt.BacktestResult.load(tmp_path / "none.peak")


def test_a_saved_pickle_is_not_executed(result, tmp_path):
    path = tmp_path / "run.peak"
    result.save(path)
    evil = tmp_path / "evil.peak"

    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    with zipfile.ZipFile(path) as source, zipfile.ZipFile(evil, "w") as target:
        for entry in source.namelist():
            content = source.read(entry)
            if entry == "columns/equity.npy":
                header = (
                    b"\x93NUMPY\x01\x00v\x00"
                    + b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(117)
                    + b"\n"
                )
                content = header + pickle.dumps([Bomb()])
            target.writestr(entry, content)
    with pytest.raises(pt.DataError):
        pt.BacktestResult.load(evil)
    assert not (tmp_path / "ran").exists()


def test_plot_draws_equity_and_buy_and_hold(result):
    """Into axes that only write down what is drawn: matplotlib itself is not needed for that."""

    class Axes:
        def __init__(self):
            self.lines = {}

        def plot(self, x, y, label, **style):
            self.lines[label] = (x, y)

        def set_ylabel(self, text):
            self.ylabel = text

        def legend(self):
            self.has_legend = True

    axes = Axes()
    assert result.plot(axes) is axes
    assert set(axes.lines) == {"sma_cross", "buy and hold"}
    for x, y in axes.lines.values():
        assert list(x) == list(result.equity.index)
        assert len(y) == len(x)
    np.testing.assert_array_equal(axes.lines["sma_cross"][1], result.equity.to_numpy())
    held = axes.lines["buy and hold"][1]
    assert held[0] == pytest.approx(10_000)
    assert held[-1] / held[0] - 1 == pytest.approx(result.metrics["benchmark_return"])
    assert axes.has_legend


def test_plot_without_matplotlib_says_what_is_missing(result, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with pytest.raises(ImportError, match="peaktrade\\[plot\\]"):
        result.plot()
