"""peaktrade.sweep: a strategy with many parameters; the work is done in C++ on every core."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping

from . import _native
from ._backtest import ALIASES, OPTIONS, SETTINGS, with_others

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

METRICS = ("total_return", "sharpe", "max_drawdown", "trades")
OWN = ("data", "strategy", "grid", "where", "windows", "metrics", "random", "latin", "seed", "reuse", "store", "out")
OWN += ("show_progress", "threads", "cluster")
OWN_OF_STREAM = tuple(name for name in OWN if name not in ("out", "cluster"))
POLL_S = 0.02
REPORT_S = 0.1


class Range:
    """Values from ``low`` to ``high`` in steps, each the decimal number low + i * step; made by ``peaktrade.range``."""

    __slots__ = ("high", "low", "step")

    def __init__(self, low: float, high: float, step: float = 1) -> None:
        self.low, self.high, self.step = low, high, step

    def __repr__(self) -> str:
        return f"range({self.low!r}, {self.high!r}, {self.step!r})"


def range(low: float, high: float, step: float = 1) -> Range:
    """Values for a parameter of a sweep: ``low``, ``low + step``, ... up to and with ``high`` when the step reaches it."""
    return Range(low, high, step)


class SweepInterrupted(KeyboardInterrupt):
    """Ctrl-C during a sweep; ``result`` holds what was finished."""

    def __init__(self, result: SweepResult) -> None:
        super().__init__(f"stopped after {result.computed + result.reused} of {len(result)} combinations")
        self.result = result


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else float(value)


class Combination(Mapping[str, "Any"]):
    """One row of a sweep: parameters and metrics by name. ``params`` and ``metrics`` hold them apart."""

    __slots__ = ("_result", "metrics", "params", "row")

    def __init__(self, result: SweepResult, row: int) -> None:
        values = {name: column[0] for name, column in result._native.columns([row]).items()}
        self._result = result
        self.row = row
        self.params = {name: _plain(values[name]) for name in result.parameters}
        self.metrics = {name: float(values[name]) for name in result.metrics}

    def __getitem__(self, name: str) -> Any:
        return self.params[name] if name in self.params else self.metrics[name]

    def __iter__(self) -> Iterator[str]:
        yield from self.params
        yield from self.metrics

    def __len__(self) -> int:
        return len(self.params) + len(self.metrics)

    def __repr__(self) -> str:
        return "Combination(" + ", ".join(f"{name}={value:.6g}" for name, value in self.items()) + ")"


class SweepResult:
    """Metrics for each combination, rows in the order of the grid. Frames are made when they are asked for."""

    __slots__ = ("_native",)

    def __init__(self, native: _native.SweepResult) -> None:
        self._native = native

    def __len__(self) -> int:
        return self._native.rows

    @property
    def parameters(self) -> list[str]:
        """Names of the parameters, in the order of the grid."""
        return self._native.parameters()

    @property
    def metrics(self) -> list[str]:
        """Names of the metrics that were computed."""
        return self._native.metrics()

    @property
    def computed(self) -> int:
        """Combinations that were computed."""
        return self._native.computed

    @property
    def reused(self) -> int:
        """Combinations whose results were there already."""
        return self._native.reused

    @property
    def complete(self) -> bool:
        """Whether every combination is there; False after Ctrl-C."""
        return self._native.complete

    @property
    def elapsed_s(self) -> float:
        """Seconds that it took."""
        return self._native.elapsed_s

    @property
    def plan(self) -> str:
        """How it was computed."""
        return self._native.plan

    @property
    def failures(self) -> dict[int, str]:
        """Why combinations failed, by row; their metrics are NaN."""
        return dict(self._native.failures())

    def best(self, metric: str = "sharpe") -> Combination:
        """The combination with the best value (the lowest, for metrics of which less is better, such as volatility)."""
        return Combination(self, self._native.best(metric))

    def top(self, n: int = 10, by: str = "sharpe") -> Any:
        """The ``n`` best combinations as a frame, best first; its index (pandas) is the row in the grid."""
        rows = self._native.top(n, by)
        return self._frame(self._native.columns(rows), rows)

    def to_pandas(self) -> Any:
        """Every combination: a column for each parameter and each metric."""
        import pandas

        return pandas.DataFrame(self._native.columns())

    def to_polars(self) -> Any:
        """As ``to_pandas``, for polars."""
        import polars

        return polars.DataFrame(self._native.columns())

    def to_arrow(self) -> Any:
        """As ``to_pandas``, as a pyarrow.Table."""
        import pyarrow

        return pyarrow.table(self._native.columns())

    def heatmap(self, x: str, y: str, metric: str = "sharpe", reduce: str = "mean") -> Any:
        """A metric over two parameters, ``x`` across and ``y`` down, as a frame of pandas; what varies besides is brought
        to one number by ``reduce``: "mean", "median", "best" or "worst"."""
        import pandas

        x_values, y_values, cells = self._native.heatmap(x, y, metric, reduce)
        return pandas.DataFrame(
            cells.reshape(len(y_values), len(x_values)),
            index=pandas.Index(y_values, name=y),
            columns=pandas.Index(x_values, name=x),
        )

    @property
    def overfitting(self) -> dict[str, Any]:
        """How much of the best combination (by Sharpe ratio, or the first metric) is luck: trials, deflated Sharpe ratio,
        probability of backtest overfitting, reality check and SPA, and the same in plain words under ``text``."""
        return self._native.overfitting(self._sort(None), "default")

    def write(self, path: str | os.PathLike[str]) -> None:
        """Writes every combination, as Parquet where the name ends in .parquet, else as CSV; nothing is half written."""
        self._native.write(_file_for_rows(path))

    def report(self, path: str | os.PathLike[str], sort: str | None = None) -> None:
        """Writes one HTML page, which needs no network: luck or skill, the best rows, a heatmap, all rows as lines."""
        self._native.report(path, self._sort(sort))

    def to_json(self, sort: str | None = None, top: int = 10) -> str:
        """The object that ``peak sweep --json`` prints."""
        return self._native.json(self._sort(sort), top)

    def to_dict(self, sort: str | None = None, top: int = 10) -> dict[str, Any]:
        """``to_json`` as a dictionary."""
        import json

        return json.loads(self.to_json(sort, top))

    def __repr__(self) -> str:
        return self._native.text(self._sort(None), 10)

    def _sort(self, metric: str | None) -> str:
        if metric is not None:
            return metric
        return "sharpe" if "sharpe" in self.metrics else self.metrics[0]

    def _frame(self, columns: dict[str, Any], rows: Sequence[int]) -> Any:
        origin = self._native.origin
        if isinstance(origin, str) and origin == "polars" and "polars" in sys.modules:
            import polars

            return polars.DataFrame(columns)
        import pandas

        return pandas.DataFrame(columns, index=pandas.Index(rows, name="row"))


def sweep(
    data: Any,
    strategy: _native.Strategy | str | os.PathLike[str] | type | Callable[..., Any],
    grid: Mapping[str, Iterable[float | str] | Range],
    *,
    where: str | None = None,
    windows: Iterable[str] | None = None,
    metrics: Iterable[str] | None = None,
    random: int | None = None,
    latin: int | None = None,
    seed: int = 1,
    reuse: bool = True,
    store: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = None,
    show_progress: bool | None = None,
    threads: int | None = None,
    cluster: str | None = None,
    **options: Any,
) -> SweepResult:
    """Runs a strategy with every combination of a grid of parameters, on every core.

    data
        As in ``peaktrade.backtest``; or a mapping of symbol to any of that, and then the rows are those of the first
        symbol, those of the second, and so on. With a ``peaktrade.Panel``, with ``cash_sharing=True``, or with a strategy of
        weights each combination is one run over all symbols with one account.
    strategy
        A built-in name, the path of a strategy file, or a ``peaktrade.Strategy``. Also a class as ``peaktrade.backtest``
        takes it, or a function ``f(data, **params)`` that gives ``peaktrade.Signals`` or a ``peaktrade.Strategy``: these
        run one after the other and are not kept.
    grid
        A mapping of parameter to a list of values or ``peaktrade.range(low, high, step)``. Parameters are those of the
        strategy and options of the broker: ``commission``, ``slippage``, ``cash``, ``size``, ``stop_loss`` and the like, also
        those that are words, such as ``"fill": ["next_open", "same_close"]``. The first varies slowest.
    where
        A condition that combinations must meet: ``"fast < slow"``.
    windows
        Parts of the time to sweep over, each like a market of its own: ``["2010:2014", "2015:"]``.
    metrics
        Which to compute, by name: total_return, sharpe, max_drawdown and trades if not given.
    random, latin
        That many combinations only: drawn at random, or covering each parameter evenly (Latin hypercube); ``seed`` says
        which.
    reuse, store
        Results are kept in ``store`` (a folder of the user's cache if not given, or the environment's
        ``PEAK_SWEEP_STORE``) and looked up there, so that a repeated, wider or interrupted sweep computes only what is
        new; ``reuse=False`` computes all anew and keeps nothing.
    out
        A file for all rows (.parquet or .csv), written while the sweep goes on and in its place when it is whole: Ctrl-C
        leaves none.
    show_progress
        A line with share, rate and time left on standard error; by default on a terminal, for work that takes a while.
    threads
        At most so many; all cores if not given.
    cluster
        The address of a Ray cluster (``"auto"``: the one that this machine belongs to; ``"local"``: one of this machine's
        cores) that computes the rows: ``pip install 'peaktrade[ray]'``. The result is the same, to the byte.

    Further options are those of ``peaktrade.backtest``. Each row equals what ``peaktrade.backtest`` gives for its
    parameters. A combination that fails is a row of NaN with its reason in ``failures``. Ctrl-C raises
    ``SweepInterrupted`` with what was finished in its ``result``.
    """
    names = list(METRICS if metrics is None else [metrics] if isinstance(metrics, str) else metrics)
    rows = (where or "", *_sampling(random, latin), seed)
    over_panel = _is_over_panel(data, strategy, options)
    if over_panel and (windows or cluster is not None):
        raise TypeError("windows and cluster are for sweeps of markets one by one, not of one account over all")
    if cluster is not None and options.get("others") is not None:
        raise TypeError("sweep(): other processes do not get 'others'; leave out cluster=")
    place = "" if not reuse else _native.default_sweep_store() if store is None else os.fspath(store)
    axes = {name: _axis(values) for name, values in _grid_items(grid)}
    file = _file_for_rows(out)
    if over_panel:
        from ._panel import Weights, swept_classes
        from ._panel import sweep_job as panel_job

        run = _run_options(options)
        if callable(strategy) and not isinstance(strategy, Weights):
            return swept_classes(data, strategy, axes, rows, names, run, show_progress, file)
        job = panel_job(data, strategy, axes, rows, names, run, (threads or 0, place, False, file))
        return _finished(job, show_progress)
    data, run = _data_and_run(data, options)
    _check_series(data, run)
    if callable(strategy):
        if cluster is not None:
            raise TypeError("cluster= is for strategies that are no Python code; use a strategy file or expressions")
        from ._sweep_code import sweep_code

        recorder = _native.SweepRecorder(_markets(data, windows), strategy.__name__, axes, *rows, names, file)
        return sweep_code(recorder, _code_markets(data, windows), strategy, run, show_progress)
    markets = _markets(data, windows)
    if cluster is not None:
        from ._cluster import Job, sweep_on_cluster

        result = sweep_on_cluster(Job(markets, strategy, axes, rows, names, run), cluster, place, show_progress)
        if out is not None:
            result.write(out)
        return result
    job = _native.SweepJob(markets, strategy, axes, *rows, names, run, threads or 0, place, False, {}, file)
    return _finished(job, show_progress)


def _file_for_rows(out: str | os.PathLike[str] | None) -> str:
    """The path as text, empty for none, with Arrow at hand where it is needed; other forms than ours are refused."""
    if out is None:
        return ""
    path = os.fspath(out)
    if not path:
        raise ValueError("cannot write a file without a name: give a path")
    ending = os.path.splitext(path)[1]
    if ending not in ("", ".parquet", ".csv"):
        raise ValueError(f"cannot write '{path}': rows are written as Parquet or CSV, not {ending}")
    if path.endswith(".parquet"):
        from ._arrow import open_libraries

        open_libraries()
    return path


def _finished(job: _native.SweepJob, show_progress: bool | None) -> SweepResult:
    """The result of a sweep that goes on; Ctrl-C raises what is finished."""
    try:
        _wait(job, show_progress)
    except KeyboardInterrupt:
        job.stop()
        raise SweepInterrupted(SweepResult(job.take())) from None
    result = SweepResult(job.take())
    if result._native.note:
        import warnings

        warnings.warn(result._native.note, stacklevel=3)
    return result


class SweepBatch:
    """Rows of a sweep that have been finished together."""

    __slots__ = ("columns", "rows")

    def __init__(self, rows: Any, columns: dict[str, Any]) -> None:
        #: Their places in the grid's order.
        self.rows: Any = rows
        #: Parameters and metrics by name.
        self.columns: dict[str, Any] = columns

    def __len__(self) -> int:
        return len(self.rows)

    def to_pandas(self) -> Any:
        """A frame whose index is the row in the grid."""
        import pandas

        return pandas.DataFrame(self.columns, index=pandas.Index(self.rows, name="row"))


class SweepStream:
    """A sweep that gives its rows as they are finished; made by ``peaktrade.sweep_stream``.

    Iterate over it once. Leaving the loop, or ``close()``, stops the sweep; ``result`` then holds what was finished.
    """

    def __init__(self, job: _native.SweepJob, show_progress: bool = False) -> None:
        self._job = job
        self._progress = _ProgressLine(job, show_progress)
        self._result: SweepResult | None = None

    def __iter__(self) -> Iterator[SweepBatch]:
        try:
            while True:
                done = self._job.wait(0)
                batch = self._job.next_batch(0 if done else POLL_S)
                self._progress.tell()
                if batch is not None:
                    yield SweepBatch(batch["rows"], batch["columns"])
                elif done:
                    return
        finally:
            self._progress.clear()
            self._job.stop()

    def close(self) -> None:
        """Stops the sweep; what is finished is kept."""
        self._job.stop()

    def __enter__(self) -> SweepStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def result(self) -> SweepResult:
        """The sweep's result; waits for the sweep to end."""
        if self._result is None:
            self._result = SweepResult(self._job.take())
        return self._result


def sweep_stream(
    data: Any,
    strategy: _native.Strategy | str | os.PathLike[str],
    grid: Mapping[str, Iterable[float | str] | Range],
    *,
    where: str | None = None,
    windows: Iterable[str] | None = None,
    metrics: Iterable[str] | None = None,
    random: int | None = None,
    latin: int | None = None,
    seed: int = 1,
    reuse: bool = True,
    store: str | os.PathLike[str] | None = None,
    show_progress: bool | None = None,
    threads: int | None = None,
    **options: Any,
) -> SweepStream:
    """As ``peaktrade.sweep``, but gives rows as they are finished: ``for batch in peaktrade.sweep_stream(...)``.

    Rows that were kept before come first; the others in no particular order, each once. ``batch.to_pandas()`` is a frame
    of them. When the loop is over, ``.result`` is the whole ``SweepResult``. Leaving the loop early, or Ctrl-C in it, stops
    the sweep; what was finished is kept, and the same stream begun again gives it first.
    """
    names = list(METRICS if metrics is None else [metrics] if isinstance(metrics, str) else metrics)
    axes = {name: _axis(values) for name, values in _grid_items(grid)}
    place = "" if not reuse else _native.default_sweep_store() if store is None else os.fspath(store)
    rows = (where or "", *_sampling(random, latin), seed)
    if _is_over_panel(data, strategy, options):
        if windows:
            raise TypeError("windows are for sweeps of markets one by one, not of one account over all")
        from ._panel import sweep_job as panel_job

        own = _run_options(options, "sweep_stream", OWN_OF_STREAM)
        job = panel_job(data, strategy, axes, rows, names, own, (threads or 0, place, True, ""))
        return SweepStream(job, _shows(show_progress))
    data, run = _data_and_run(data, options, "sweep_stream", OWN_OF_STREAM)
    markets = _markets(data, windows)
    job = _native.SweepJob(markets, strategy, axes, *rows, names, run, threads or 0, place, True, {})
    return SweepStream(job, _shows(show_progress))


def _run_options(options: dict[str, Any], caller: str = "sweep", own: tuple[str, ...] = OWN) -> dict[str, Any]:
    """Options of backtest under our names; what is none is refused."""
    run: dict[str, Any] = {}
    for name, value in options.items():
        if name == "trade_on_close":
            name, value = "fill", "same_close" if value else "next_open"
        name = ALIASES.get(name, name)
        if name not in OPTIONS and name not in SETTINGS:
            from ._suggest import suggestion

            raise TypeError(
                f"{caller}() has no argument '{name}'{suggestion(name, [*own, *OPTIONS, *SETTINGS, *ALIASES])}"
            )
        if name in run:
            raise TypeError(f"{caller}() got '{name}' under two names; give one of them")
        run[name] = value
    return run


def _is_over_panel(data: Any, strategy: Any, options: Mapping[str, Any]) -> bool:
    """Whether each combination is one run over all symbols with one account."""
    if isinstance(data, _native.Panel) or options.get("cash_sharing") is not None:
        return True
    from ._panel import Weights

    if isinstance(strategy, Weights) or (isinstance(strategy, str) and strategy in _native.allocation_names()):
        return True
    return isinstance(strategy, _native.Strategy) and strategy.is_allocation


def _data_and_run(
    data: Any, options: dict[str, Any], caller: str = "sweep", own: tuple[str, ...] = OWN
) -> tuple[Any, dict[str, Any]]:
    """The data with the symbols of ``others`` beside them, and the other options of backtest."""
    run = _run_options(options, caller, own)
    if run.get("others") is None:
        return data, run
    others, mixed = run.pop("others"), run.pop("mixed", None)

    def beside(one: Any) -> Any:
        return with_others(one, {"others": others, "mixed": mixed})

    if isinstance(data, Mapping) and data and all(_is_market(value) for value in data.values()):
        return {symbol: beside(value) for symbol, value in data.items()}, run
    return beside(data), run


def _sampling(random: int | None, latin: int | None) -> tuple[str, int]:
    if random is not None and latin is not None:
        raise TypeError("sweep() takes random or latin, not both")
    if random is not None:
        return "random", random
    return ("latin", latin) if latin is not None else ("all", 0)


def _grid_items(grid: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    if not hasattr(grid, "items"):
        raise TypeError(f"grid must be a mapping of parameter names to values, not {type(grid).__name__}")
    return grid.items()


def _axis(values: Any) -> Any:
    if isinstance(values, Range):
        return values.low, values.high, values.step
    if hasattr(values, "tolist"):
        values = values.tolist()
    return [values] if isinstance(values, (int, float, str)) else list(values)


def _markets(data: Any, windows: Iterable[str] | None) -> list[tuple[str, Any, list[str]]]:
    """Symbol, data and windows of each market."""
    parts = [windows] if isinstance(windows, str) else list(windows or ())
    if isinstance(data, Mapping) and data and all(_is_market(value) for value in data.values()):
        return [(str(symbol), value, parts) for symbol, value in data.items()]
    return [("", data, parts)]


def _check_series(data: Any, run: Mapping[str, Any]) -> None:
    """What belongs to one market is not given for several."""
    count = len(_markets(data, None))
    for name in ("funding", "actions", "detail"):
        if count > 1 and run.get(name) is not None:
            raise ValueError(f"sweep(): '{name}' belongs to one market, but data has {count}; sweep them one by one")


def _code_markets(data: Any, windows: Iterable[str] | None) -> list[Any]:
    """The data of each market, as a strategy that is code sees them."""
    if windows:
        raise TypeError("windows are for strategies that are no Python code; slice the data instead")
    return [market[1] for market in _markets(data, None)]


def _is_market(value: Any) -> bool:
    """Whether it is prices of its own, rather than a column of prices."""
    return (
        isinstance(value, (str, os.PathLike, Mapping, _native.Bars))
        or hasattr(value, "columns")
        or hasattr(value, "column_names")
    )


def _wait(job: _native.SweepJob, show_progress: bool | None) -> None:
    """Waits, shows progress, and lets Ctrl-C through."""
    line = _ProgressLine(job, _shows(show_progress))
    try:
        while not job.wait(POLL_S):
            line.tell()
    finally:
        line.clear()


def _shows(show_progress: bool | None) -> bool:
    return sys.stderr.isatty() if show_progress is None else show_progress


class _ProgressLine:
    """A line on standard error that is written over now and then."""

    def __init__(self, job: _native.SweepJob, shows: bool) -> None:
        self._job, self._shows = job, shows
        self._next = time.monotonic() + REPORT_S
        self._shown = False

    def tell(self) -> None:
        if not self._shows or (now := time.monotonic()) < self._next:
            return
        self._next, self._shown = now + REPORT_S, True
        _show(*self._job.progress())

    def clear(self) -> None:
        if self._shown:
            self._shown = False
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _show(done: int, total: int, per_second: float) -> None:
    if total == 0:
        return
    filled = int(done / total * 24)
    left = f"{(total - done) / per_second:,.0f} s left" if per_second > 0 else ""
    bar = "#" * filled + "." * (24 - filled)
    sys.stderr.write(
        f"\r\x1b[K[{bar}] {done / total:4.0%}  {done:,} of {total:,} combinations, {per_second:,.0f}/s, {left}"
    )
    sys.stderr.flush()
