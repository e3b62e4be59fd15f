"""The C++ library behind peaktrade; use peaktrade itself."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
import datetime
import os
import types
from typing import Any, NoReturn

import numpy
import numpy.typing

import peaktrade._context
from peaktrade._context import (
    Context as Context,
    OrderHandle as OrderHandle,
    Series as Series
)


ENGINE_SEMANTICS: int = 1

def suggestion(name: str, known: Sequence[str]) -> str:
    """The nearest known name in words, for errors."""

class Bars:
    """
    Open, high, low, close and volume of one symbol over time, checked and ready for many runs.

    float64 columns that lie in one piece are not copied: do not change them while the bars live.
    """

    def __init__(self, data: object, *, symbol: str = '', allow_missing: bool = False, allow_nonpositive: bool = False, sort: bool = False, drop_duplicates: bool = False, drop_bad_rows: bool = False, drop_missing_rows: bool = False, others: Mapping[str, Any] | None = None, mixed: bool = False) -> None:
        """
        Takes a pandas or polars DataFrame, an Arrow table, a mapping of column names to arrays, or a path.

        Rows that break a rule of the data are refused with their places unless the repair is asked for.

        ``others`` is a mapping of symbols to such data, which formulas read as symbol("SPY", close); with ``mixed`` also in other zones.
        """

    def __len__(self) -> int: ...

    def __getitem__(self, name: str) -> numpy.typing.NDArray[Any]:
        """A column as a read-only array that shares the bars' memory."""

    def __repr__(self) -> str: ...

    def slice(self, first: int, count: int) -> Bars:
        """Bars [first, first + count), without a copy."""

    def to_pandas(self) -> Any:
        """
        A DataFrame of its own memory with the times as index, in the zone of the data.
        """

    def to_polars(self) -> Any:
        """A polars DataFrame with the column time."""

    def to_arrow(self) -> Any:
        """A pyarrow Table with the column time, without a copy."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """
        For every library that reads Arrow: polars.DataFrame(bars), pyarrow.table(bars), duckdb.sql(...).
        """

    @property
    def columns(self) -> list[str]:
        """
        Names of the columns: time, open, high, low, close, volume, then further ones.
        """

    @property
    def symbol(self) -> str: ...

    @property
    def others(self) -> list[str]:
        """Other symbols that formulas over these bars may read."""

    @property
    def time_zone(self) -> str:
        """The zone in which the data were given; times are UTC inside."""

    @property
    def path(self) -> str:
        """The file they were read from, or ''."""

    @property
    def notes(self) -> list[str]:
        """What was assumed, left out or repaired, one sentence each."""

    @property
    def fingerprint(self) -> str:
        """Hash of the content: equal data have equal fingerprints everywhere."""

def read_bars(path: str | os.PathLike[str], *, columns: Mapping[str, str] | None = None, format: str | None = None, member: str | None = None, delimiter: str | None = None, header: bool | None = None, skip_lines: int | None = None, column_names: Sequence[str] | None = None, date_order: str | None = None, time_unit: str | None = None, time_zone: str = '', date: str = '', symbol: str = '', table: str = '', select: Sequence[str] | None = None, symbols: Sequence[str] | None = None, start: Any = None, end: Any = None, price_scale: float | None = None, max_bytes: int | None = None, max_line_bytes: int | None = None, allow_missing: bool = False, allow_nonpositive: bool = False, sort: bool = False, drop_duplicates: bool = False, drop_bad_rows: bool = False, drop_missing_rows: bool = False, cache: str | os.PathLike[str] | None = None) -> Bars:
    """
    Reads CSV, JSON candles, Parquet or Arrow files, also inside gzip, zstd or zip, and tables of SQLite.

    What is not told is found out: `columns` maps roles (time, time_of_day, open, high, low, close, volume) to
    names in the file (or '#3'), `format` is csv, json, parquet or arrow_ipc, `date_order` is year_month_day,
    month_day_year or day_month_year, `time_unit` is s, ms, us or ns, `time_zone` is the zone of times without
    one, `table` a table of a SQLite file or a query. `start` and `end` (2024, 2024-03-05 14:30, a datetime) and
    `select`, names of columns beside prices and volume, read a part; `price_scale` multiplies prices.
    What unpacks to more than `max_bytes` (4 GiB) is refused, and text with a line above `max_line_bytes` (16 MiB).
    `cache` names a cache folder that keeps the bars: unless the file has changed they come from there next time.
    """

def write_bars(bars: Bars, path: str | os.PathLike[str]) -> None:
    """Writes bars as CSV, JSON, Parquet or Arrow, by the ending of the path."""

def write_parquet(table: object, path: str, compression: str, rows_of_a_group: int, dictionaries: Sequence[str], encodings: Sequence[tuple[str, str]], decimals_as_integers: bool) -> None:
    """
    Writes what gives an Arrow stream as Parquet, columns packed on all cores; peaktrade.core.serialization.
    """

def set_arrow_module_path(path: str) -> None: ...

def arrow_module_path() -> str:
    """
    Where libpeak_io was loaded from; NotImplementedError with the remedy if it cannot be.
    """

class NarrowColumns:
    """Columns in as few bytes as their values allow; peaktrade.narrow."""

    def __init__(self, data: object, reading: object) -> None: ...

    @property
    def rows(self) -> int: ...

    @property
    def nbytes(self) -> int: ...

    @property
    def zone(self) -> str: ...

    def columns(self) -> list[dict[str, Any]]: ...

    def widen(self, names: Sequence[str], first: int, count: int) -> dict[str, Any]: ...

    def summary(self, name: str) -> dict[str, Any]: ...

def indicator_names() -> list[str]:
    """Every indicator, in alphabetical order."""

def indicator_info(name: str) -> dict[str, Any]:
    """What the registry says about an indicator."""

def indicator(name: str, *args: Any, **kwargs: Any) -> Any:
    """
    Computes an indicator: inputs, then parameters; one array, or a dict of arrays.
    """

class Expression:
    """
    A formula over columns of the data, built with operators and functions; it runs in peaktrade.backtest.

    Arithmetic + - * / %, comparisons, & | ~ for and, or, not; x[n] or x.shift(n) is the value n bars ago.
    """

    def __add__(self, other: Expression | float) -> Expression: ...

    def __radd__(self, other: Expression | float) -> Expression: ...

    def __sub__(self, other: Expression | float) -> Expression: ...

    def __rsub__(self, other: Expression | float) -> Expression: ...

    def __mul__(self, other: Expression | float) -> Expression: ...

    def __rmul__(self, other: Expression | float) -> Expression: ...

    def __truediv__(self, other: Expression | float) -> Expression: ...

    def __rtruediv__(self, other: Expression | float) -> Expression: ...

    def __mod__(self, other: Expression | float) -> Expression: ...

    def __rmod__(self, other: Expression | float) -> Expression: ...

    def __and__(self, other: Expression | float) -> Expression: ...

    def __rand__(self, other: Expression | float) -> Expression: ...

    def __or__(self, other: Expression | float) -> Expression: ...

    def __ror__(self, other: Expression | float) -> Expression: ...

    def __lt__(self, other: Expression | float) -> Expression: ...

    def __le__(self, other: Expression | float) -> Expression: ...

    def __gt__(self, other: Expression | float) -> Expression: ...

    def __ge__(self, other: Expression | float) -> Expression: ...

    def __eq__(self, other: Expression | float) -> Expression: ...

    def __ne__(self, other: Expression | float) -> Expression: ...

    def __neg__(self) -> Expression: ...

    def __pos__(self) -> Expression: ...

    def __invert__(self) -> Expression: ...

    def __bool__(self) -> bool: ...

    def __iter__(self) -> NoReturn: ...

    def __getitem__(self, bars_ago: int) -> Expression:
        """The value that many bars ago."""

    def shift(self, bars_ago: int | Expression = 1) -> Expression:
        """The value that many bars ago; a parameter may say how many."""

    def __getattr__(self, name: str) -> Expression:
        """One output of a function with several: macd(close).histogram."""

    def output(self, name: str) -> Expression: ...

    def evaluate(self, data: Any, params: Mapping[str, float] | None = None) -> numpy.typing.NDArray[Any]:
        """
        One value for each bar: numbers with NaN where undefined, signals as bool, False where undefined.
        """

    def __repr__(self) -> str: ...

    @property
    def kind(self) -> str:
        """'number', 'signal' or 'text'."""

    @property
    def parameters(self) -> dict[str, float]:
        """Parameters with their defaults."""

    @property
    def columns(self) -> list[str]:
        """Columns of the data that are read."""

    __array_ufunc__: None = None

    __hash__: None = None

def column(name: str) -> Expression:
    """A column of the data by its name."""

def param(name: str, default: float) -> Expression:
    """A number for the whole run that can be set with params."""

def where(condition: Expression, when_true: Expression | float, when_false: Expression | float) -> Expression:
    """
    when_true on bars where the condition is true, else when_false; undefined where the condition is.
    """

def call(name: str, *args: Expression | float | str, **kwargs: Expression | float | str) -> Expression:
    """A function of the expression language by name."""

def parse_expression(text: str) -> Expression:
    """An expression from its text form."""

def function_names() -> list[str]:
    """Every function of the expression language."""

def function_help(name: str) -> tuple[str, str]:
    """Signature and meaning of a function."""

class Size:
    """How many units an entry asks for (rule 3 of the rule book)."""

    @staticmethod
    def all() -> Size:
        """All cash, fee included: the default."""

    @staticmethod
    def units(amount: float) -> Size:
        """A number of units."""

    @staticmethod
    def value(amount: float) -> Size:
        """A value in the account's currency."""

    @staticmethod
    def fraction(amount: float) -> Size:
        """A fraction of equity."""

    def __repr__(self) -> str: ...

    def __eq__(self, arg: Size, /) -> bool: ...

class Instrument:
    """
    What is traded: its grid of sizes and prices, its multiplier, and what happens to it over time.

    ``lot_size``: units come in multiples of it; ``tick_size``: prices do; ``multiplier``: money for one unit and one
    point of price; ``minimum_notional`` and ``minimum_quantity`` reject smaller entries. ``funding``: rates of a
    perpetual contract by time, a series, a frame, a mapping or a file; above zero the long pays. ``actions``: splits,
    dividends and a delisting, a frame or file with columns time, kind and value, or time, split and dividend.
    """

    def __init__(self, symbol: str = '', *, lot_size: float | None = None, tick_size: float = 0.0, multiplier: float = 1.0, minimum_notional: float = 0.0, minimum_quantity: float = 0.0, funding: Any = None, actions: Any = None) -> None: ...

    @property
    def symbol(self) -> str: ...

    @property
    def lot_size(self) -> float | None: ...

    @property
    def tick_size(self) -> float: ...

    @property
    def multiplier(self) -> float: ...

    @property
    def minimum_notional(self) -> float: ...

    @property
    def minimum_quantity(self) -> float: ...

    @property
    def funding(self) -> list[tuple[int, float]]:
        """Rates by time, in nanoseconds since 1970."""

    @property
    def actions(self) -> list[tuple[int, str, float]]:
        """Corporate actions: time in nanoseconds since 1970, kind, value."""

    def __repr__(self) -> str: ...

def metric_infos() -> list[dict[str, str]]:
    """Every metric: name, title, unit, convention."""

def metrics_of_returns(returns: object, cash: float, periods_per_year: float, risk_free: float, benchmark: object = None) -> tuple[dict[str, float | None], dict[str, str]]:
    """Values and reasons of the metrics of a series of returns."""

def periods_of_times(times: object) -> tuple[float, str]:
    """
    Periods per year of these times by rule 10, and the branch of the rule.
    """

class Strategy:
    """Signals made of expressions, with their parameters."""

    def __init__(self, *, name: str = 'strategy', entry: Expression | str | None = None, exit: Expression | str | None = None, short_entry: Expression | str | None = None, short_exit: Expression | str | None = None, params: Mapping[str, float] | None = None, lines: Mapping[str, Expression | str] | None = None, description: str = '') -> None:
        """
        Signals are expressions, or texts in the expression language that may name `params` and `lines`.
        """

    @staticmethod
    def from_toml(text: str) -> Strategy:
        """Reads the text of a strategy file."""

    def to_toml(self) -> str:
        """The text of its strategy file."""

    def __repr__(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def description(self) -> str: ...

    @property
    def parameters(self) -> dict[str, float]:
        """Parameters with their defaults."""

    @property
    def parameter_info(self) -> list[dict[str, Any]]:
        """
        One dict to a parameter: name, default, low, high, step, description; None where nothing is said.
        """

    @property
    def entry(self) -> Expression | None: ...

    @property
    def exit(self) -> Expression | None: ...

    @property
    def short_entry(self) -> Expression | None: ...

    @property
    def short_exit(self) -> Expression | None: ...

    @property
    def weight(self) -> Expression | None:
        """Of an allocation: the target weight of each symbol."""

    @property
    def is_allocation(self) -> bool:
        """
        Whether it gives target weights over many symbols instead of entries and exits.
        """

    @property
    def fingerprint(self) -> str:
        """Hash of what it does, whatever it is called."""

def strategy_names() -> list[str]:
    """The built-in strategies."""

def find_strategy(name_or_path: str | os.PathLike[str]) -> Strategy:
    """A built-in strategy by name, or the one in a strategy file."""

class Signals:
    """
    Signals given as arrays, by the bar that decides: do not shift them (rule 1).

    Arrays, lists or series of True and False, one for each bar; a missing value is no signal.
    """

    def __init__(self, entries: Any, exits: Any = None, short_entries: Any = None, short_exits: Any = None, *, name: str = 'signals') -> None: ...

    def __len__(self) -> int: ...

    def __repr__(self) -> str: ...

class Result:
    """A run; see peaktrade.BacktestResult."""

    def metric(self, name: str) -> float | None: ...

    def metrics(self) -> dict[str, float | None]: ...

    def metrics_as(self, convention: str) -> dict[str, float | None]: ...

    def reasons(self) -> dict[str, str]: ...

    def equity(self) -> numpy.typing.NDArray[numpy.float64]: ...

    def returns(self) -> numpy.typing.NDArray[numpy.float64]: ...

    def times(self) -> numpy.typing.NDArray[numpy.int64]: ...

    def in_position(self) -> numpy.typing.NDArray[numpy.bool_]: ...

    def trades(self) -> dict[str, Any]: ...

    def explain(self, trade: int, indent: int, width: int) -> tuple[str, str]:
        """JSON and text about one trade."""

    def orders(self) -> dict[str, Any]: ...

    def order_events(self) -> dict[str, Any]: ...

    def drawdowns(self) -> dict[str, Any]: ...

    @property
    def bars(self) -> Bars: ...

    @property
    def strategy(self) -> Strategy: ...

    @property
    def strategy_name(self) -> str: ...

    @property
    def params(self) -> dict[str, float]: ...

    def weights(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        Of a run over many symbols: what part of the equity each was, stamps times symbols.
        """

    @property
    def symbols(self) -> list[str]: ...

    @property
    def is_panel(self) -> bool: ...

    @property
    def warnings(self) -> list[str]: ...

    @property
    def periods_per_year(self) -> tuple[float, str]: ...

    @property
    def metrics_convention(self) -> str: ...

    @property
    def fingerprint(self) -> str: ...

    @property
    def trade_count(self) -> int: ...

    @property
    def origin(self) -> object: ...

def backtest(data: object, strategy: object, params: object = None, cash: object = None, commission: object = None, slippage: object = None, fill: object = None, size: object = None, size_step: object = None, finalize: object = None, accumulate: object = None, execution: object = None, periods_per_year: object = None, risk_free: object = None, metrics_convention: object = None, engine: str = 'fast', settings: dict[str, object] | None = None) -> Result:
    """Runs a strategy on data; see peaktrade.backtest."""

def broker_settings() -> list[tuple[str, str, str]]:
    """Further options of a broker: name, what is written, and what it means."""

def cpu_info(root: str = '/') -> dict:
    """
    The cores that may be used and those there are; see peaktrade.core.parallel.get_cpu_info.
    """

def usual_workers(computing: bool) -> int:
    """
    Workers where none are asked for: the performance cores for what computes, more for what waits.
    """

def prefer_performance_cores(slot: int) -> None:
    """
    Moves this thread to the performance cores, if it is one of so few that they are enough.
    """

def fork_process() -> int:
    """
    A copy of this process that goes on from here, with this thread alone; 0 in it.
    """

def backtest_columns(data: object, signals: list[Any], metrics: list[str], run: dict[str, Any], threads: int) -> tuple[dict[str, Any], str]:
    """Runs every column of signals; see peaktrade.backtest_columns."""

def default_sweep_store() -> str:
    """Where sweeps keep their results; empty: nowhere."""

def lower_is_better(metric: str) -> bool:
    """Whether less of a metric is better."""

def add_to_sweep_store(store: str, file: str, bytes: bytes) -> None:
    """Adds rows that another process kept to a store."""

class SweepJob:
    """A sweep that runs on threads of its own."""

    def __init__(self, markets: list[tuple[str, Any, list[str]]], strategy: object, grid: dict[str, Any], where: str, sampling: str, samples: int, seed: int, metrics: list[str], run: dict[str, Any], threads: int, store: str, streams: bool, part: dict[str, Any], out: str = '') -> None: ...

    def wait(self, seconds: float) -> bool:
        """Whether it is done, after at most so long."""

    def next_batch(self, seconds: float) -> dict[str, Any] | None:
        """
        Rows that have been finished, after at most so long; None if there are none.
        """

    def stop(self) -> None:
        """Asks it to stop; what is finished is kept."""

    def progress(self) -> tuple[int, int, float]:
        """Rows done, rows in all, rows a second."""

    def take(self) -> SweepResult:
        """The result; once."""

class SweepResult:
    """A sweep; see peaktrade.SweepResult."""

    def columns(self, rows: Sequence[int] | None = None) -> dict[str, Any]: ...

    def top(self, count: int, metric: str) -> list[int]: ...

    def best(self, metric: str) -> int: ...

    def heatmap(self, x: str, y: str, metric: str, reduce: str) -> tuple[Any, Any, Any]: ...

    def text(self, sort: str, top: int) -> str: ...

    def json(self, sort: str, top: int) -> str: ...

    def write(self, path: object) -> None: ...

    def report(self, path: object, sort: str) -> None: ...

    def overfitting(self, metric: str, effort: str) -> dict[str, Any]: ...

    def missing(self) -> Any:
        """Rows that are not finished."""

    def places(self, rows: Sequence[int]) -> list[int]:
        """Places in the product of the grid's axes."""

    def recount(self, computed: int, reused: int, elapsed_s: float) -> None:
        """For results that were put together from several sweeps."""

    @property
    def grid_places(self) -> list[int]:
        """Places in the product of the axes of the grid's rows."""

    @property
    def blocks(self) -> int: ...

    def failures(self) -> list[tuple[int, str]]: ...

    def market(self, row: int) -> int: ...

    def parameters(self) -> list[str]: ...

    def metrics(self) -> list[str]: ...

    @property
    def rows(self) -> int: ...

    @property
    def computed(self) -> int: ...

    @property
    def reused(self) -> int: ...

    @property
    def complete(self) -> bool: ...

    @property
    def elapsed_s(self) -> float: ...

    @property
    def note(self) -> str: ...

    @property
    def plan(self) -> str: ...

    @property
    def strategy(self) -> Strategy: ...

    @property
    def origin(self) -> object: ...

class SweepRecorder:
    """A sweep whose runs Python makes."""

    def __init__(self, markets: list[tuple[str, Any, list[str]]], strategy: str, grid: dict[str, Any], where: str, sampling: str, samples: int, seed: int, metrics: list[str], out: str = '') -> None: ...

    @property
    def rows(self) -> int: ...

    def parameters(self, row: int) -> dict[str, Any]: ...

    def market(self, row: int) -> int: ...

    def put(self, row: int, run: Result) -> None: ...

    def fail(self, row: int, reason: str) -> None: ...

    def take(self, elapsed_s: float) -> SweepResult: ...

def walk_forward(data: object, strategy: object, grid: dict, where: str, run: dict, anchored: bool, windows: int, train: int, test: int, purge: int, embargo: int, metric: str, threads: int) -> tuple: ...

def cross_validation(data: object, strategy: object, grid: dict, where: str, run: dict, groups: int, test_groups: int, purge: int, embargo: int, threads: int) -> tuple: ...

def monte_carlo(data: object, strategy: object, run: dict, method: str, paths: int, mean_length: float, seed: int, ruin: float, threads: int) -> tuple: ...

def monte_carlo_of_result(result: Result, method: str, paths: int, mean_length: float, seed: int, ruin: float, threads: int) -> tuple: ...

def sensitivity(data: object, strategy: object, run: dict, metric: str, steps: int, step: float, costs: int, bad_times: int, windows: Sequence[tuple[str, int, int]]) -> tuple: ...

def lookahead(data: object, strategy: object, run: dict, cuts: int, pairs: int, every_bar: bool) -> tuple: ...

def lookahead_of_function(bars: int, decide: object, name: str, cuts: int, pairs: int, every_bar: bool, tolerance: float) -> tuple: ...

def engine_version() -> str: ...

def result_json(result: Result, indent: int = 2, definitions: bool = True, trades: bool = False, orders: bool = False) -> str:
    """The same text as `peak backtest --json`."""

def result_state(result: Result) -> dict[str, Any]:
    """The run as arrays, numbers and texts, for a file."""

def result_from_state(state: dict[str, Any]) -> Result:
    """The run that was described."""

def write_report(result: Result, path: object, title: str = '') -> None:
    """Writes the HTML report."""

def result_summary(result: Result, width: int = 100) -> str:
    """Metrics and what became of signals, as text."""

def store_schema() -> dict:
    """Tables, migrations and indexes of a trade store as SQL."""

def store_insert_sql(table: str, columns: Sequence[str], rows: int = 1) -> str: ...

def store_quoted_name(name: str) -> str: ...

def plan_step(detail: str) -> tuple[str, bool, str] | None:
    """
    Table, whether it is read from end to end, and index of one line of a query's plan.
    """

def is_sort_step(detail: str) -> bool: ...

def resolve_table(sql: str, name: str, tables: Sequence[tuple[str, Sequence[str]]]) -> str | None: ...

def index_candidates(sql: str, table: str, columns: Sequence[str]) -> list:
    """
    Indexes that may help a query: table, columns, name and statement of each.
    """

def run_rows(result: Result, created_at: int, name: str, data_path: str) -> dict: ...

class TradeBatches:
    """Checked trades as parameters of statements of many rows."""

    def __init__(self, rows: list, fields: Sequence[str], known: Sequence[str], as_given: bool, rows_at_once: int) -> None: ...

    @staticmethod
    def of_table(table: object, as_given: bool, rows_at_once: int) -> TradeBatches: ...

    @property
    def fields(self) -> list[str]: ...

    @property
    def wanted(self) -> str: ...

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[tuple[object, ...]]: ...

    def __next__(self) -> tuple[object, ...]: ...

    def rest(self) -> list:
        """The rows that fill no whole statement."""

def pack_value(value: object | None) -> bytes:
    """A value of the cache as bytes."""

def unpack_value(packed: bytes) -> object:
    """The value of packed bytes."""

def content_key(value: object | None) -> str:
    """
    32 hexadecimal digits that stand for a value's content on every machine.
    """

class ComputationLease:
    """The right to compute a key, among processes."""

    def release(self) -> None: ...

class CacheBase:
    """Base of peaktrade.core.cache.MultiLevelCache, which says more."""

    def __init__(self, options: dict) -> None: ...

    __init_subclass__: classmethod_descriptor = ...

    get: types.MethodDescriptorType = ...

    def set(self, key: object | None, value: object | None, ttl: object | None = None, tags: object | None = ()) -> None:
        """
        Stores the value in every level. ttl: seconds, a timedelta, None for the cache's default, math.inf for ever.
        """

    def get_from_memory(self, key: object, default: object | None) -> object: ...

    def get_stale(self, key: object, default: object | None) -> object: ...

    def try_lease(self, key: object) -> ComputationLease: ...

    def set_result(self, key: object, value: object | None, ttl: object | None, tags: object, memory_only: bool, stale_for: object) -> None: ...

    def set_many(self, items: object | None, ttl: object | None = None, tags: object | None = ()) -> None:
        """Stores a dict of values; one round trip to Redis."""

    def get_many(self, keys: object | None) -> dict:
        """A dict of the keys that some level has; one round trip to Redis."""

    def get_or_compute(self, key: object | None, function: object | None, ttl: object | None = None, tags: object | None = ()) -> object:
        """
        The value, or what function() makes, which is stored. One computation per key at a time; others wait for it.
        """

    def delete(self, key: object | None) -> bool:
        """Removes the key from every level; True if some level had it."""

    def clear(self) -> None:
        """Removes everything from every level."""

    def __contains__(self, key: object | None) -> bool: ...

    def __len__(self) -> int: ...

    def invalidate_tag(self, tag: str) -> int: ...

    def invalidate_prefix(self, prefix: object) -> int: ...

    def get_stats(self) -> dict:
        """
        What each level counted: a dict with l1, l2 and l3, each with hits, misses, hit_rate, sets, evictions, errors.
        """

    def hit_rate_advice(self) -> list[str]:
        """
        A sentence for each level that falls short of its target (80 %, 50 %, 30 %).
        """

    def warm_from_last_run(self, threads: int) -> int: ...

    def start_recording(self) -> None: ...

    def stop_recording(self) -> list: ...

    def close(self) -> None:
        """
        Notes the most used keys for the next run and frees everything. Later calls are errors.
        """

def cached_call(function: object, options: dict) -> object:
    """The function with a cache before it."""

def cached_call_key(call: object, args: tuple, kwargs: dict) -> object:
    """The key of a call, or None when the arguments do not fit the function."""

def cached_call_counts(call: object) -> tuple:
    """Hits and misses of a cached function."""

class Configuration:
    """The settings, and what set each of them."""

    @staticmethod
    def load(folder: str = '') -> Configuration:
        """
        Defaults, config/performance.toml from the folder on (or the file itself, or the one that PEAKTRADE_CONFIG names), environment.
        """

    @staticmethod
    def defaults() -> Configuration:
        """The defaults alone."""

    def __getitem__(self, key: str) -> bool | int | float | str: ...

    def set(self, key: str, value: bool | int | float | str) -> None:
        """Sets a value over file and environment, here alone."""

    def keys(self) -> list[str]: ...

    def __iter__(self) -> Iterator[str]: ...

    def __len__(self) -> int: ...

    def origin(self, key: str) -> str:
        """
        What set it: 'default', a file and line, a variable of the environment, 'argument'.
        """

    @property
    def file(self) -> str:
        """The file that was read; empty if there was none."""

    def __repr__(self) -> str: ...

def default_configuration_file() -> str:
    """A file with every setting at its default."""

def configuration_schema() -> str:
    """JSON Schema of config/performance.toml, for editors."""

class Measurement:
    """What was measured; seconds and bytes."""

    @property
    def name(self) -> str: ...

    @property
    def iterations(self) -> int:
        """Samples taken."""

    @property
    def loops(self) -> int:
        """Calls within a sample."""

    @property
    def mean(self) -> float: ...

    @property
    def median(self) -> float: ...

    @property
    def median_low(self) -> float:
        """The median lies above with 97.5 % confidence."""

    @property
    def median_high(self) -> float:
        """The median lies below with 97.5 % confidence."""

    @property
    def std(self) -> float: ...

    @property
    def min(self) -> float: ...

    @property
    def max(self) -> float: ...

    @property
    def memory_peak(self) -> float | None:
        """Bytes that Python allocated at most, or None."""

    @memory_peak.setter
    def memory_peak(self, arg: float | None, /) -> None: ...

    @property
    def native_memory_peak(self) -> float | None:
        """Bytes by which the process grew, or None."""

    @native_memory_peak.setter
    def native_memory_peak(self, arg: float | None, /) -> None: ...

    def __str__(self) -> str: ...

    def __repr__(self) -> str: ...

class MeasurementChange:
    """One measurement against an earlier one."""

    @property
    def ratio(self) -> float:
        """Of the medians: 2 is twice as slow."""

    @property
    def low(self) -> float: ...

    @property
    def high(self) -> float: ...

    @property
    def verdict(self) -> str: ...

    def __repr__(self) -> str: ...

def summarize_samples(name: str, samples: Sequence[float], loops: int) -> Measurement:
    """Seconds of each sample as a Measurement."""

def loops_for(seconds: float, shortest_sample: float) -> int:
    """Calls that make a sample."""

def compare_measurements(now: Measurement, before: Measurement, tolerance: float) -> MeasurementChange:
    """
    Slower or faster only if the intervals do not touch and the medians differ by more than the tolerance.
    """

def measurements_to_json(measurements: Sequence[Measurement]) -> str: ...

def measurements_from_json(text: str) -> list[Measurement]: ...

def format_seconds(seconds: float) -> str: ...

class Portfolio:
    """
    The books of a live or paper account: what is held, what it is worth, what it has earned.

    It records facts: a fill is booked whether it could be afforded or not. Quantities are signed, profit and loss go by average cost, and value == contributed + realised_pnl + open_pnl.
    """

    def __init__(self, cash: float = 10000, symbols: Iterable[str] | None = None, *, multipliers: dict[str, float] | None = None) -> None: ...

    def add_symbol(self, symbol: str, multiplier: float = 1) -> int:
        """Adds a symbol; gives its place in the array of prices."""

    def update(self, prices: Sequence[float] | Mapping[str, float] | Any) -> None:
        """
        New prices: an array with one for each symbol in their order, or a mapping of some symbols to prices. NaN keeps the last price.
        """

    def apply_fill(self, symbol: str, quantity: float, price: float, fee: float = 0) -> None:
        """Books a fill; quantity is above 0 for a purchase, below for a sale."""

    def apply_payment(self, symbol: str, amount: float) -> None:
        """Money that a symbol brings (dividend, funding), or costs if below 0."""

    def apply_split(self, symbol: str, ratio: float) -> None:
        """Each unit becomes ratio units at price / ratio."""

    def deposit(self, amount: float) -> None:
        """Money from outside, or taken out if below 0; no profit."""

    @property
    def symbols(self) -> list[str]: ...

    @property
    def cash(self) -> float: ...

    @property
    def contributed(self) -> float:
        """Starting cash and deposits."""

    @property
    def value(self) -> float:
        """Cash and all positions at their prices."""

    @property
    def exposure(self) -> float:
        """Sum of the sizes of all position values, in currency."""

    @property
    def net_exposure(self) -> float:
        """Sum of all position values, shorts negative."""

    @property
    def open_pnl(self) -> float: ...

    @property
    def realised_pnl(self) -> float:
        """Of closed parts and payments, less all fees."""

    @property
    def fees(self) -> float: ...

    def weight(self, symbol: str) -> float:
        """Position value as a fraction of value."""

    def position(self, symbol: str) -> dict[str, float]:
        """
        units, average_price, price, value, open_pnl, realised_pnl and fees of a symbol.
        """

    @property
    def positions(self) -> dict[str, dict[str, float]]:
        """Of every symbol that is held."""

    def __len__(self) -> int: ...

    def __repr__(self) -> str: ...

class Runner:
    """A strategy fed bar by bar; use peaktrade.Runner."""

    def __init__(self, strategy: object, options: dict, columns: Sequence[str]) -> None: ...

    def push(self, time: int, open: float, high: float, low: float, close: float, volume: float, further: Sequence[float]) -> list: ...

    def result(self) -> Result: ...

    def save(self, notes: str) -> bytes: ...

    def restore(self, state: bytes) -> str: ...

    def order(self, id: int) -> object: ...

    @property
    def tags(self) -> list: ...

    @property
    def instance(self) -> object: ...

    @property
    def bar(self) -> int: ...

    @property
    def time(self) -> int: ...

    @property
    def position(self) -> float: ...

    @property
    def cash(self) -> float: ...

    @property
    def equity(self) -> float: ...

class Calendar:
    """Days and hours of trading; made by peaktrade.calendar()."""

    @staticmethod
    def named(name: str) -> Calendar: ...

    @staticmethod
    def of_sessions(name: str, days: Sequence[int], opens: Sequence[int], closes: Sequence[int]) -> Calendar: ...

    @property
    def name(self) -> str: ...

    def is_session(self, day: int) -> bool:
        """Whether the day (days since 1970) is traded."""

    def is_open(self, time: int) -> bool:
        """Whether the market is open at a time (nanoseconds since 1970, UTC)."""

    def missing_bars(self, after: int, before: int, step: int) -> int: ...

    def sessions(self, first: int, last: int) -> tuple:
        """
        Days, opens and closes of the sessions named by days from first to last.
        """

class CheckedData:
    """Findings about data; use peaktrade.check."""

    def json(self) -> str: ...

    def text(self, width: int = 100) -> str: ...

    def write(self, path: object) -> None: ...

    def fixed(self) -> dict: ...

    @property
    def zone(self) -> str: ...

def check_data(named: dict, reading: object, calendar: Calendar | None, outlier_moves: float, frozen_bars: int, places: int) -> CheckedData: ...

def repair_data(name: str, data: object, rules: str, reading: object, calendar: Calendar | None, outlier_moves: float, frozen_bars: int, places: int) -> CheckedData: ...

def resample_bars(bars: Bars, timeframe: str, origin: str, origin_time: int | None, offset: int, closed_right: bool, label_right: bool, keep_empty: bool, sessions: Calendar | None) -> Bars: ...

def resample_panel(panel: Panel, timeframe: str, origin: str, origin_time: int | None, offset: int, closed_right: bool, label_right: bool, keep_empty: bool, sessions: Calendar | None) -> Panel: ...

def bars_columns(bars: Bars) -> dict:
    """The columns of bars as arrays that share their memory."""

def timeframe_text(text: str) -> str:
    """The shortest form of a timeframe: '4h' for '240min'."""

def timeframe_length(text: str) -> int:
    """Nanoseconds; of months the mean."""

def read_dataset(paths: Sequence[str], reading: object) -> dict: ...

def bars_from_ticks(ticks: object, rule: str, reading: object) -> Bars: ...

def adjusted(bars: Bars, splits: bool, dividends: bool) -> Bars: ...

def aligned(bars: Sequence[Bars], how: str) -> list: ...

def scaled(bars: Bars, factor: float) -> Bars: ...

def converted(bars: Bars, rates: Bars, divide: bool) -> Bars: ...

class PanelContext:
    """What a strategy class over many symbols sees and does on a bar."""

    def __getitem__(self, symbol: str, /) -> peaktrade._context.Context:
        """One symbol."""

    def __contains__(self, arg: object, /) -> bool: ...

    def __iter__(self) -> Iterator[str]: ...

    def __len__(self) -> int: ...

    def __getattr__(self, name: str, /) -> NoReturn: ...

    @property
    def symbols(self) -> list[str]:
        """All symbols, in the order of the data."""

    @property
    def ready(self) -> list[str]:
        """Symbols that have a bar now and whose indicators are known."""

    def has_bar(self, symbol: str) -> bool:
        """Whether the symbol has a bar now."""

    @property
    def bar(self) -> int:
        """Number of the present stamp, from 0."""

    @property
    def time(self) -> datetime.datetime:
        """The present stamp, with the data's zone."""

    @property
    def equity(self) -> float:
        """Equity at the present closes; of a symbol without a bar at its last."""

    @property
    def cash(self) -> float:
        """Cash."""

    @property
    def orders(self) -> list[peaktrade._context.OrderHandle]:
        """Orders that have not ended, by symbol."""

    def indicator(self, function: object, /, *args: Any, **kwargs: Any) -> dict[str, peaktrade._context.Series]:
        """
        In init: declares what is computed once for all bars of every symbol; its series by symbol.
        """

    def parameter(self, name: str, default: float) -> float:
        """In init: the value given for a parameter, or its default."""

    def warm_up(self, bars: int) -> None:
        """In init: the first stamp on which on_bar is called."""

    def buy(self, symbol: str, /, *args: Any, **kwargs: Any) -> peaktrade._context.OrderHandle:
        """As ctx[symbol].buy(...)."""

    def sell(self, symbol: str, /, *args: Any, **kwargs: Any) -> peaktrade._context.OrderHandle:
        """As ctx[symbol].sell(...)."""

    def close_position(self, symbol: str, /) -> peaktrade._context.OrderHandle | None:
        """Closes what is held of the symbol; None while flat."""

    def target_weight(self, symbol: str, weight: float, /) -> peaktrade._context.OrderHandle:
        """Brings the symbol's position to a fraction of equity."""

    def target_weights(self, weights: Mapping[str, float]) -> None:
        """
        The same for several symbols at once, as rule 14 has them; those that are not named are left alone.
        """

    def protect(self, symbol: str, /, *, sl: float | None = None, tp: float | None = None) -> bool:
        """A new stop and target for the position held."""

    def cancel(self, order: peaktrade._context.OrderHandle) -> bool:
        """Ends an order; False if it had ended."""

    def replace(self, order: peaktrade._context.OrderHandle, /, *args: Any, **kwargs: Any) -> bool:
        """New terms for what is left of an order; False if it had ended."""

    def __repr__(self) -> str: ...

class Panel:
    """
    Bars of many symbols on one time line, each with its own calendar and gaps.

    ``data``: a mapping of symbols to frames (or anything that ``backtest`` takes as data), a long frame with a
    column ``symbol``, ``ticker`` or ``asset`` (or ``symbol_column``), a wide frame of closes, or paths of files
    and folders. ``currency`` names the currency of symbols that are not in the account's, ``rates`` the
    series of what one unit of each costs. ``mixed`` takes series of different zones or frequencies. ``others`` are symbols that formulas read by name,
    symbol("VIX", close), and nothing trades.
    """

    def __init__(self, data: Any, *, symbol_column: str | None = None, currency: dict[str, str] | None = None, rates: dict[str, Any] | None = None, mixed: bool = False, others: dict[str, Any] | None = None) -> None: ...

    def __len__(self) -> int: ...

    @property
    def symbols(self) -> list[str]: ...

    def __getitem__(self, symbol: str, /) -> Bars: ...

    def times(self) -> numpy.typing.NDArray[numpy.int64]: ...

    def index(self) -> Bars:
        """The equal-weight index of the symbols, which runs are compared with."""

    def __repr__(self) -> str: ...

def backtest_panel(panel: Panel, strategy: object, options: dict[str, object], rebalance: str | None = None, cash_sharing: bool = True, instruments: dict[str, object] | None = None) -> Result: ...

def backtest_weights(panel: Panel, times: object, weights: object, name: str, options: dict[str, object], rebalance: str | None = None, instruments: dict[str, object] | None = None) -> Result: ...

def allocation_names() -> list[str]:
    """The recipes of target weights that are built in."""

def allocation_of(formula: object) -> Strategy:
    """An allocation of a formula or an expression."""

def find_allocation(name: str) -> Strategy:
    """A built-in recipe of target weights by name."""

def panel_sweep_job(panel: Panel, strategy: object, grid: dict[str, Any], where: str, sampling: str, samples: int, seed: int, metrics: list[str], options: dict[str, object], rebalance: str | None, cash_sharing: bool, instruments: dict[str, object] | None, threads: int, store: str, streams: bool, out: str) -> SweepJob:
    """A sweep whose every combination is one run over all symbols."""

def lookahead_panel(panel: Panel, strategy: object, options: dict, rebalance: object | None, cash_sharing: bool, instruments: object | None, cuts: int, pairs: int, every_bar: bool) -> tuple: ...

def panel_known_at(panel: Panel, count: int) -> Panel:
    """What was known at the close of the last of ``count`` stamps."""

def walk_forward_panel(panel: Panel, strategy: object, grid: dict, where: str, options: dict, rebalance: object | None, cash_sharing: bool, instruments: object | None, anchored: bool, windows: int, train: int, test: int, purge: int, embargo: int, metric: str, threads: int) -> tuple: ...

def cross_validation_panel(panel: Panel, strategy: object, grid: dict, where: str, options: dict, rebalance: object | None, cash_sharing: bool, instruments: object | None, groups: int, test_groups: int, purge: int, embargo: int, threads: int) -> tuple: ...

def sensitivity_panel(panel: Panel, strategy: object, options: dict, rebalance: object | None, cash_sharing: bool, instruments: object | None, metric: str, steps: int, step: float, costs: int, bad_times: int, windows: Sequence[tuple[str, int, int]]) -> tuple: ...

class PanelRunner:
    """
    A strategy over many symbols fed a stamp at a time; use peaktrade.PanelRunner.
    """

    def __init__(self, symbols: Sequence[str], strategy: object, weights: object | None, options: dict, columns: Sequence[str], rebalance: object | None, cash_sharing: bool, instruments: object | None) -> None: ...

    def push(self, time: int, symbols: Sequence[int], rows: Sequence[Sequence[float]]) -> list: ...

    def result(self) -> Result: ...

    def save(self, notes: str) -> bytes: ...

    def restore(self, state: bytes) -> str: ...

    def order(self, symbol: int, id: int) -> object: ...

    @property
    def tags(self) -> list: ...

    @property
    def instance(self) -> object: ...

    @property
    def bar(self) -> int: ...

    @property
    def positions(self) -> dict: ...

    @property
    def cash(self) -> float: ...

    @property
    def equity(self) -> float: ...

__version__: str
