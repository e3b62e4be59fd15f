"""peaktrade.backtest: arguments by any name that the field uses, then straight into C++."""

from __future__ import annotations

import os

from . import _native
from ._result import BacktestResult

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ._context import StrategyClass

# What other backtesting libraries call the same thing.
ALIASES = {
    "bars": "data",
    "capital": "cash",
    "commissions": "commission",
    "compat": "metrics_convention",
    "convention": "metrics_convention",
    "fee": "commission",
    "fees": "commission",
    "finalize_trades": "finalize",
    "init_cash": "cash",
    "initial_capital": "cash",
    "initial_cash": "cash",
    "lot_size": "size_step",
    "parameters": "params",
    "rf": "risk_free",
    "risk_free_rate": "risk_free",
    "signals": "strategy",
    "size_granularity": "size_step",
    "slip": "slippage",
    "starting_cash": "cash",
}
OPTIONS = (
    "data",
    "strategy",
    "params",
    "cash",
    "commission",
    "slippage",
    "fill",
    "size",
    "size_step",
    "finalize",
    "accumulate",
    "execution",
    "periods_per_year",
    "risk_free",
    "metrics_convention",
    "engine",
)
# Of runs over many symbols only (peaktrade._panel).
PANEL_OPTIONS = ("rebalance", "cash_sharing", "instruments", "symbol_column", "currency", "rates", "mixed")
ALLOCATIONS = frozenset(_native.allocation_names())
SETTINGS = frozenset(
    [
        *PANEL_OPTIONS,
        "actions",
        "benchmark",
        "detail",
        "funding",
        "instrument",
        "others",
        *(name for name, _, _ in _native.broker_settings()),
    ]
)


def backtest(
    data: Any = None,
    strategy: _native.Strategy
    | _native.Signals
    | str
    | os.PathLike[str]
    | StrategyClass
    | type[StrategyClass]
    | None = None,
    params: Mapping[str, float] | None = None,
    *,
    cash: float | None = None,
    commission: float | None = None,
    slippage: float | None = None,
    fill: str | None = None,
    size: str | float | _native.Size | None = None,
    size_step: float | None = None,
    finalize: bool | None = None,
    accumulate: bool | None = None,
    execution: str | None = None,
    periods_per_year: float | None = None,
    risk_free: float | None = None,
    metrics_convention: str | None = None,
    engine: str = "fast",
    **others: Any,
) -> BacktestResult:
    """Runs a strategy on data.

    data
        A pandas or polars DataFrame, an Arrow table, a mapping of column names to arrays, the path of a file, or
        ``peaktrade.Bars``. Of many symbols: a mapping of symbols to such data, a long frame with a column ``symbol``,
        a wide frame of closes, a folder, a list of files, or ``peaktrade.Panel``. Columns are found without regard to case: open, high, low, close, volume, and a time index
        or column (time, date, datetime, timestamp). float64 columns in one piece are not copied.
    strategy
        A built-in name (``peaktrade.strategy_names()``), the path of a strategy file, a ``peaktrade.Strategy``,
        ``peaktrade.Signals(entries, exits, short_entries, short_exits)``, or a class with ``on_bar(self, ctx)`` and, if
        it declares anything, ``init(self, ctx)`` (``peaktrade.Context``).
        Over many symbols also ``peaktrade.Weights(...)`` and the recipes ``peaktrade.allocation_names()``.
    params
        Values for the strategy's parameters; others keep their defaults. Of a class they are attributes.
    cash (10_000)
        Money at the start.
    commission, slippage (0)
        Fractions of the traded value and of the price: 0.001 is 0.1 %.
    fill ("next_open")
        ``"next_open"``: what bar t decides fills at the open of bar t + 1. ``"same_close"``: at the close of bar t.
    size ("all")
        All cash; a fraction of equity below 1; a number of units; or ``Size.units(10)``, ``Size.value(5000)``,
        ``Size.fraction(0.25)``.
    size_step (None)
        Units come in multiples of this: 1 for whole shares. None: any fraction.
    finalize (False)
        Close what is open at the last close, with the fee. Otherwise it stays open and is marked.
    accumulate (False)
        Entries add to a position already held.
    stop_loss, take_profit, trailing_stop (None)
        Exits of every position: 0.05 is 5 % from the entry (of the best price for the trailing stop), ``"distance:2.5"``
        in units of price, ``"atr:3"`` in average true ranges of ``atr_period`` bars.
    fee_per_unit, fee_per_order, fee_minimum, maker_commission, fee_tiers, slippage_fixed, spread, volume_share, impact
        Further costs; ``peaktrade.broker_settings()`` explains these and all that follow.
    borrow, interest, margin_interest, leverage, maintenance_margin
        What money costs and how much may be borrowed.
    max_drawdown, daily_loss, equity_floor, max_position, risk_action
        Risk limits: ``"flatten"`` closes positions, ``"block"`` only rejects entries.
    limit_fill ("touch"), ambiguity ("worst")
        When a limit fills, and which order of prices inside a bar is assumed: also "best", "ohlc", "olhc".
    detail (None)
        Finer data of the same market, in any form that ``data`` has: they decide the order of prices inside each bar.
    instrument (None)
        A ``peaktrade.Instrument``: lot, tick, multiplier, least sizes, funding and corporate actions.
    multiplier, tick_size, minimum_notional, minimum_quantity, size_lookback, size_cap
        The instrument's grid by name, and bounds of sizes.
    funding (None)
        Funding rates of a perpetual contract by time: a series, a frame with ``time`` and ``rate``, a mapping, a file.
    actions (None)
        Splits, dividends and a delisting of prices that are not adjusted: a frame or file with ``time``, ``kind`` and
        ``value``, or with ``time``, ``split`` and ``dividend``.
    benchmark (None)
        Data to compare with, in any form that ``data`` has. None: buying and holding the data.
    execution ("rulebook")
        ``"backtesting.py"`` follows that library's end-of-data rules, for comparison only.
    periods_per_year, risk_free (from the data, 0)
        For annualised metrics.
    metrics_convention or compat ("peaktrade")
        Whose formulas: also "vectorbt", "quantstats", "empyrical", "backtesting.py".
    engine ("fast")
        "reference" runs the rule book as plain code; both give the same bits.

    rebalance (the recipe's, "monthly")
        Over many symbols: when weights are looked at. "daily", "weekly", "monthly", "quarterly", "yearly", each also
        with ":last", "bars:5" or 5, "once".
    cash_sharing (True)
        Over many symbols: one account for all, or one of cash / N for each (strategies of signals only).
    instruments (None)
        Over many symbols: a mapping of symbols to ``peaktrade.Instrument``.
    symbol_column, currency, rates, mixed
        As ``peaktrade.Panel`` takes them.
    others (None)
        A mapping of further symbols to data, which formulas read by name, ``symbol("SPY", close)``, and nothing trades.

    Options that are not given here come from the strategy, then from the defaults in brackets. Names of other
    libraries (``fees``, ``init_cash``, ``size_granularity``, ``trade_on_close``) are understood.

    Raises ``peaktrade.DataError`` for data that break a rule, ``peaktrade.NotFoundError`` for unknown names,
    ``FileNotFoundError``, ``peaktrade.StrategyError`` with the result so far when a class's ``on_bar`` raises,
    ``ValueError`` for values out of range, ``TypeError`` for arguments of a wrong kind.
    """
    settings = None
    if others:
        settings = {name: others.pop(name) for name in list(others) if name in SETTINGS}
    if others:
        given = (
            data,
            strategy,
            params,
            cash,
            commission,
            slippage,
            fill,
            size,
            size_step,
            finalize,
            accumulate,
            execution,
        )
        given += (periods_per_year, risk_free, metrics_convention, None if engine == "fast" else engine)
        return backtest(**_renamed(dict(zip(OPTIONS, given, strict=True)), others), **(settings or {}))
    if settings and settings.get("others") is not None:
        data = with_others(data, settings)
    if data is None or strategy is None:
        raise TypeError(f"backtest() needs {'data' if data is None else 'a strategy'}: backtest(data, strategy, ...)")
    if _is_many(data, strategy):
        from ._panel import backtest as backtest_panel

        values = (params, cash, commission, slippage, fill, size, size_step, finalize, accumulate, execution)
        values += (periods_per_year, risk_free, metrics_convention, engine)
        given = {name: value for name, value in zip(OPTIONS[2:], values, strict=True) if value is not None}
        return backtest_panel(data, strategy, given | (settings or {}))
    if settings:
        wrong = next((name for name in PANEL_OPTIONS if settings.get(name) is not None), None)
        if wrong is not None:
            raise ValueError(f"'{wrong}' is for data of many symbols, and here is one: give {{symbol: frame, ...}}")
    return BacktestResult(
        _native.backtest(
            data,
            strategy,
            params,
            cash,
            commission,
            slippage,
            fill,
            size,
            size_step,
            finalize,
            accumulate,
            execution,
            periods_per_year,
            risk_free,
            metrics_convention,
            engine,
            settings,
        )
    )


def with_others(data: Any, run: dict[str, Any]) -> Any:
    """The data with the ``others`` of the run, which are taken from it; of many symbols they stay for ``Panel``."""
    if run.get("others") is None or (data is not None and _is_many(data, None)):
        return data
    return _native.Bars(data, others=dict(run.pop("others")), mixed=bool(run.pop("mixed", False)))


def _is_many(data: Any, strategy: Any) -> bool:
    """Quick for what nearly every call has: Bars or columns of one market, and a strategy by name or signals."""
    if type(data) is _native.Bars or (type(data) is dict and "close" in data):
        if type(strategy) is _native.Signals:
            return False
        if type(strategy) is str:
            return strategy in ALLOCATIONS
        if type(strategy) is _native.Strategy:
            return strategy.is_allocation
    from ._panel import is_many

    return is_many(data, strategy)


def _renamed(given: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    """All arguments that were given, those with a foreign name under ours."""
    for name, value in others.items():
        if name == "trade_on_close":
            target, value = "fill", "same_close" if value else "next_open"
        elif name in ALIASES:
            target = ALIASES[name]
        else:
            from ._suggest import suggestion

            raise TypeError(f"backtest() has no argument '{name}'{suggestion(name, [*OPTIONS, *ALIASES, *SETTINGS])}")
        if given[target] is not None:
            raise TypeError(f"backtest() got '{name}' and '{target}', which mean the same; give one of them")
        given[target] = value
    return {name: value for name, value in given.items() if value is not None}
