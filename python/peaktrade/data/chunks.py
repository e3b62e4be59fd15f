"""Files larger than memory, a piece at a time.

for chunk in peaktrade.iter_chunks("ticks.parquet", rows=1_000_000):
    total += chunk["volume"].sum()
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from .. import _native
from .._errors import DataError, NotFoundError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Literal

__all__ = ["iter_chunks"]

_FRAMES = ["pandas", "polars", "arrow"]


def iter_chunks(
    path: str | os.PathLike[str],
    rows: int = 100_000,
    *,
    columns: Sequence[str] | None = None,
    frame: Literal["pandas", "polars", "arrow"] = "pandas",
) -> Iterator[Any]:
    """Frames of ``rows`` rows each, the last of what is left, of a Parquet, Arrow or CSV file (also in gzip).

    Not more than a few chunks are in memory at once. Columns are those of the file under its names, ``columns`` selects
    some; rows that the file does not index are numbered through. Checks of prices are not made: ``read_bars`` makes them.

    Raises FileNotFoundError, NotFoundError for an unknown column, DataError for a damaged file, at the chunk where it is.
    """
    if isinstance(rows, bool) or not isinstance(rows, int) or rows < 1:
        raise ValueError(f"rows must be a whole number from 1 on, not {rows!r}")
    if frame not in _FRAMES:
        raise ValueError(f"frame '{frame}' is not known{_native.suggestion(str(frame), _FRAMES)}")
    if isinstance(columns, str):
        raise TypeError(f"columns must be several names, not one text: ['{columns}']")
    name = os.fsdecode(path)
    if not os.path.exists(name):
        raise FileNotFoundError(f"there is no file '{name}'")
    if os.path.isdir(name):
        raise IsADirectoryError(f"'{name}' is a folder; give the name of a file in it")
    if not os.path.isfile(name):  # opening a pipe would wait for its writer, reading a device may never end
        raise DataError(
            f"'{name}' is a pipe, a device or a socket, which is not read in pieces; write it to a file first"
        )
    return _chunks(name, rows, None if columns is None else [str(column) for column in columns], frame)


def _chunks(name: str, rows: int, columns: list[str] | None, frame: str) -> Iterator[Any]:
    import pyarrow

    offset = 0
    try:
        for table in _of_length(_tables(name, rows, columns), rows):
            yield _made(table, offset, frame)
            offset += table.num_rows
    except (pyarrow.ArrowInvalid, pyarrow.ArrowNotImplementedError, OSError, EOFError) as error:
        raise DataError(
            f"'{name}' is damaged, or not a Parquet, Arrow or CSV file, after row {offset}: {error}"
        ) from error


def _tables(name: str, rows: int, columns: list[str] | None) -> Iterator[Any]:
    """The file's rows as tables of any length."""
    import pyarrow
    import pyarrow.parquet

    with open(name, "rb") as file:
        head = file.read(6)
    if head.startswith(b"PAR1"):
        with pyarrow.parquet.ParquetFile(name, page_checksum_verification=True) as parquet:
            _check_columns(name, columns, parquet.schema_arrow.names)
            for batch in parquet.iter_batches(min(rows, 1 << 17), columns=columns, use_pandas_metadata=True):
                yield pyarrow.Table.from_batches([batch])
    elif head == b"ARROW1":
        with pyarrow.memory_map(name) as source, pyarrow.ipc.open_file(source) as arrow:
            _check_columns(name, columns, arrow.schema.names)
            for number in range(arrow.num_record_batches):
                table = pyarrow.Table.from_batches([arrow.get_batch(number)])
                yield table if columns is None else table.select(columns)
    else:
        yield from _csv(name, columns, gzip=head.startswith(b"\x1f\x8b"))


def _csv(name: str, columns: list[str] | None, gzip: bool) -> Iterator[Any]:
    import pyarrow
    import pyarrow.csv

    source = pyarrow.input_stream(name, compression="gzip" if gzip else None)
    with source, pyarrow.csv.open_csv(source) as reader:
        _check_columns(name, columns, reader.schema.names)
        for batch in reader:
            table = pyarrow.Table.from_batches([batch])
            yield table if columns is None else table.select(columns)


def _check_columns(name: str, columns: list[str] | None, known: list[str]) -> None:
    for column in columns or ():
        if column not in known:
            raise NotFoundError(f"'{name}' has no column '{column}'{_native.suggestion(column, list(known))}")


def _of_length(tables: Iterator[Any], rows: int) -> Iterator[Any]:
    import pyarrow

    waiting: list[Any] = []
    count = 0
    for table in tables:
        waiting.append(table)
        count += table.num_rows
        while count >= rows:
            whole = pyarrow.concat_tables(waiting)
            yield whole.slice(0, rows)
            waiting, count = [whole.slice(rows)], count - rows
    if count:
        yield pyarrow.concat_tables(waiting)


def _made(table: Any, offset: int, frame: str) -> Any:
    from ..core._parquet_read import frame_of

    made = frame_of(table, frame)
    if frame == "pandas":
        import pandas

        if isinstance(made.index, pandas.RangeIndex):
            made.index = pandas.RangeIndex(offset, offset + len(made), name=made.index.name)
    return made
