"""Makes conventions.json: what vectorbt, quantstats and backtesting.py say of one strategy on five real series.

    PEAK_SHARED_DATA=... python tests/golden/conventions.py > tests/golden/conventions.json

needs vectorbt 1.2.0, quantstats 0.0.86 and backtesting 0.6.6. The file holds the bars of the signals and the peers' own
statistics, no prices.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import pathlib
import re
import warnings

import numpy as np
import pandas as pd

warnings.simplefilter("ignore")

# Name: file, bars in a year as rule 10 has them.
SERIES = {
    "spy_1d": ("equity_daily/spy_1999_2020.csv", 252),
    "sp500_1d": ("equity_daily/arch_sp500_1999_2018.csv.gz", 252),
    "penny_1d": ("equity_daily/penny_2018_2021.csv", 252),
    "btcusd_1d": ("crypto/btcusd_coinbase_1d_2014_2019.csv", 365),
    "eurusd_1h": ("fx/eurusd_1h_2017_2018.csv", 6240),
}
FAST, SLOW = 8, 21
CASH, FEE = 1_000_000.0, 0.001
PRICES = ["Open", "High", "Low", "Close"]


def prices_of(path: pathlib.Path) -> pd.DataFrame:
    frame = pd.read_csv(path, encoding="utf-8-sig", header=1 if path.name.startswith("btcusd") else 0)
    frame.columns = [str(name).strip().title() for name in frame.columns]
    time = "Date" if "Date" in frame else frame.columns[0]
    stamps = pd.to_datetime(frame[time].astype(str).str.replace("-AM", " AM").str.replace("-PM", " PM"))
    frame = frame.set_index(pd.DatetimeIndex(stamps, name="time"))[PRICES].astype(float)
    return frame.sort_index()


def signals_of(close: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    gap = close.rolling(FAST).mean() - close.rolling(SLOW).mean()
    return ((gap > 0) & (gap.shift() < 0)).to_numpy(), ((gap < 0) & (gap.shift() > 0)).to_numpy()


def number(value: object) -> float | None:
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, (pd.Timedelta, pd.Timestamp)) or value is None:
        return None
    return float(value) if np.isfinite(value) else None


def vectorbt_of(frame: pd.DataFrame, entries: np.ndarray, exits: np.ndarray) -> tuple[dict, pd.Series]:
    import vectorbt as vbt

    step = pd.Series(frame.index).diff().median()
    run = vbt.Portfolio.from_signals(frame["Close"], entries, exits, init_cash=CASH, fees=FEE, freq=step)
    stats = {str(name): number(value) for name, value in run.stats().items() if not isinstance(value, str)}
    for name in (
        "annualized_return",
        "annualized_volatility",
        "sharpe_ratio",
        "sortino_ratio",
        "calmar_ratio",
        "omega_ratio",
        "downside_risk",
        "tail_ratio",
        "value_at_risk",
        "cond_value_at_risk",
        "max_drawdown",
        "alpha",
        "beta",
        "information_ratio",
    ):
        stats[name] = number(getattr(run, name)())
    return {name: value for name, value in stats.items() if value is not None}, run.returns()


def quantstats_of(returns: pd.Series, periods: int) -> dict:
    import quantstats.stats as qs

    told = {name: getattr(qs, name)(returns) for name in QUANTSTATS_PLAIN}
    told |= {name: getattr(qs, name)(returns, periods=periods) for name in QUANTSTATS_BY_YEAR}
    told["calmar"] = qs.calmar(returns, periods=periods)
    told["upi"] = qs.ulcer_performance_index(returns)
    return {name: number(value) for name, value in told.items()}


QUANTSTATS_PLAIN = [
    "comp",
    "max_drawdown",
    "omega",
    "tail_ratio",
    "skew",
    "kurtosis",
    "ulcer_index",
    "value_at_risk",
    "cvar",
    "recovery_factor",
    "win_rate",
    "avg_win",
    "avg_loss",
    "payoff_ratio",
    "profit_factor",
    "kelly_criterion",
    "consecutive_wins",
    "consecutive_losses",
    "exposure",
    "best",
    "worst",
]
QUANTSTATS_BY_YEAR = ("cagr", "volatility", "sharpe", "sortino")


def backtesting_of(frame: pd.DataFrame, entries: np.ndarray, exits: np.ndarray, units: int) -> dict:
    from backtesting import Backtest, Strategy

    class Given(Strategy):
        def init(self) -> None:
            pass

        def next(self) -> None:
            bar = len(self.data) - 1
            if not self.position and entries[bar] and not exits[bar]:
                self.buy(size=units)
            elif self.position and exits[bar]:
                self.position.close()

    stats = Backtest(frame, Given, cash=CASH, commission=FEE, finalize_trades=False).run()
    return {
        str(name): number(value)
        for name, value in stats.items()
        if isinstance(value, (int, float, np.number)) and number(value) is not None
    }


def main() -> None:
    folder = pathlib.Path(os.environ["PEAK_SHARED_DATA"])
    told: dict = {"cash": CASH, "fee": FEE, "series": {}}
    told["versions"] = {name: importlib.metadata.version(name) for name in ("vectorbt", "quantstats", "backtesting")}
    for name, (file, periods) in SERIES.items():
        frame = prices_of(folder / file)
        entries, exits = signals_of(frame["Close"])
        units = int(CASH / 2 / frame["Close"].max())
        vectorbt, returns = vectorbt_of(frame, entries, exits)
        told["series"][name] = {
            "file": file,
            "bars": len(frame),
            "periods_per_year": periods,
            "entries": np.flatnonzero(entries).tolist(),
            "exits": np.flatnonzero(exits).tolist(),
            "units": units,
            "vectorbt": vectorbt,
            "quantstats": quantstats_of(returns, periods),
            "backtesting.py": backtesting_of(frame, entries, exits, units),
        }
    text = json.dumps(told, indent=1)
    print(re.sub(r"\[[^\]]*\]", lambda bars: "[" + " ".join(bars[0][1:-1].split()) + "]", text))


if __name__ == "__main__":
    main()
