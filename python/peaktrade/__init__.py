"""Peak Trade: quantitative research and backtesting.

    import peaktrade as pt

    result = pt.backtest("spy_daily.csv", "sma_cross", {"fast": 10, "slow": 50}, commission=0.001)
    print(result)                      # metrics as a table
    result.metrics["sharpe"]           # one number
    result.trades                      # a frame
    result.report("report.html")       # one page, no network needed

Own rules are formulas over columns, or arrays of signals:

    fast, slow = pt.sma(pt.close, pt.param("fast", 10)), pt.sma(pt.close, pt.param("slow", 50))
    strategy = pt.Strategy(entry=pt.crosses_above(fast, slow), exit=pt.crosses_below(fast, slow))
    pt.backtest(data, strategy)
    pt.backtest(data, pt.Signals(entries, exits))

Many parameters at once:

    pt.sweep(data, "sma_cross", {"fast": pt.range(5, 50, 5), "slow": pt.range(20, 200, 10)}, where="fast < slow").best("sharpe")

Nothing heavy is imported before it is used.
"""

# Names and where they live. Modules are imported when a name of theirs is first asked for: importing this package costs
# next to nothing, and neither numpy nor pandas is loaded by those who read files and print metrics.
_HOMES = {
    "BacktestResult": "_result",
    "Bars": "_native",
    "ColumnsResult": "_columns",
    "Context": "_context",
    "DataError": "_errors",
    "Expression": "_native",
    "Instrument": "_native",
    "Metrics": "_result",
    "NotFoundError": "_errors",
    "OrderHandle": "_context",
    "Panel": "_native",
    "Portfolio": "_native",
    "PanelRunner": "_panel_runner",
    "Runner": "_runner",
    "Series": "_context",
    "Signals": "_native",
    "Size": "_native",
    "Strategy": "_native",
    "StrategyError": "_strategy_class",
    "SweepInterrupted": "_sweep",
    "SweepBatch": "_sweep",
    "SweepResult": "_sweep",
    "SweepStream": "_sweep",
    "Weights": "_panel",
    "allocation_names": "_native",
    "backtest": "_backtest",
    "backtest_columns": "_columns",
    "Bounds": "_bounds",
    "bounds": "_bounds",
    "broker_settings": "_native",
    "Calendar": "_calendars",
    "calendar": "_calendars",
    "check": "_quality",
    "close": "_functions",
    "column": "_native",
    "cross_validate": "_studies",
    "find_allocation": "_native",
    "find_strategy": "_native",
    "high": "_functions",
    "iter_chunks": "data.chunks",
    "lookahead": "_lookahead",
    "narrow": "_narrow_table",
    "NarrowTable": "_narrow_table",
    "low": "_functions",
    "monte_carlo": "_studies",
    "optimize": "_optimize",
    "open": "_functions",
    "param": "_native",
    "parse_expression": "_native",
    "range": "_sweep",
    "read_bars": "_native",
    "repair": "_quality",
    "resample": "_resample",
    "scale": "_conversions",
    "write_bars": "_conversions",
    "read_dataset": "_conversions",
    "convert_currency": "_conversions",
    "bars_from_ticks": "_conversions",
    "adjust": "_conversions",
    "align": "_conversions",
    "sensitivity": "_studies",
    "strategy_names": "_native",
    "sweep": "_sweep",
    "sweep_stream": "_sweep",
    "volume": "_functions",
    "walk_forward": "_studies",
    "where": "_native",
    "__version__": "_native",
}
_MODULES = ("benchmark", "config", "indicators", "metrics")

__all__ = [
    "backtest",
    "sweep",
    "read_bars",
    "write_bars",
    "iter_chunks",
    "Bars",
    "BacktestResult",
    "Context",
    "DataError",
    "Expression",
    "Instrument",
    "NarrowTable",
    "narrow",
    "NotFoundError",
    "Panel",
    "Portfolio",
    "PanelRunner",
    "Runner",
    "Signals",
    "Size",
    "Strategy",
    "StrategyError",
    "Weights",
]


def __getattr__(name):
    from importlib import import_module

    if name in _MODULES:
        return import_module("." + name, __name__)
    home = _HOMES.get(name)
    if home is not None:
        value = getattr(import_module("." + home, __name__), name)
    elif name.startswith("_"):
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    else:
        value = import_module("._functions", __name__).function_named(name)
    globals()[name] = value
    return value


def __dir__():
    from . import _functions

    return sorted({*_HOMES, *_MODULES, *_functions._names()})


def _set_up_numpy():
    import sys

    # Otherwise when Peak Trade first touches it (peaktrade._frames).
    if "numpy" in sys.modules:
        from ._numpy_setup import apply_once

        apply_once()


_set_up_numpy()
