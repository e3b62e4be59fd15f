"""Data of many symbols taken apart, target weights, and runs of them. Imports pandas or polars only if they are used."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from . import _native
from ._backtest import PANEL_OPTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._result import BacktestResult
    from ._sweep import SweepResult

SYMBOL_NAMES = ("symbol", "ticker", "asset")
TIME_NAMES = ("time", "date", "datetime", "timestamp")
MAKING = ("symbol_column", "currency", "rates", "mixed")  # options of peaktrade.Panel
PRICE_NAMES = ("open", "high", "low", "close", "adj close", "price", "volume", "bid", "ask")


class Weights:
    """Target weights for ``peaktrade.backtest`` over many symbols.

    weights
        A mapping (or series) of symbols to numbers: those weights at every rebalance. A frame with times as its index
        and symbols as its columns: each row is decided at the close of its time; a missing cell leaves the symbol
        alone, a symbol without a column gets 0. A formula, as text or as an expression: a number for each symbol, such
        as ``"normalize(top(roc(close, 126), 10))"``; undefined counts as 0.
    """

    __slots__ = ("formula", "name", "values")

    def __init__(self, weights: Any, *, name: str | None = None) -> None:
        self.formula: _native.Strategy | None = None
        self.values: Any = None
        if isinstance(weights, str | _native.Expression):
            self.formula = _native.allocation_of(weights)
        else:
            self.values = weights
        self.name: str = name or "weights"

    def __repr__(self) -> str:
        if self.formula is not None:
            return f"Weights({self.formula!r})"
        return f"Weights({type(self.values).__name__}, name={self.name!r})"


def is_many(data: Any, strategy: Any) -> bool:
    """Whether ``backtest`` has data of many symbols, or a strategy that needs them."""
    if isinstance(data, _native.Panel) or isinstance(strategy, Weights):
        return True
    if isinstance(strategy, str) and strategy in _native.allocation_names():
        return True
    if isinstance(strategy, _native.Strategy) and strategy.is_allocation:
        return True
    if isinstance(data, Mapping):
        named = any(str(name).lower() in PRICE_NAMES for name in data)
        return len(data) > 1 and not named and all(_is_series(value) for value in data.values())
    if isinstance(data, str | os.PathLike):
        return os.path.isdir(data)
    if isinstance(data, list | tuple):
        return len(data) > 0 and all(isinstance(path, str | os.PathLike) for path in data)
    names = getattr(data, "column_names", None)
    if names is None:
        names = getattr(data, "columns", None)
    if names is None or callable(names):
        return False
    if any(name in names for name in SYMBOL_NAMES) or _levels(data) > 1:
        return True
    closes = [name for name in names if str(name).lower() not in TIME_NAMES]
    return len(closes) > 1 and _is_wide(closes)  # without a close it is no data of one symbol


def backtest(data: Any, strategy: Any, options: dict[str, Any]) -> BacktestResult:
    """A run over many symbols; ``options`` are the arguments of ``peaktrade.backtest`` that were given."""
    from ._result import BacktestResult

    panel, rebalance, sharing, instruments = _prepared(data, options)
    if isinstance(strategy, Weights) and strategy.formula is None:
        times, rows = _rows_of(strategy.values, panel, rebalance)
        run = _native.backtest_weights(panel, times, rows, strategy.name, options, rebalance, instruments)
        return BacktestResult(run)
    strategy = _runnable(strategy)
    return BacktestResult(_native.backtest_panel(panel, strategy, options, rebalance, sharing, instruments))


def swept_classes(
    data: Any,
    strategy: Any,
    axes: dict[str, Any],
    rows: tuple[str, str, int, int],
    metrics: list[str],
    options: dict[str, Any],
    show_progress: bool | None,
    out: str,
) -> SweepResult:
    """A sweep of a strategy that is Python code, whose every combination is one run over all symbols."""
    from ._sweep_code import sweep_code

    making = {name: options.pop(name) for name in MAKING if name in options}
    panel = data if isinstance(data, _native.Panel) else _native.Panel(data, **making)
    name = getattr(strategy, "__name__", type(strategy).__name__)
    recorder = _native.SweepRecorder([("", panel.index(), [])], name, axes, *rows, metrics, out)
    return sweep_code(recorder, [panel], strategy, options, show_progress)


def sweep_job(
    data: Any,
    strategy: Any,
    axes: dict[str, Any],
    rows: tuple[str, str, int, int],
    metrics: list[str],
    options: dict[str, Any],
    keeping: tuple[int, str, bool, str],
) -> _native.SweepJob:
    """A sweep that goes on, whose every combination is one run over all symbols; ``keeping`` are threads, store, whether
    rows are handed out, and the file for all of them."""
    if isinstance(strategy, Weights) and strategy.formula is None:
        raise TypeError("weights given as numbers have no parameters to sweep; give them as a formula")
    panel, rebalance, sharing, instruments = _prepared(data, options)
    return _native.panel_sweep_job(
        panel, _runnable(strategy), axes, *rows, metrics, options, rebalance, sharing, instruments, *keeping
    )


def _prepared(data: Any, options: dict[str, Any]) -> tuple[_native.Panel, str | None, bool, Any]:
    """The panel, schedule, sharing of cash and instruments, which are taken out of ``options``."""
    own = {name: options.pop(name) for name in PANEL_OPTIONS if name in options}
    making = {name: own.pop(name) for name in MAKING if name in own}
    if options.get("others") is not None:
        making["others"] = dict(options.pop("others"))
    if not isinstance(data, _native.Panel):
        data = _native.Panel(data, **making)
    elif making:
        raise TypeError(f"'{next(iter(making))}' belongs to peaktrade.Panel(...), and this data is one already")
    if options.get("detail") is not None:
        options["detail"] = _finer(options["detail"], making)
    sharing = own.get("cash_sharing")
    return data, _schedule(own.get("rebalance")), True if sharing is None else bool(sharing), own.get("instruments")


def _runnable(strategy: Any) -> Any:
    if isinstance(strategy, _native.Signals):
        raise TypeError("Signals are arrays of one symbol; for many give a strategy of formulas, or Weights")
    if isinstance(strategy, Weights):
        return strategy.formula
    if not isinstance(strategy, str | os.PathLike | _native.Strategy) and not hasattr(strategy, "on_bar"):
        raise TypeError(
            "over many symbols run a strategy of formulas, a strategy file, a recipe by name, peaktrade.Weights or a "
            f"class with on_bar(self, ctx), not {type(strategy).__name__}"
        )
    return strategy


def _finer(detail: Any, making: dict[str, Any]) -> _native.Panel:
    """Finer data by symbol, put together as the data themselves are."""
    if isinstance(detail, _native.Panel):
        return detail
    if isinstance(detail, Mapping) and not all(_is_series(value) for value in detail.values()):
        raise TypeError("detail of many symbols is a mapping of symbols to finer data, or what peaktrade.Panel takes")
    finer = {name: value for name, value in making.items() if name != "others"}
    if isinstance(detail, Mapping) and "currency" in finer:
        finer["currency"] = {symbol: name for symbol, name in finer["currency"].items() if symbol in detail}
    return _native.Panel(detail, **finer)


def series_of(data: Any, symbol_column: str | None) -> list[tuple[str, Any]] | tuple[str, ...]:
    """Pairs of symbol and data; or, as a tuple, the paths of files."""
    if isinstance(data, str | os.PathLike):
        return (os.fspath(data),)
    if isinstance(data, list | tuple) and all(isinstance(path, str | os.PathLike) for path in data):
        return tuple(os.fspath(path) for path in data)
    if isinstance(data, Mapping):
        if not data:
            raise ValueError("the mapping of symbols to data is empty")
        wrong = next((symbol for symbol, value in data.items() if not _is_series(value)), None)
        if wrong is not None:
            raise TypeError(
                f"'{wrong}' should be a symbol with its data, but holds {type(data[wrong]).__name__}: "
                "give {symbol: frame, ...}"
            )
        return [(str(symbol), value) for symbol, value in data.items()]
    if type(data).__module__.startswith("polars"):
        return _of_polars(data, symbol_column)
    if type(data).__module__.startswith("pandas"):
        return _of_pandas(data, symbol_column)
    to_pandas = getattr(data, "to_pandas", None)
    if to_pandas is not None:
        return _of_pandas(to_pandas(), symbol_column)
    raise TypeError(
        "data of many symbols are a mapping of symbols to frames, a long or wide frame, or paths, not "
        f"{type(data).__module__}.{type(data).__qualname__}"
    )


def _is_series(value: Any) -> bool:
    """Data of one symbol, rather than a column."""
    if isinstance(value, _native.Bars | str | os.PathLike):
        return True
    if isinstance(value, Mapping):
        return True
    return hasattr(value, "columns") or hasattr(value, "column_names") or _is_pandas_series(value)


def _is_pandas_series(value: Any) -> bool:
    index = getattr(value, "index", None)
    return type(value).__module__.startswith("pandas") and type(index).__name__ == "DatetimeIndex"


def _levels(data: Any) -> int:
    return max(getattr(getattr(data, part, None), "nlevels", 1) for part in ("index", "columns"))


def _symbol_column(names: Sequence[Any], wanted: str | None) -> Any:
    if wanted is not None:
        if wanted in names:
            return wanted
        from ._suggest import suggestion

        raise ValueError(f"there is no column '{wanted}'{suggestion(wanted, [str(name) for name in names])}")
    return next((name for name in names if str(name).lower() in SYMBOL_NAMES), None)


def _is_wide(names: Sequence[Any]) -> bool:
    return not any(str(name).lower() in PRICE_NAMES for name in names)


def _of_polars(frame: Any, symbol_column: str | None) -> list[tuple[str, Any]]:
    column = _symbol_column(frame.columns, symbol_column)
    if column is not None:
        parts = frame.partition_by(column, maintain_order=True, include_key=True)
        return [(str(part[column][0]), part.drop(column)) for part in parts]
    if not _is_wide(frame.columns):
        raise ValueError(f"no column tells symbols apart ({', '.join(SYMBOL_NAMES)}); name it with symbol_column=")
    times = [name for name, kind in frame.schema.items() if kind.is_temporal()]
    if not times:
        raise ValueError("a frame of closes needs a column of times")
    pairs = []
    for name in frame.columns:
        if name != times[0]:
            closes = frame.select(times[0], close=name).drop_nulls().filter(~_nan("close"))
            pairs.append((name, closes))
    return pairs


def _nan(name: str) -> Any:
    import polars

    return polars.col(name).cast(polars.Float64).is_nan()


def _of_pandas(frame: Any, symbol_column: str | None) -> list[tuple[str, Any]]:
    import pandas

    if isinstance(frame.columns, pandas.MultiIndex):  # fields by symbols, either above the other
        fields = [{str(label).lower() for label in frame.columns.get_level_values(level)} for level in (0, 1)]
        level = 0 if "close" in fields[1] else 1
        symbols = list(dict.fromkeys(frame.columns.get_level_values(level)))
        return [(str(s), frame.xs(s, axis=1, level=level).dropna(how="all")) for s in symbols]
    if isinstance(frame.index, pandas.MultiIndex):
        times = [level for level in frame.index.levels if isinstance(level, pandas.DatetimeIndex)]
        names = [
            name if name is not None else ("time" if any(level is t for t in times) else "symbol")
            for name, level in zip(frame.index.names, frame.index.levels, strict=True)
        ]
        frame = frame.reset_index(names=names)
    column = _symbol_column(list(frame.columns), symbol_column)
    if column is not None:
        if frame[column].isna().any():
            raise ValueError(f"row {int(frame[column].isna().to_numpy().argmax())} has no {column}")
        return [(str(symbol), part.drop(columns=column)) for symbol, part in frame.groupby(column, sort=False)]
    if not _is_wide(list(frame.columns)):
        raise ValueError(f"no column tells symbols apart ({', '.join(SYMBOL_NAMES)}); name it with symbol_column=")
    if not isinstance(frame.index, pandas.DatetimeIndex):
        times = [name for name in frame.columns if str(name).lower() in TIME_NAMES]
        if not times:
            raise ValueError("a frame of closes needs a DatetimeIndex, or a column of times")
        frame = frame.set_index(pandas.DatetimeIndex(pandas.to_datetime(frame[times[0]]))).drop(columns=times[0])
    pairs = [(str(name), frame[name].dropna().to_frame("close")) for name in frame.columns]
    empty = next((name for name, closes in pairs if len(closes) == 0), None)
    if empty is not None:
        raise ValueError(f"symbol '{empty}' has no close at all; leave it out")
    return pairs


def _schedule(rebalance: Any) -> str | None:
    if rebalance is None or isinstance(rebalance, str):
        return rebalance
    if isinstance(rebalance, int) and not isinstance(rebalance, bool) and rebalance > 0:
        return f"bars:{rebalance}"
    raise TypeError("rebalance must be 'monthly', 'weekly', ..., or a number of bars above 0")


def _rows_of(weights: Any, panel: _native.Panel, rebalance: str | None) -> tuple[Any, Any]:
    """Times (None: those of the schedule) and the weights of all symbols by row, one after the other."""
    import numpy

    from ._frames import as_array

    symbols = panel.symbols
    if type(weights).__module__.startswith("pandas") and hasattr(weights, "columns"):
        if rebalance is not None:
            raise ValueError("rebalance is given, but a frame of weights tells its own times; leave one of them out")
        _check_symbols(weights.columns, symbols)
        rows = numpy.zeros((len(weights), len(symbols)))
        for place, symbol in enumerate(symbols):
            if symbol in weights.columns:
                rows[:, place] = as_array(weights[symbol], symbol, False)
        index = weights.index
        if getattr(index, "tz", None) is not None:
            index = index.tz_convert("UTC").tz_localize(None)
        return numpy.asarray(index, dtype="datetime64[ns]"), rows.reshape(-1)
    return None, numpy.array(weights_in_order(weights, symbols))


def weights_in_order(weights: Any, symbols: Sequence[str]) -> list[float]:
    """A mapping of symbols to weights as one number for each symbol."""
    if hasattr(weights, "columns"):
        raise TypeError("a frame of weights tells times, which a feed has not seen; give a mapping or a formula")
    if not isinstance(weights, Mapping) and not hasattr(weights, "items"):
        raise TypeError(
            f"weights are a mapping of symbols to numbers, a frame or a formula, not {type(weights).__name__}"
        )
    given = {str(symbol): value for symbol, value in weights.items()}
    _check_symbols(given, symbols)
    return [float(given.get(symbol, 0.0)) for symbol in symbols]


def _check_symbols(given: Any, symbols: Sequence[str]) -> None:
    for symbol in given:
        if symbol not in symbols:
            from ._suggest import suggestion

            raise ValueError(
                f"the weights name '{symbol}', which the data do not have{suggestion(str(symbol), list(symbols))}"
            )
