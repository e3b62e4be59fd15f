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
    with pytest.raises(TypeError, match=r"class with on_bar\(self, ctx\), not object"):
        pt.backtest(frames, object())
    with pytest.raises(pt.NotFoundError, match=r"there is no trade 9999"):
        pt.backtest(frames, "equal_weight").explain(9999)


RUNS = {
    "weights": lambda data: pt.backtest(data, "rank_momentum", {"count": 3}, rebalance="monthly", commission=0.001),
    "signals": lambda data: pt.backtest(data, "sma_cross", {"fast": 10, "slow": 40}, commission=0.001, slippage=0.0005),
    "separate": lambda data: pt.backtest(data, "sma_cross", {"fast": 10, "slow": 40}, cash_sharing=False),
    "class": lambda data: pt.backtest(data, Momentum, {"lookback": 30}, commission=0.001),
}


class Momentum:
    """Holds the symbols that rose, looks again every 20 stamps, with a stop 10 % below."""

    lookback = 60

    def init(self, ctx):
        self.rise = ctx.indicator("roc", "close", self.lookback)
        self.place = ctx.indicator(f"rank(roc(close, {self.lookback}))")

    def on_bar(self, ctx):
        if ctx.bar % 20 != 0:
            return
        for symbol in ctx.ready:
            one = ctx[symbol]
            if self.rise[symbol][-1] > 0 and one.position == 0:
                ctx.buy(symbol, sl=one.close[-1] * 0.9, tag=f"place {self.place[symbol][-1]:.2f}")
            elif self.rise[symbol][-1] < 0:
                one.close_position()


@pytest.mark.parametrize("kind", RUNS)
def test_every_trade_explains_itself(closes, kind):
    run = RUNS[kind](closes)
    trades, orders = run.trades, run.orders
    assert len(trades) > 5
    by_stamp: dict[int, list[tuple[float, float]]] = {}
    for row in range(len(trades)):
        told = run.explain(row).to_dict()
        assert told["trade"]["symbol"] == trades["symbol"][row]
        assert f"units of {trades['symbol'][row]}" in str(run.explain(row))
        for fill in told["fills"]:
            assert fill["order"]["symbol"] == trades["symbol"][row]
            assert orders["price"][fill["order_id"]] == fill["price"]
            stamp = orders["fill_bar"][fill["order_id"]]
            by_stamp.setdefault(stamp, []).append((fill["cash_before"], fill["cash_after"]))
            if fill["market_price"] is not None and fill["rule"].startswith("at the open"):
                assert fill["market_price"] == closes[trades["symbol"][row]].iloc[stamp]
            if kind in ("weights", "signals", "separate"):
                assert fill["lines"], "a formula decided it"
    # Cash goes from fill to fill, and ends where equity and weights say.
    held = (run.weights.to_numpy() * run.equity.to_numpy()[:, None]).sum(axis=1)
    for stamp, steps in by_stamp.items():
        after = run.equity.iloc[stamp] - held[stamp]
        assert min(abs(step[1] - after) for step in steps) < 1e-6
        starts = [before for before, _ in steps if min(abs(before - left) for _, left in steps) > 1e-6]
        assert len(starts) <= 1


@pytest.mark.parametrize("kind", RUNS)
def test_saved_and_loaded(closes, kind, tmp_path):
    run = RUNS[kind](closes)
    run.save(tmp_path / "run.peak")
    loaded = pt.BacktestResult.load(tmp_path / "run.peak")
    assert loaded.to_json() == run.to_json()
    assert loaded.fingerprint == run.fingerprint
    assert loaded.symbols == run.symbols
    assert (loaded.weights.to_numpy() == run.weights.to_numpy()).all()
    assert loaded.trades["symbol"].tolist() == run.trades["symbol"].tolist()
    assert str(loaded.explain(3)) == str(run.explain(3))
    run.report(tmp_path / "a.html")
    loaded.report(tmp_path / "b.html")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_actions_and_instruments_are_saved_too(tmp_path):
    days = pd.date_range("2024-01-01", periods=4)
    data = {name: pd.DataFrame({"close": [10.0, 10.0, 5.0, 6.0]}, index=days) for name in ("A", "B")}
    actions = pd.DataFrame({"time": [days[2]], "kind": ["split"], "value": [2.0]})
    instruments = {"A": pt.Instrument(actions=actions, lot_size=0.5), "B": pt.Instrument(multiplier=2)}
    run = pt.backtest(data, "equal_weight", rebalance="once", cash=1_000, instruments=instruments)
    run.save(tmp_path / "run.peak")
    assert pt.BacktestResult.load(tmp_path / "run.peak").fingerprint == run.fingerprint


def test_a_damaged_panel_run_is_refused(closes, tmp_path):
    run = RUNS["weights"](closes)
    path = tmp_path / "run.peak"
    run.save(path)
    good = path.read_bytes()
    generator = np.random.default_rng(7)
    refused = 0
    for _ in range(60):
        bad = bytearray(good)
        for _ in range(generator.integers(1, 20)):
            bad[generator.integers(0, len(bad))] = generator.integers(0, 256)
        path.write_bytes(bad)
        try:
            loaded = pt.BacktestResult.load(path)
        except (pt.DataError, ValueError):
            refused += 1
        else:  # a byte that nobody reads
            assert loaded.to_json() == run.to_json()
    assert refused > 40


# --- Strategy classes -----------------------------------------------------------------------------------------------


def test_a_class_of_weights_is_the_recipe(closes):
    class Equal:
        def on_bar(self, ctx):
            if ctx.bar % 21 == 0:
                ctx.target_weights({symbol: 1 / len(ctx) for symbol in ctx})

    for options in ({}, {"commission": 0.001}, {"fill": "same_close", "slippage": 0.001}):
        ours = pt.backtest(closes, Equal, **options)
        recipe = pt.backtest(closes, "equal_weight", rebalance=21, **options)
        assert ours.equity.equals(recipe.equity)
        assert ours.trades["pnl"].equals(recipe.trades["pnl"])


def test_a_class_of_signals_is_the_strategy_of_formulas(closes):
    class Cross:
        fast = 10

        def init(self, ctx):
            self.above = ctx.indicator(f"crosses_above(sma(close, {self.fast}), sma(close, 40))")
            self.below = ctx.indicator(f"crosses_below(sma(close, {self.fast}), sma(close, 40))")

        def on_bar(self, ctx):
            for symbol in ctx.ready:
                if self.above[symbol][-1] and ctx[symbol].position == 0:
                    ctx.buy(symbol)
                elif self.below[symbol][-1]:
                    ctx.close_position(symbol)

    ours = pt.backtest(closes, Cross, {"fast": 8}, commission=0.001)
    formulas = pt.backtest(closes, "sma_cross", {"fast": 8, "slow": 40}, commission=0.001)
    assert ours.equity.equals(formulas.equity)
    assert ours.params == {"fast": 8.0}


def test_what_a_class_over_many_symbols_sees():
    days = pd.date_range("2024-01-01", periods=6)
    data = {
        "A": pd.DataFrame({"close": [10.0, 11, 12, 13, 14, 15]}, index=days),
        "B": pd.DataFrame({"close": [20.0, 21, 22]}, index=days[[2, 3, 5]]),
    }
    seen = []

    class Witness:
        def init(self, ctx):
            self.mean = ctx.indicator("sma", "close", 2)
            self.rank = ctx.indicator("rank(close)")
            assert ctx.symbols == list(ctx) == ["A", "B"] and "A" in ctx and "C" not in ctx

        def on_bar(self, ctx):
            b = ctx["B"]
            seen.append((ctx.bar, ctx.time.day, ctx.ready, list(b.close), ctx.has_bar("B"), b.symbol))
            if ctx.bar == 2:
                assert self.rank["B"][-1] == 1 and self.rank["A"][-1] == 0.5 and self.mean["A"][-1] == 11.5
                order = ctx.sell("B", 5)
                assert (order.symbol, order.status) == ("B", "working")
                self.limit = ctx.buy("A", 1, limit=5.0)
                assert [one.symbol for one in ctx.orders] == ["A", "B"] and len(b.orders) == 1
            if ctx.bar == 3:
                assert (b.position, ctx.cash, ctx.equity) == (-5, 10_000 + 5 * 21, 10_000)
                assert ctx.replace(self.limit, limit=4.0) and ctx.cancel(self.limit) and not ctx.cancel(self.limit)
                ctx.close_position("B")

    run = pt.backtest(data, Witness)
    assert seen == [
        (1, 2, ["A"], [], False, "B"),
        (2, 3, ["A"], [20.0], True, "B"),
        (3, 4, ["A", "B"], [20.0, 21.0], True, "B"),
        (4, 5, ["A"], [20.0, 21.0], False, "B"),
        (5, 6, ["A", "B"], [20.0, 21.0, 22.0], True, "B"),
    ]
    # B has no bar on the fifth day: what was decided on the fourth fills on the sixth
    assert run.trades["exit_bar"].tolist() == [5] and run.trades["pnl"].tolist() == [5 * (21 - 22)]
    assert run.orders["status"].tolist() == ["filled", "cancelled", "filled"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (lambda ctx: ctx.close[-1], r"AttributeError: over many symbols ctx.close is read by symbol: ctx\['A'\].close"),
        (lambda ctx: ctx["AA"], r"NotFoundError: the data have no symbol 'AA'; did you mean 'A'"),
        (lambda ctx: ctx.buy("A", sizes=1), r"TypeError: buy\(\) has no argument 'sizes'; did you mean 'size'"),
        (lambda ctx: ctx.indicator("sma", "close", 3), r"RuntimeError: indicators are declared in init"),
        (lambda ctx: ctx.target_weights(0.5), r"TypeError: target_weights takes a mapping"),
        (lambda ctx: ctx.no_such_thing, r"AttributeError: ctx has no 'no_such_thing'"),
    ],
)
def test_an_exception_over_many_symbols_names_bar_time_and_strategy(body, words):
    days = pd.date_range("2024-01-01", periods=9)
    data = {name: pd.DataFrame({"close": np.arange(1.0, 10)}, index=days) for name in ("A", "B")}

    class Failing:
        def on_bar(self, ctx):
            if ctx.bar == 0:
                ctx.buy("A")
            if ctx.bar == 5:
                body(ctx)

    with pytest.raises(pt.StrategyError, match=rf"Failing.on_bar failed on bar 5 \(2024-01-06\): {words}") as caught:
        pt.backtest(data, Failing)
    failure = caught.value
    assert (failure.strategy, failure.bar, failure.time) == ("Failing", 5, "2024-01-06")
    assert len(failure.result.equity) == 6 and failure.result.weights.shape == (6, 2)
    assert len(failure.result.trades) == 1 and failure.result.explain(0)


def test_classes_over_many_symbols_refuse_what_they_cannot_do(closes):
    class Nothing:
        def init(self, ctx):
            self.kept = ctx

        def on_bar(self, ctx):
            pass

    one = Nothing()
    assert "no trades" in pt.backtest(closes, one).warnings[0]
    with pytest.raises(RuntimeError, match=r"the run is over"):
        _ = one.kept.cash
    with pytest.raises(ValueError, match=r"rebalance is for weights"):
        pt.backtest(closes, Nothing, rebalance="monthly")
    with pytest.raises(NotImplementedError, match=r"separate cash"):
        pt.backtest(closes, Nothing, cash_sharing=False)
    with pytest.raises(pt.NotFoundError, match=r"no parameter 'fast'"):
        pt.backtest(closes, Nothing, {"fast": 3})


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
