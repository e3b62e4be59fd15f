"""Metrics under the labels and in the units of other libraries."""

# backtesting.py's labels, our metric, and whether theirs is a percentage.
BACKTESTING_PY = (
    ("Exposure Time [%]", "exposure", True),
    ("Equity Final [$]", "final_equity", False),
    ("Equity Peak [$]", "peak_equity", False),
    ("Commissions [$]", "fees", False),
    ("Return [%]", "total_return", True),
    ("Buy & Hold Return [%]", "benchmark_return", True),
    ("CAGR [%]", "cagr", True),
    ("Volatility (Ann.) [%]", "volatility", True),
    ("Sharpe Ratio", "sharpe", False),
    ("Sortino Ratio", "sortino", False),
    ("Calmar Ratio", "calmar", False),
    ("Alpha [%]", "alpha", True),
    ("Beta", "beta", False),
    ("Max. Drawdown [%]", "max_drawdown", True),
    ("Avg. Drawdown [%]", "average_drawdown", True),
    ("# Trades", "trades", False),
    ("Win Rate [%]", "win_rate", True),
    ("Best Trade [%]", "best_trade", True),
    ("Worst Trade [%]", "worst_trade", True),
    ("Avg. Trade [%]", "average_trade", True),
    ("Profit Factor", "profit_factor", False),
    ("SQN", "sqn", False),
    ("Kelly Criterion", "kelly", False),
)


def stats(result, style):
    """A pandas Series with that library's labels, percentages and formulas."""
    if style != "backtesting.py":
        raise ValueError(f"stats(): style is '{style}', but must be 'backtesting.py'")
    import pandas

    index = result.bars["time"]
    rows = {}
    if len(index):
        rows["Start"] = pandas.Timestamp(index[0])
        rows["End"] = pandas.Timestamp(index[-1])
        rows["Duration"] = rows["End"] - rows["Start"]
    values = result._run.metrics_as(style)
    for label, name, percent in BACKTESTING_PY:
        value = values[name]
        rows[label] = float("nan") if value is None else value * 100 if percent else value
    closed = result._run.trades()
    codes, names = closed["status"]
    returns = closed["return"][codes == names.index("closed")].tolist()
    rows["Expectancy [%]"] = sum(returns) / len(returns) * 100 if returns else float("nan")
    rows["_strategy"] = result.strategy.name
    rows["_equity_curve"] = result.equity
    rows["_trades"] = result.trades
    return pandas.Series(rows, dtype=object)
