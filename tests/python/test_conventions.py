"""compat="vectorbt" | "quantstats" | "backtesting.py": whole runs against the peers' own statistics of the same strategy
on five real series (tests/golden/conventions.json, made by tests/golden/conventions.py)."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pytest

import peaktrade as pt
from test_command import peak, peak_json

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "conventions.json").read_text())
SERIES = GOLDEN["series"]
AGREEMENT = 1e-9  # sums in another order, over thousands of bars

# Ours, theirs, and how many of theirs make one of ours.
VECTORBT = {
    "final_equity": ("End Value", 1),
    "total_return": ("Total Return [%]", 100),
    "benchmark_return": ("Benchmark Return [%]", 100),
    "fees": ("Total Fees Paid", 1),
    "max_drawdown": ("max_drawdown", 1),
    "trades": ("Total Trades", 1),
    "closed_trades": ("Total Closed Trades", 1),
    "open_trades": ("Total Open Trades", 1),
    "open_pnl": ("Open Trade PnL", 1),
    "win_rate": ("Win Rate [%]", 100),
    "best_trade": ("Best Trade [%]", 100),
    "worst_trade": ("Worst Trade [%]", 100),
    "average_win": ("Avg Winning Trade [%]", 100),
    "average_loss": ("Avg Losing Trade [%]", 100),
    "profit_factor": ("Profit Factor", 1),
    "expectancy": ("Expectancy", 1),
    "cagr": ("annualized_return", 1),
    "volatility": ("annualized_volatility", 1),
    "sharpe": ("sharpe_ratio", 1),
    "sortino": ("sortino_ratio", 1),
    "calmar": ("calmar_ratio", 1),
    "omega": ("omega_ratio", 1),
    "downside_risk": ("downside_risk", 1),
    "tail_ratio": ("tail_ratio", 1),
    "value_at_risk": ("value_at_risk", 1),
    "conditional_value_at_risk": ("cond_value_at_risk", 1),
}
QUANTSTATS = {
    "total_return": "comp",
    "cagr": "cagr",
    "volatility": "volatility",
    "sharpe": "sharpe",
    "sortino": "sortino",
    "calmar": "calmar",
    "omega": "omega",
    "max_drawdown": "max_drawdown",
    "tail_ratio": "tail_ratio",
    "skew": "skew",
    "kurtosis": "kurtosis",
    "ulcer_index": "ulcer_index",
    "ulcer_performance": "upi",
    "value_at_risk": "value_at_risk",
    "conditional_value_at_risk": "cvar",
    "recovery_factor": "recovery_factor",
    "win_rate": "win_rate",
    "average_win": "avg_win",
    "average_loss": "avg_loss",
    "payoff_ratio": "payoff_ratio",
    "profit_factor": "profit_factor",
    "kelly": "kelly_criterion",
    "max_consecutive_wins": "consecutive_wins",
    "max_consecutive_losses": "consecutive_losses",
    "exposure": "exposure",
    "best_return": "best",
    "worst_return": "worst",
}
BACKTESTING = {
    "exposure": ("Exposure Time [%]", 100),
    "final_equity": ("Equity Final [$]", 1),
    "peak_equity": ("Equity Peak [$]", 1),
    "fees": ("Commissions [$]", 1),
    "total_return": ("Return [%]", 100),
    "benchmark_return": ("Buy & Hold Return [%]", 100),
    "mean_annual_return": ("Return (Ann.) [%]", 100),
    "volatility": ("Volatility (Ann.) [%]", 100),
    "cagr": ("CAGR [%]", 100),
    "sharpe": ("Sharpe Ratio", 1),
    "sortino": ("Sortino Ratio", 1),
    "calmar": ("Calmar Ratio", 1),
    "alpha": ("Alpha [%]", 100),
    "beta": ("Beta", 1),
    "max_drawdown": ("Max. Drawdown [%]", 100),
    "average_drawdown": ("Avg. Drawdown [%]", 100),
    "trades": ("# Trades", 1),
    "win_rate": ("Win Rate [%]", 100),
    "best_trade": ("Best Trade [%]", 100),
    "worst_trade": ("Worst Trade [%]", 100),
    "average_trade": ("Avg. Trade [%]", 100),
    "profit_factor": ("Profit Factor", 1),
    "sqn": ("SQN", 1),
    "kelly": ("Kelly Criterion", 1),
}


def bars_and_signals(shared_data, name):
    series = SERIES[name]
    bars = pt.read_bars(str(shared_data / series["file"]))
    assert len(bars) == series["bars"]
    entries, exits = np.zeros(len(bars), bool), np.zeros(len(bars), bool)
    entries[series["entries"]] = exits[series["exits"]] = True
    return bars, pt.Signals(entries, exits)


def compare(ours, theirs, names):
    for metric, (key, unit) in names.items():
        expected = theirs[key] / unit
        assert ours[metric] == pytest.approx(expected, rel=AGREEMENT, abs=1e-9), (metric, key)


@pytest.mark.parametrize("name", SERIES)
def test_vectorbt(shared_data, name):
    bars, signals = bars_and_signals(shared_data, name)
    run = pt.backtest(
        bars, signals, cash=GOLDEN["cash"], commission=GOLDEN["fee"], fill="same_close", compat="vectorbt"
    )
    compare(run.metrics, SERIES[name]["vectorbt"], VECTORBT)


@pytest.mark.parametrize("name", SERIES)
def test_quantstats(shared_data, name):
    bars, signals = bars_and_signals(shared_data, name)
    run = pt.backtest(
        bars, signals, cash=GOLDEN["cash"], commission=GOLDEN["fee"], fill="same_close", compat="quantstats"
    )
    assert run.metrics.periods_per_year == SERIES[name]["periods_per_year"]
    compare(run.metrics, SERIES[name]["quantstats"], {ours: (theirs, 1) for ours, theirs in QUANTSTATS.items()})


@pytest.mark.parametrize("name", SERIES)
def test_backtesting_py(shared_data, name):
    bars, signals = bars_and_signals(shared_data, name)
    size = pt.Size.units(SERIES[name]["units"])
    run = pt.backtest(bars, signals, cash=GOLDEN["cash"], commission=GOLDEN["fee"], size=size, compat="backtesting.py")
    compare(run.metrics, SERIES[name]["backtesting.py"], BACKTESTING)
    labels = pt.backtest(bars, signals, cash=GOLDEN["cash"], commission=GOLDEN["fee"], size=size).stats(
        "backtesting.py"
    )
    for label in ("Return [%]", "Sharpe Ratio", "Expectancy [%]", "SQN"):
        assert labels[label] == pytest.approx(SERIES[name]["backtesting.py"][label], rel=AGREEMENT), label


def test_the_command_takes_the_same_word(example_csv):
    words = ["backtest", "sma_cross", "--data", str(example_csv), "--compat"]
    for name in ("vectorbt", "quantstats", "empyrical", "backtesting.py"):
        told = peak_json(*words, name)
        ours = pt.backtest(example_csv, "sma_cross", compat=name)
        assert told["metrics"] == ours.to_dict()["metrics"]
        assert told["conventions"]["name"] == name
    wrong = peak(*words, "vectorbot")
    assert wrong.returncode == 2
    assert "vectorbt" in wrong.stderr
    with pytest.raises(ValueError, match="did you mean 'vectorbt'"):
        pt.backtest(example_csv, "sma_cross", compat="vectorbot")
