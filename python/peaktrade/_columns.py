"""peaktrade.backtest_columns: many columns of given signals over one market; the work is done in C++."""

from __future__ import annotations

from . import _native
from ._backtest import backtest
from ._sweep import METRICS, _run_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from ._result import BacktestResult

SIGNALS = ("entries", "exits", "short_entries", "short_exits")


class ColumnsResult:
    """What every column came to: ``result["sharpe"]`` is an array with a value for each column."""

    __slots__ = ("_data", "_options", "_signals", "_values", "columns", "plan")

    def __init__(self, values: dict[str, Any], plan: str, columns: list[Any], data: Any, signals: Any, options: Any):
        self._values, self._data, self._signals, self._options = values, data, signals, options
        #: The columns' names, or their numbers.
        self.columns: list[Any] = columns
        #: How it was computed.
        self.plan: str = plan

    @property
    def metrics(self) -> list[str]:
        """Names of the metrics that were computed."""
        return list(self._values)

    def __getitem__(self, metric: str) -> Any:
        if metric not in self._values:
            from ._suggest import suggestion

            raise KeyError(f"'{metric}' was not computed{suggestion(metric, self.metrics)}")
        return self._values[metric]

    def __len__(self) -> int:
        return len(self.columns)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def run(self, column: Any) -> BacktestResult:
        """One column as ``peaktrade.backtest`` runs it, with its trades and equity."""
        try:
            place = self.columns.index(column)
        except ValueError:
            raise KeyError(f"there is no column {column!r}") from None
        arrays = [None if array is None else array[:, place] for array in self._signals]
        return backtest(self._data, _native.Signals(*arrays, name=str(column)), **self._options)

    def to_pandas(self) -> Any:
        """A row for each column, a column for each metric."""
        import pandas

        return pandas.DataFrame(self._values, index=pandas.Index(self.columns, name="column"))

    def to_polars(self) -> Any:
        """As ``to_pandas``, for polars."""
        import polars

        return polars.DataFrame({"column": self.columns, **self._values})

    def to_arrow(self) -> Any:
        """As ``to_pandas``, as a pyarrow.Table."""
        import pyarrow

        return pyarrow.table({"column": self.columns, **self._values})

    def __repr__(self) -> str:
        return f"ColumnsResult({len(self)} columns, {', '.join(self.metrics)})"


def backtest_columns(
    data: Any,
    entries: Any,
    exits: Any = None,
    short_entries: Any = None,
    short_exits: Any = None,
    *,
    metrics: Iterable[str] | None = None,
    threads: int | None = None,
    **options: Any,
) -> ColumnsResult:
    """Runs many columns of given signals over one market, each a run of its own.

    data
        As in ``peaktrade.backtest``.
    entries, exits, short_entries, short_exits
        By the bar that decides, as in ``peaktrade.Signals``: an array of bool with a row for each bar and a column for
        each run, a frame, or a mapping of names to arrays. A missing value is no signal.
    metrics
        Which to compute, by name: total_return, sharpe, max_drawdown and trades if not given.
    threads
        At most so many; all cores if not given.

    Further options are those of ``peaktrade.backtest``. Every column equals what ``peaktrade.backtest`` gives for it.
    Arrays of bool are read as they lie, rows or columns in one piece; a column that goes short or has stops, a size or
    costs beyond fractions costs a whole run.
    """
    run = _run_options(options, "backtest_columns", (*SIGNALS, "metrics", "threads"))
    names: list[Any] | None = None
    arrays: list[Any] = []
    for name, given in zip(SIGNALS, (entries, exits, short_entries, short_exits), strict=True):
        if given is None:
            if name == "entries" and short_entries is None:
                raise TypeError("backtest_columns() needs entries")
            arrays.append(None)
            continue
        array, labels = _matrix(given, name)
        _check_index(given, data, name)
        first = next((known for known in arrays if known is not None), None)
        if first is not None and array.shape != first.shape:
            raise ValueError(f"{name} has shape {array.shape}, but the signals before it have {first.shape}")
        if names is not None and labels is not None and labels != names:
            raise ValueError(f"{name} has other columns than the signals before it; give them in the same order")
        names = names or labels
        arrays.append(array)
    if arrays[0] is None:
        import numpy

        arrays[0] = numpy.zeros_like(arrays[2])
    asked = list(METRICS if metrics is None else [metrics] if isinstance(metrics, str) else metrics)
    values, plan = _native.backtest_columns(data, arrays, asked, run, threads or 0)
    return ColumnsResult(values, plan, names or list(range(arrays[0].shape[1])), data, arrays, run)


def _matrix(given: Any, name: str) -> tuple[Any, list[Any] | None]:
    """An array of bool with two dimensions, and the names of its columns if they have any."""
    import numpy

    from ._frames import as_bool

    labels = None
    if hasattr(given, "items") and not hasattr(given, "to_numpy"):
        labels = list(given)
        if not labels:
            raise ValueError(f"{name} has no columns")
        return numpy.column_stack([as_bool(column, name) for column in given.values()]), labels
    if hasattr(given, "columns"):
        labels = list(given.columns)
    array = given if isinstance(given, numpy.ndarray) else numpy.asarray(given)
    if array.ndim == 1:
        array, labels = array.reshape(-1, 1), None
    if array.ndim != 2 or array.shape[1] == 0:
        raise ValueError(f"{name} must have two dimensions, bars and columns, not shape {array.shape}")
    if array.dtype != bool:
        array = numpy.column_stack([as_bool(array[:, column], name) for column in range(array.shape[1])])
    return array, labels


def _check_index(given: Any, data: Any, name: str) -> None:
    """pandas aligns by index: another index is a mistake, not a choice."""
    if any(type(each).__module__.partition(".")[0] != "pandas" for each in (given, data)):
        return
    if not given.index.equals(data.index):
        raise ValueError(f"{name} has another index than the data: reindex it ({name}.reindex(data.index))")
