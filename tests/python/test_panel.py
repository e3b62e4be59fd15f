"""Many symbols: recipes against pandas, data in every form, weights by hand, actions, currencies, what is refused."""

import json
import math
import os
import subprocess

import numpy as np
import pandas as pd
import polars as pl
import pytest

import peaktrade as pt
from test_docs import peak_command

CASH = 10_000.0


@pytest.fixture(scope="module")
def closes():
    """Closes of eight stocks, 2018 to 2022."""
    from conftest import ROOT

    return pd.read_csv(ROOT / "examples" / "data" / "stocks_daily.csv", index_col="Date", parse_dates=True)


def month_starts(index):
    return [t for t in range(len(index)) if t == 0 or index[t].month != index[t - 1].month]


def plain_equity(closes, weights_at, stamps):
    """Equity of weights that fill at the close that decides them, without costs, in plain Python."""
    cash, units, equity = CASH, dict.fromkeys(closes, 0.0), []
    for t in range(len(closes)):
        prices = closes.iloc[t]
        if t in stamps:
            worth = cash + sum(units[s] * prices[s] for s in closes)
            units = {s: weights_at(t, s) * worth / prices[s] for s in closes}
            cash = worth - sum(units[s] * prices[s] for s in closes)
        equity.append(cash + sum(units[s] * prices[s] for s in closes))
    return np.array(equity)


def equal_weight(closes):
    return pd.DataFrame(1 / closes.shape[1], index=closes.index, columns=closes.columns)


def inverse_volatility(closes):
    inverse = 1 / closes.pct_change().rolling(60).std(ddof=0)
    return inverse.div(inverse.sum(axis=1), axis=0)


def volatility_target(closes):
    count = closes.shape[1]
    mix = (closes.pct_change() / count).sum(axis=1, min_count=count)
    factor = (0.1 / (mix.rolling(60).std(ddof=1) * math.sqrt(252))).clip(upper=1)
    return equal_weight(closes).mul(factor, axis=0)


def rank_momentum(closes):
    rise = closes / closes.shift(126) - 1
    best = rise.rank(axis=1, ascending=False) <= 5
    return best.astype(float).div(5).where(rise.notna().all(axis=1), 0.0)


RECIPES = (equal_weight, inverse_volatility, volatility_target, rank_momentum)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.__name__)
def test_recipes_are_what_pandas_computes(closes, recipe):
    result = pt.backtest(closes, recipe.__name__, rebalance="monthly", fill="same_close", cash=CASH)
    wanted = recipe(closes).fillna(0.0)
    stamps = month_starts(closes.index)
    found = result.weights
    assert list(found.columns) == list(closes.columns) == result.symbols
    np.testing.assert_allclose(found.iloc[stamps], wanted.iloc[stamps], atol=1e-12)
    equity = plain_equity(closes, lambda t, s: wanted.iloc[t][s], set(stamps))
    np.testing.assert_allclose(result.equity, equity, rtol=1e-11)
    assert result.metrics["final_equity"] == result.equity.iloc[-1]
    assert set(result.trades["symbol"]) <= set(closes.columns)


def test_every_recipe_tells_its_parameters_and_when_it_works():
    assert pt.allocation_names() == [recipe.__name__ for recipe in RECIPES]
    for name in pt.allocation_names():
        recipe = pt.find_allocation(name)
        assert recipe.is_allocation
        assert recipe.description.count(".") >= 2
        for parameter in recipe.parameter_info:
            assert parameter["low"] <= parameter["default"] <= parameter["high"], parameter


def test_fixed_weights(closes):
    weights = {"AAPL": 0.6, "KO": 0.4}
    result = pt.backtest(closes, pt.Weights(weights), rebalance="quarterly", fill="same_close", cash=CASH)
    stamps = {t for t in month_starts(closes.index) if closes.index[t].month % 3 == 1}
    equity = plain_equity(closes, lambda t, s: weights.get(s, 0.0), stamps)
    np.testing.assert_allclose(result.equity, equity, rtol=1e-11)


def test_weights_of_a_frame_and_of_a_formula(closes):
    stamps = month_starts(closes.index)[3:6]
    table = pd.DataFrame({"KO": [0.5, 0.25, 0.0], "AAPL": [0.5, np.nan, 0.75]}, index=closes.index[stamps])
    found = pt.backtest(closes, pt.Weights(table), fill="same_close").weights
    assert found.iloc[stamps[0]][["KO", "AAPL"]].tolist() == pytest.approx([0.5, 0.5])
    assert found.iloc[stamps[1]]["KO"] == pytest.approx(0.25)
    before = found.iloc[stamps[1] - 1]["AAPL"]
    assert found.iloc[stamps[1]]["AAPL"] == pytest.approx(before, abs=0.02)  # left alone, moved by its price
    assert found.iloc[stamps[2]][["KO", "AAPL"]].tolist() == pytest.approx([0.0, 0.75])

    text = pt.backtest(closes, pt.Weights("normalize(top(roc(close, 126), 5))"), fill="same_close")
    built = pt.backtest(closes, pt.Weights(pt.normalize(pt.top(pt.roc(pt.close, 126), 5))), fill="same_close")
    recipe = pt.backtest(closes, "rank_momentum", fill="same_close")
    assert text.equity.tolist() == built.equity.tolist() == recipe.equity.tolist()


def frames_of(closes, columns=("AAPL", "KO", "MSFT")):
    return {symbol: closes[[symbol]].rename(columns={symbol: "close"}) for symbol in columns}


def test_data_in_every_form_give_the_same_run(closes, tmp_path):
    frames = frames_of(closes)
    frames["KO"] = frames["KO"].drop(frames["KO"].index[[10, 400]])  # a calendar of its own
    long = pd.concat([frame.assign(symbol=s).reset_index() for s, frame in frames.items()], ignore_index=True)
    wide = pd.DataFrame({s: frame["close"] for s, frame in frames.items()})
    folder = tmp_path / "prices"
    folder.mkdir()
    for symbol, frame in frames.items():
        frame.to_csv(folder / f"{symbol}.csv")
    long.to_csv(tmp_path / "long.csv", index=False)
    wide.to_csv(tmp_path / "wide.csv")
    forms = {
        "mapping": frames,
        "mapping of bars": {s: pt.Bars(frame) for s, frame in frames.items()},
        "long pandas": long,
        "long pandas, another name": (long.rename(columns={"symbol": "name"}), {"symbol_column": "name"}),
        "two levels of rows": long.set_index(["symbol", "Date"]),
        "two levels of columns": pd.concat(frames, axis=1),
        "wide pandas": wide,
        "long polars": pl.from_pandas(long),
        "wide polars": pl.from_pandas(wide.reset_index()),
        "folder": folder,
        "files": sorted(folder.iterdir()),
        "long file": tmp_path / "long.csv",
        "wide file": str(tmp_path / "wide.csv"),
        "panel": pt.Panel(frames),
    }
    wanted = pt.backtest(frames, "equal_weight", commission=0.001)
    assert len(wanted.trades) == 3
    for name, data in forms.items():
        data, more = data if isinstance(data, tuple) else (data, {})
        run = pt.backtest(data, "equal_weight", commission=0.001, **more)
        assert run.symbols == ["AAPL", "KO", "MSFT"], name
        assert np.asarray(run.equity).tolist() == wanted.equity.tolist(), name
    assert type(pt.backtest(forms["long polars"], "equal_weight").trades).__module__.startswith("polars")


def test_symbols_reordered_and_renamed_change_nothing(closes):
    frames = frames_of(closes)
    turned = {"x" + symbol: frames[symbol] for symbol in reversed(list(frames))}
    for strategy in ("inverse_volatility", "rank_momentum", "sma_cross"):
        params = {"count": 2} if strategy == "rank_momentum" else {}
        one = pt.backtest(frames, strategy, params, commission=0.001)
        two = pt.backtest(turned, strategy, params, commission=0.001)
        np.testing.assert_allclose(one.equity, two.equity, rtol=1e-9)


def test_signals_with_shared_and_separate_cash(closes):
    frames = frames_of(closes)
    shared = pt.backtest(frames, "sma_cross", {"fast": 10, "slow": 50}, cash=9_000)
    apart = pt.backtest(frames, "sma_cross", {"fast": 10, "slow": 50}, cash=9_000, cash_sharing=False)
    alone = [pt.backtest(frame, "sma_cross", {"fast": 10, "slow": 50}, cash=3_000) for frame in frames.values()]
    np.testing.assert_allclose(apart.equity, sum(run.equity.to_numpy() for run in alone), rtol=1e-12)
    assert len(apart.trades) == sum(len(run.trades) for run in alone)
    assert apart.trades["pnl"].sum() == pytest.approx(sum(run.trades["pnl"].sum() for run in alone))
    assert not np.allclose(shared.equity, apart.equity)
    assert shared.equity.iloc[-1] == pytest.approx(9_000 + shared.trades["pnl"].sum())


def test_both_engines_agree(closes):
    for options in ({"commission": 0.001}, {"size_step": 1, "fee_minimum": 1}, {"leverage": 2, "borrow": 0.02}):
        fast, plain = (pt.backtest(closes, "inverse_volatility", engine=e, **options) for e in ("fast", "reference"))
        assert fast.equity.tolist() == plain.equity.tolist()
        assert fast.fingerprint == plain.fingerprint


# A: 10, then a split of 2 for 1, so 5. B: 20, pays 1 on the third day. All cash in halves on day 1.
def test_raw_prices_with_actions_by_hand():
    days = pd.date_range("2024-01-01", periods=4)
    data = {
        "A": pd.DataFrame({"close": [10.0, 10.0, 5.0, 6.0]}, index=days),
        "B": pd.DataFrame({"close": [20.0, 20.0, 19.0, 19.0]}, index=days),
    }
    split = pd.DataFrame({"time": [days[2]], "kind": ["split"], "value": [2.0]})
    paid = pd.DataFrame({"time": [days[2]], "kind": ["dividend"], "value": [1.0]})
    instruments = {"A": pt.Instrument(actions=split), "B": pt.Instrument(actions=paid)}
    run = pt.backtest(data, "equal_weight", rebalance="once", cash=1_000, instruments=instruments)
    # 50 of A become 100; 25 of B are paid 25. Day 3: 25 + 100 * 5 + 25 * 19; day 4: 25 + 100 * 6 + 25 * 19
    assert run.equity.tolist() == [1_000, 1_000, 1_000, 1_100]
    assert run.weights["A"].tolist() == pytest.approx([0, 0.5, 0.5, 600 / 1_100])


def test_splits_and_dividends_of_four_real_tickers_right_to_the_cent(shared_data):
    table = pd.read_csv(shared_data / "corporate_actions" / "wiki_4tickers_2014.zip", parse_dates=["date"])
    frames, instruments, worth = {}, {}, 0.0
    for ticker, rows in table.sort_values("date").groupby("ticker", sort=False):
        rows = rows.drop_duplicates("date").set_index("date")
        frames[ticker] = rows[["open", "high", "low", "close"]]
        changes = rows[(rows["ex-dividend"] != 0) | (rows["split_ratio"] != 1)]
        actions = [(t, "split", r["split_ratio"]) for t, r in changes.iterrows() if r["split_ratio"] != 1]
        actions += [(t, "dividend", r["ex-dividend"]) for t, r in changes.iterrows() if r["ex-dividend"] != 0]
        if actions:
            instruments[ticker] = pt.Instrument(actions=pd.DataFrame(actions, columns=["time", "kind", "value"]))
    run = pt.backtest(frames, "equal_weight", rebalance="once", cash=100_000, instruments=instruments)
    first = table["date"].min()
    there = {ticker: rows for ticker, rows in frames.items() if rows.index[0] == first}
    assert len(there) == 3  # one of the four came later
    for ticker, rows in there.items():  # by hand: bought at the open of the second day, held to the end
        units, earned = 100_000 / 3 / rows["open"].iloc[1], 0.0
        own = table[table["ticker"] == ticker].drop_duplicates("date").set_index("date").sort_index()
        for _, r in own.iloc[2:].iterrows():
            earned += units * r["ex-dividend"]
            units *= r["split_ratio"]
        worth += units * rows["close"].iloc[-1] + earned
    assert any(r != 1 for r in table["split_ratio"])
    assert round(run.equity.iloc[-1], 2) == round(worth, 2)


def test_another_currency():
    days = pd.date_range("2024-01-01", periods=3)
    frame = pd.DataFrame({"close": [10.0, 10.0, 10.0]}, index=days)
    rates = pd.DataFrame({"close": [1.0, 1.25, 1.5]}, index=days)
    panel = pt.Panel({"SAP": frame, "SPY": frame}, currency={"SAP": "EUR"}, rates={"EUR": rates})
    run = pt.backtest(panel, pt.Weights({"SAP": 0.5}), rebalance="once", cash=1_000)
    # bought at the open of day 2 at 10 * 1.0: 50; worth 50 * 12.5, then 50 * 15
    assert run.equity.tolist() == [1_000, 1_125, 1_250]
    with pytest.raises(ValueError, match=r"'SAP' is in EUR, but rates has no series 'EUR'"):
        pt.Panel({"SAP": frame}, currency={"SAP": "EUR"})


def test_a_symbol_that_ends_is_told_and_may_be_delisted():
    days = pd.date_range("2024-01-01", periods=4)
    data = {
        "A": pd.DataFrame({"close": [10.0] * 4}, index=days),
        "GONE": pd.DataFrame({"close": [10.0] * 3}, index=days[:3]),
    }
    run = pt.backtest(data, "equal_weight", rebalance="once", cash=1_000)
    assert any("'GONE' has no bar after 2024-01-03" in warning for warning in run.warnings)
    end = pd.DataFrame({"time": [days[3]], "kind": ["delisting"], "value": [4.0]})
    run = pt.backtest(
        data, "equal_weight", rebalance="once", cash=1_000, instruments={"GONE": pt.Instrument(actions=end)}
    )
    assert run.equity.tolist() == [1_000, 1_000, 1_000, 700]  # 50 * 10 + 50 * 4
    assert run.trades.set_index("symbol")["exit_reason"]["GONE"] == "delisting"
    assert run.warnings == []


def test_what_makes_no_sense_is_refused(closes):
    frames = frames_of(closes)
    with pytest.raises(ValueError, match=r"the weights name 'APPL'.*did you mean 'AAPL'"):
        pt.backtest(frames, pt.Weights({"APPL": 1}))
    with pytest.raises(ValueError, match=r"a row for 2020-02-01, on which no symbol has a bar"):
        pt.backtest(frames, pt.Weights(pd.DataFrame({"KO": [1.0]}, index=[pd.Timestamp("2020-02-01")])))
    with pytest.raises(ValueError, match=r"tells its own times"):
        pt.backtest(frames, pt.Weights(pd.DataFrame({"KO": [1.0]}, index=closes.index[:1])), rebalance="monthly")
    with pytest.raises(ValueError, match=r"unknown rebalance 'montly'; did you mean 'monthly'"):
        pt.backtest(frames, "equal_weight", rebalance="montly")
    with pytest.raises(ValueError, match=r"'sma_cross' decides by its own signals"):
        pt.backtest(frames, "sma_cross", rebalance="monthly")
    with pytest.raises(ValueError, match=r"'rebalance' is for data of many symbols"):
        pt.backtest(frames["KO"], "sma_cross", rebalance="monthly")
    with pytest.raises(ValueError, match=r"compares symbols"):
        pt.backtest(frames["KO"], pt.Strategy(entry=pt.top(pt.close, 1)))
    with pytest.raises(pt.DataError, match=r"'AAPL' has bars of 1 day and 'KO' of 7 days"):
        pt.backtest({"AAPL": frames["AAPL"], "KO": frames["KO"].resample("W").last()}, "equal_weight")
    with pytest.raises(pt.DataError, match=r"zone"):
        pt.Panel({"AAPL": frames["AAPL"], "KO": frames["KO"].tz_localize("America/New_York")})
    with pytest.raises(TypeError, match=r"classes run on one symbol"):
        pt.backtest(frames, object())
    run = pt.backtest(frames, "equal_weight")
    with pytest.raises(NotImplementedError, match=r"one symbol"):
        run.explain(0)
    with pytest.raises(NotImplementedError, match=r"one symbol"):
        run.save("run.peak")


def test_the_command_prints_what_python_has(closes, tmp_path):
    file = tmp_path / "stocks.csv"
    closes.to_csv(file)
    line = ["backtest", "inverse_volatility", "--data", str(file), "--set", "window=30", "--rebalance", "weekly"]
    page, trades, orders = (tmp_path / name for name in ("page.html", "trades.csv", "orders.csv"))
    line += ["--commission", "0.001", "--report", str(page), "--trades", str(trades), "--orders", str(orders)]
    done = subprocess.run([peak_command(), *line, "--json"], capture_output=True, text=True, env={**os.environ})
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    run = pt.backtest(file, "inverse_volatility", {"window": 30}, rebalance="weekly", commission=0.001)
    assert told["metrics"] == run.to_dict()["metrics"]
    assert told["fingerprint"] == run.fingerprint
    assert told["rebalance"] == "weekly" and told["data"]["symbols"] == list(closes.columns)
    assert pd.read_csv(trades)["symbol"].tolist() == run.trades["symbol"].tolist()
    assert pd.read_csv(orders)["symbol"].tolist() == run.orders["symbol"].tolist()
    assert "inverse_volatility" in page.read_text(encoding="utf-8")
    text = subprocess.run([peak_command(), *line[:4]], capture_output=True, text=True).stdout
    assert "rebalanced monthly" in text and "symbol" in text

    for words, status, message in (
        (["equal_weight", "--data", str(file), "--rebalance", "montly"], 2, "did you mean 'monthly'"),
        (["sma_cross", "--data", str(file), "--rebalance", "monthly"], 2, "is for weights"),
        (["fixed_weights", "--data", str(file), "--weight", "APPL=1"], 2, "did you mean 'AAPL'"),
        (["fixed_weights", "--data", str(file)], 2, "--weight SYMBOL=NUMBER"),
    ):
        done = subprocess.run([peak_command(), "backtest", *words], capture_output=True, text=True)
        assert (done.returncode, message in done.stderr) == (status, True), done.stderr
    fixed = ["backtest", "fixed_weights", "--data", str(file), "--weight", "KO=0.5", "--weight", "GE=0.5", "--json"]
    told = json.loads(subprocess.run([peak_command(), *fixed], capture_output=True, text=True, check=True).stdout)
    same = pt.backtest(closes, pt.Weights({"KO": 0.5, "GE": 0.5}), rebalance="monthly")
    assert told["metrics"]["final_equity"] == same.metrics["final_equity"]
