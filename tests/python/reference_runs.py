"""The peers' runs: what they were given, and what they made of it. The rules are told in the README of the shared data."""

import dataclasses
import functools
import json

import numpy as np
import pandas as pd

import peaktrade as pt

# Size of a run -> our size_step. FractionalBacktest of backtesting.py trades in millionths.
SIZE_STEPS = {"int": 1.0, "frac": None, "frac1e-6": 1e-6}
STRATEGIES = ("sma_long", "sma_longshort", "rsi_meanrev", "boll_breakout")


@dataclasses.dataclass(frozen=True)
class Run:
    """A run id such as "goog_1d|sma_long|c0.002|next_open|int"."""

    name: str

    @property
    def data(self):
        return self.name.split("|")[0]

    @property
    def strategy(self):
        return self.name.split("|")[1]

    @property
    def options(self):
        _, _, commission, fill, size = self.name.split("|")
        return {"commission": float(commission[1:]), "fill": fill, "size_step": SIZE_STEPS[size], "cash": 10_000}


@functools.cache
def signal_frame(folder, data):
    """Prices, TA-Lib's indicators and the signals that both peers were given."""
    return pd.read_parquet(folder / "reference" / f"signals_{data}.parquet")


@functools.cache
def bars(folder, data):
    return pt.Bars(signal_frame(folder, data)[["Open", "High", "Low", "Close", "Volume"]])


@functools.cache
def peer_trades(folder, peer):
    """Run id -> that peer's trades."""
    frame = pd.read_csv(folder / "reference" / f"{peer}_trades.csv.gz")
    return dict(list(frame.groupby("run", sort=False)))


@functools.cache
def peer_stats(folder, peer):
    return json.loads((folder / "reference" / f"{peer}_stats.json").read_text())


def given_signals(folder, run):
    """The peers' own signal arrays. sma_longshort always reverses: its exit is the short entry."""
    frame = signal_frame(folder, run.data)
    enter = frame[f"{run.strategy}__enter"].to_numpy()
    exit_ = frame[f"{run.strategy}__exit"].to_numpy()
    if run.strategy == "sma_longshort":
        return pt.Signals(enter, short_entries=exit_)
    return pt.Signals(enter, exit_)


def own_signals(strategy):
    """Entry and exit of a strategy as expressions over our own indicators, with the peers' strict crossings."""
    if strategy in ("sma_long", "sma_longshort"):
        fast, slow = pt.sma(pt.close, 10), pt.sma(pt.close, 20)
        return pt.crosses_above_strict(fast, slow), pt.crosses_below_strict(fast, slow)
    if strategy == "rsi_meanrev":
        rsi = pt.rsi(pt.close, 14)
        return pt.crosses_below_strict(rsi, 30), pt.crosses_above_strict(rsi, 70)
    bands = pt.bollinger(pt.close, 20, 2)
    return pt.crosses_above_strict(pt.close, bands.upper), pt.crosses_below_strict(pt.close, bands.middle)


def own_strategy(strategy):
    entry, exit_ = own_signals(strategy)
    if strategy == "sma_longshort":
        return pt.Strategy(name=strategy, entry=entry, short_entry=exit_)
    return pt.Strategy(name=strategy, entry=entry, exit=exit_)


def our_trades(result):
    """The same shape for all: signed size, exits of open trades at the last bar's mark."""
    trades = result.trades
    sign = np.where(trades["side"] == "long", 1.0, -1.0)
    open_ = (trades["status"] == "open").to_numpy()
    last = len(result.bars) - 1
    return pd.DataFrame(
        {
            "size": trades["quantity"].to_numpy() * sign,
            "entry_bar": trades["entry_bar"].to_numpy(dtype=np.int64),
            "entry_price": trades["entry_price"].to_numpy(),
            "exit_bar": trades["exit_bar"].fillna(last).to_numpy(dtype=np.int64),
            "exit_price": np.where(
                open_, result.bars["close"][-1] if len(result.bars) else np.nan, trades["exit_price"]
            ),
            "fees": trades["fees"].to_numpy(),
            "pnl": trades["pnl"].to_numpy(),
            "open": open_,
        }
    )


def vectorbt_trades(folder, run):
    theirs = peer_trades(folder, "vectorbt").get(run.name)
    index = signal_frame(folder, run.data).index
    if theirs is None:
        return our_empty()
    return pd.DataFrame(
        {
            "size": theirs["Size"].to_numpy() * np.where(theirs["Direction"] == "Long", 1.0, -1.0),
            "entry_bar": index.get_indexer(pd.to_datetime(theirs["Entry Timestamp"])),
            "entry_price": theirs["Avg Entry Price"].to_numpy(),
            "exit_bar": index.get_indexer(pd.to_datetime(theirs["Exit Timestamp"])),
            "exit_price": theirs["Avg Exit Price"].to_numpy(),
            "fees": (theirs["Entry Fees"] + theirs["Exit Fees"]).to_numpy(),
            "pnl": theirs["PnL"].to_numpy(),
            "open": (theirs["Status"] == "Open").to_numpy(),
        }
    )


def backtesting_py_trades(folder, run):
    theirs = peer_trades(folder, "backtesting_py").get(run.name)
    if theirs is None:
        return our_empty()
    return pd.DataFrame(
        {
            "size": theirs["Size"].to_numpy(),
            "entry_bar": theirs["EntryBar"].to_numpy(),
            "entry_price": theirs["EntryPrice"].to_numpy(),
            "exit_bar": theirs["ExitBar"].to_numpy(),
            "exit_price": theirs["ExitPrice"].to_numpy(),
            "fees": theirs["Commission"].to_numpy(),
            "pnl": theirs["PnL"].to_numpy(),
            "open": np.zeros(len(theirs), dtype=bool),
        }
    )


def our_empty():
    return pd.DataFrame(
        {name: [] for name in ("size", "entry_bar", "entry_price", "exit_bar", "exit_price", "fees", "pnl", "open")}
    )


def difference(ours, theirs):
    """The largest difference of two trade lists, money relative to what was traded; None when bars or counts differ."""
    if len(ours) != len(theirs):
        return None
    for name in ("entry_bar", "exit_bar", "open"):
        if not (ours[name].to_numpy() == theirs[name].to_numpy()).all():
            return None
    if not len(ours):
        return 0.0
    value = np.maximum(
        np.abs(theirs["size"] * theirs["entry_price"]), np.abs(theirs["size"] * theirs["exit_price"])
    ).to_numpy()
    worst = 0.0
    for name in ("size", "entry_price", "exit_price"):
        worst = max(worst, float(np.max(np.abs(ours[name].to_numpy() / theirs[name].to_numpy() - 1))))
    for name in ("fees", "pnl"):
        worst = max(worst, float(np.max(np.abs(ours[name].to_numpy() - theirs[name].to_numpy()) / value)))
    return worst
