"""Frames in less memory: which library's frame it is, and what is told about each column."""

from __future__ import annotations

from collections.abc import Callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


# Below so many rows starting threads takes longer than the work.
_ROWS_FOR_THREADS = 100_000


def mapped(function: Callable[[Any], Any], columns: list[Any], rows: int) -> list[Any]:
    """The function of every column, in order, on all cores for large frames: numpy and Arrow let go of the interpreter."""
    if rows < _ROWS_FOR_THREADS or len(columns) < 2:
        return [function(column) for column in columns]
    from concurrent.futures import ThreadPoolExecutor

    from .parallel import get_cpu_info

    with ThreadPoolExecutor(min(len(columns), max(1, get_cpu_info()["total_cores"]))) as pool:
        return list(pool.map(function, columns))


class ColumnReport:
    """What became of one column."""

    def __init__(self, before: str, bytes_before: int) -> None:
        self.before = self.after = before
        self.bytes_before = self.bytes_after = self.lossy_bytes = bytes_before
        self.action = "kept"
        self.lossy_error: float | None = None

    def made(self, after: object, size: int, action: str) -> None:
        self.after, self.bytes_after, self.lossy_bytes, self.action = str(after), size, size, action

    def to_dict(self) -> dict[str, Any]:
        return {
            "before": self.before,
            "after": self.after,
            "bytes_before": self.bytes_before,
            "bytes_after": self.bytes_after,
            "lossy_bytes": self.lossy_bytes,
            "action": self.action,
            "lossy_error": self.lossy_error,
        }


def kind_of(df: Any) -> str:
    """ "pandas", "polars" or "arrow"."""
    module = type(df).__module__.partition(".")[0]
    name = type(df).__name__
    if module == "polars" and name == "DataFrame":
        return "polars"
    if module == "pyarrow" and name == "Table":
        return "arrow"
    if module == "pandas" and name == "DataFrame":
        return "pandas"
    if hasattr(df, "memory_usage") and hasattr(df, "columns") and hasattr(df, "index"):
        return "pandas"  # a class derived from DataFrame
    raise TypeError(
        "df must be a pandas or polars DataFrame or an Arrow table, not "
        f"{type(df).__name__}; a series becomes a frame by to_frame()"
    )


def column_bytes(df: Any) -> tuple[list[tuple[Any, int]], int, int]:
    """Name and bytes of each column, rows, columns."""
    kind = kind_of(df)
    if kind == "pandas":
        return [(name, int(size)) for name, size in df.memory_usage(deep=True).items()], len(df), df.shape[1]
    if kind == "polars":
        return [(series.name, int(series.estimated_size())) for series in df.get_columns()], df.height, df.width
    return [(name, column.nbytes) for name, column in zip(df.column_names, df.columns)], df.num_rows, df.num_columns


def optimize(df: Any, lossless: bool, categories: bool, sparse: bool, report: bool) -> tuple[Any, dict[str, Any]]:
    kind = kind_of(df)
    before = sum(size for _, size in column_bytes(df)[0]) if report else 0
    if kind == "pandas":
        from ._memory_pandas import optimize_pandas

        made, columns = optimize_pandas(df, lossless, categories, sparse, report)
    elif kind == "polars":
        from ._memory_arrow import optimize_polars

        made, columns = optimize_polars(df, lossless, categories, report)
    else:
        from ._memory_arrow import optimize_arrow

        made, columns = optimize_arrow(df, lossless, categories, report)
    if not report:
        return made, {}
    after = sum(size for _, size in column_bytes(made)[0])
    return made, {
        "bytes_before": before,
        "bytes_after": after,
        "saved": 1 - after / before if before else 0.0,
        "lossy_bytes": after + sum(column.lossy_bytes - column.bytes_after for _, column in columns),
        "columns": {name: column.to_dict() for name, column in columns},
    }
