"""peaktrade.lookahead: whether a strategy knows what it cannot know. The comparison is done in C++."""

from __future__ import annotations

import os
from collections.abc import Mapping

from . import _native
from ._studies import Study, is_over_many
from ._sweep import _data_and_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class LookaheadResult(Study):
    """Whether the strategy decided on prefixes of the data as it did with all bars known."""

    @property
    def clean(self) -> bool:
        """True if nothing differed."""
        return self["clean"]

    @property
    def findings(self) -> list[dict[str, Any]]:
        """The first decision of each kind that changed: ``name, bar, time, prefix, then, now, bars_ahead``."""
        return self["findings"]


def lookahead(
    data: Any,
    strategy: Any,
    *,
    cuts: int = 32,
    pairs: int = 8,
    every_bar: bool = False,
    tolerance: float = 0.0,
    **options: Any,
) -> LookaheadResult:
    """Whether a strategy knows what it cannot know: it runs on prefixes of the data, and what it decides there must not change
    when more bars are added.

    strategy
        As in ``peaktrade.backtest`` (a class too), or a function of the data that gives its decisions: an array or series,
        a tuple (entries, exits, short_entries, short_exits), a mapping or a frame of them, or ``peaktrade.Signals``.
        Over many symbols formulas, recipes, ``peaktrade.Weights`` of a formula, and classes; options are then those of
        such runs, too.
    cuts, pairs (32, 8)
        Prefixes, and pairs of prefixes one bar apart; ``every_bar=True`` takes all.
    tolerance (0)
        Relative difference up to which numbers of a function are equal.
    """
    if is_over_many(data, strategy, options):
        return _lookahead_over_many(data, strategy, options, (cuts, pairs, every_bar))
    if isinstance(strategy, (str, os.PathLike, _native.Strategy)):
        data, run = _data_and_run(data, options, "lookahead", ())
        return LookaheadResult(*_native.lookahead(data, strategy, run, cuts, pairs, every_bar))
    if isinstance(strategy, _native.Signals):
        raise TypeError("arrays of signals cannot be checked: give the function that makes them from the data")
    if isinstance(data, (str, os.PathLike)):
        data = _native.read_bars(data)
    is_class = isinstance(strategy, type) or hasattr(strategy, "on_bar")
    if not is_class and not callable(strategy):
        raise TypeError(f"lookahead() takes a strategy or a function of the data, not {type(strategy).__name__}")

    def decide(count: int) -> dict[str, Any]:
        prefix = _first(data, count)
        if is_class:
            return _orders(prefix, strategy, options, count)
        made = strategy(prefix)
        if isinstance(made, _native.Signals):
            return _orders(prefix, made, options, count)
        return _named(made)

    name = getattr(strategy, "__name__", type(strategy).__name__)
    return LookaheadResult(*_native.lookahead_of_function(_rows(data), decide, name, cuts, pairs, every_bar, tolerance))


def _lookahead_over_many(
    data: Any, strategy: Any, given: dict[str, Any], cutting: tuple[int, int, bool]
) -> LookaheadResult:
    from ._panel import Weights, _prepared, _runnable
    from ._sweep import _run_options

    if isinstance(strategy, Weights) and strategy.formula is None:
        raise TypeError("weights given as numbers cannot be checked: give the formula or the class that makes them")
    options = _run_options(given, "lookahead", ())
    panel, rebalance, sharing, instruments = _prepared(data, options)
    strategy = _runnable(strategy)
    if not hasattr(strategy, "on_bar"):
        made = (panel, strategy, options, rebalance, sharing, instruments)
        return LookaheadResult(*_native.lookahead_panel(*made, *cutting))
    options["finalize"] = False

    def decide(count: int) -> dict[str, Any]:
        import numpy

        known = _native.panel_known_at(panel, count)
        run = _native.backtest_panel(known, strategy, options, rebalance, sharing, instruments)
        orders = run.orders()
        codes, names = orders["symbol"]
        bars = numpy.asarray(orders["decision_bar"])
        decided = {f"order of {symbol}": numpy.zeros(count) for symbol in panel.symbols}
        for code, name in enumerate(names):
            chosen = bars[(numpy.asarray(codes) == code) & (bars >= 0)]
            numpy.add.at(decided[f"order of {name}"], chosen, 1.0)
        return decided

    name = getattr(strategy, "__name__", type(strategy).__name__)
    return LookaheadResult(*_native.lookahead_of_function(len(panel), decide, name, *cutting, 0.0))


def _rows(data: Any) -> int:
    if isinstance(data, Mapping):
        return len(next(iter(data.values())))
    return data.num_rows if hasattr(data, "num_rows") else len(data)


def _first(data: Any, count: int) -> Any:
    """The first rows, in the same kind of table."""
    if isinstance(data, Mapping):
        return {name: values[:count] for name, values in data.items()}
    if isinstance(data, _native.Bars):
        return data.slice(0, count)
    if hasattr(data, "iloc"):
        return data.iloc[:count]
    return data.slice(0, count) if hasattr(data, "slice") else data[:count]


def _orders(prefix: Any, strategy: Any, options: dict[str, Any], count: int) -> dict[str, Any]:
    """How many orders each bar decided; and, on the bar after it, buys less sells: which of them an order to close or to a
    target is turns out when it fills."""
    import numpy

    from ._backtest import backtest

    orders = backtest(prefix, strategy, **{**options, "finalize": False})._run.orders()
    codes, names = orders["action"]
    signs = numpy.where(numpy.asarray(codes) == list(names).index("buy"), 1.0, -1.0)
    bars = numpy.asarray(orders["decision_bar"])
    decided, direction = numpy.zeros(count), numpy.zeros(count)
    numpy.add.at(decided, bars[bars >= 0], 1.0)
    known = (bars >= 0) & (bars + 1 < count)
    numpy.add.at(direction, bars[known] + 1, signs[known])
    return {"order": decided, "direction": direction}


def _named(made: Any) -> dict[str, Any]:
    """Decisions by name, as float64."""
    import numpy

    names = ("entry", "exit", "short_entry", "short_exit")
    if isinstance(made, Mapping):
        pairs: Any = made.items()
    elif hasattr(made, "columns"):
        pairs = ((str(name), made[name]) for name in made.columns)
    elif isinstance(made, tuple):
        pairs = zip(names, made, strict=False)
    else:
        pairs = (("decision", made),)
    return {str(name): numpy.asarray(values, dtype="float64") for name, values in pairs if values is not None}
