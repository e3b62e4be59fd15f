"""Frames in Parquet files that give them back as they were, and values as bytes.

    from peaktrade.core.serialization import load_optimized_parquet, save_optimized_parquet

    save_optimized_parquet(df, "data/ohlcv.parquet")
    df = load_optimized_parquet("data/ohlcv.parquet")
    march = load_optimized_parquet("data/ohlcv.parquet", columns=["close"], start="2024-03-01", end="2024-03-31")

Any Parquet reader reads these files. What only we give back (sparse columns, unused categories, the frequency of an index)
stands in the file's metadata.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from typing import Any, Literal

    from ._serializer import FastSerializer

__all__ = ["FastSerializer", "load_optimized_parquet", "save_optimized_parquet"]


def save_optimized_parquet(
    df: Any,
    path: str | os.PathLike[str],
    compression: str | None = "snappy",
    row_group_size: int | None = None,
    *,
    exact_ticks: bool = False,
) -> str | os.PathLike[str]:
    """Writes a pandas or polars frame or an Arrow table, whole or not at all; gives the path back.

    Texts and numbers that repeat are written by dictionary, whole numbers and times as differences, other floats with
    their bytes apart. Each page has a checksum and its smallest and largest value. ``compression`` is snappy, zstd, lz4,
    gzip, brotli or None; ``row_group_size`` (rows) is taken from the data when None: about 8 MB of them.

    ``exact_ticks=True`` writes prices with few decimals as decimals, a fraction of the size: checked value by value to come
    back as the same bits, columns that would not stay floats. Other readers see decimals.

    The folder is made. Raises TypeError for a column of mixed types, naming it, ValueError for what cannot be a file's
    columns (two of one name), OSError when the system refuses.
    """
    from ._parquet_write import save

    save(df, path, compression, row_group_size, exact_ticks)
    return path


def load_optimized_parquet(
    path: str | os.PathLike[str],
    columns: Sequence[str] | None = None,
    start: Any = None,
    end: Any = None,
    *,
    frame: Literal["pandas", "polars", "arrow"] | None = None,
) -> Any:
    """The frame as it was saved: index, zone, types, categories, sparse columns and ``attrs``; any Parquet file otherwise.

    ``start`` and ``end`` (both included; a text means the whole of its day, hour or minute, as in pandas) select rows by the
    time index, or else the first column of times, and only row groups that may hold such rows are read. Times without
    a zone are taken in the column's. ``columns`` come beside the index. ``frame`` asks for another library's frame than the
    one that was saved.

    Raises FileNotFoundError, DataError for a file that is cut, damaged or no Parquet, NotFoundError for an unknown column.
    """
    from ._parquet_read import load

    return load(path, columns, start, end, frame)


def __getattr__(name: str) -> Any:
    if name == "FastSerializer":
        from ._serializer import FastSerializer

        return FastSerializer
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
