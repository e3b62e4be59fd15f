"""Tables in as few bytes as their values allow. The work is done in C++."""

from __future__ import annotations

from . import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _with_texts(data: Any) -> Any:
    """A frame of pandas as an Arrow table: bars leave its texts out, a narrow table keeps them."""
    if not (type(data).__module__.partition(".")[0] == "pandas" and hasattr(data, "columns")):
        return data
    import pandas

    if isinstance(data.index, pandas.RangeIndex) and (numbers := _numbers(data)) is not None:
        return numbers
    import pyarrow

    named = isinstance(data.index, pandas.RangeIndex) or data.index.name is not None
    return pyarrow.Table.from_pandas(data if named else data.rename_axis("time"))


def _numbers(frame: Any) -> dict[str, Any] | None:
    """The columns as they lie in memory, if all are of the two kinds of numbers that a table has."""
    import numpy

    plain = (numpy.dtype("f8"), numpy.dtype("i8"))
    names = list(frame.columns)
    if not names or len(set(names)) < len(names) or not all(type(name) is str for name in names):
        return None
    return {name: frame[name].to_numpy() for name in names} if all(kind in plain for kind in frame.dtypes) else None


class NarrowTable(_native.NarrowColumns):
    """Columns whose values all come back as the same bits, in far fewer bytes.

    Prices are whole numbers over a power of ten, times are distances, texts are codes; what repeats is kept once. Takes what
    ``backtest`` takes as data, or a path; ``peaktrade.backtest`` and the others take it as data in turn. Further arguments are
    those of ``read_bars``."""

    def __init__(self, data: Any, **reading: Any) -> None:
        super().__init__(_with_texts(data), reading)

    def __len__(self) -> int:
        return self.rows

    @property
    def column_names(self) -> list[str]:
        return [column["name"] for column in self.columns()]

    def __getitem__(self, name: str) -> Any:
        """A column as a numpy array; of texts a list."""
        [values] = self.widen([name], 0, self.rows).values()
        if isinstance(values, tuple):
            codes, names = values
            return [names[code] if code >= 0 else None for code in codes]
        return values

    def rows_of(self, first: int, count: int, columns: list[str] | None = None) -> dict[str, Any]:
        """Some rows as arrays by name; only they are widened."""
        if first < 0 or count < 0:
            raise ValueError(f"first and count must be whole numbers from 0, not {first} and {count}")
        return self.widen(self.column_names if columns is None else columns, first, count)

    def to_pandas(self) -> Any:
        from ._tables import frame_like

        return frame_like(None, self.widen(self.column_names, 0, self.rows), self.zone)

    def to_polars(self) -> Any:
        import polars

        from ._tables import frame_like

        return frame_like(polars.DataFrame(), self.widen(self.column_names, 0, self.rows), self.zone)

    def to_arrow(self) -> Any:
        import pyarrow

        from ._tables import frame_like

        return frame_like(pyarrow.table({}), self.widen(self.column_names, 0, self.rows), self.zone)

    def __repr__(self) -> str:
        wide = sum(column["wide_bytes"] for column in self.columns())
        saved = f", {1 - self.nbytes / wide:.0%} less than wide" if wide else ""
        return f"NarrowTable({self.rows:,} rows, {len(self.column_names)} columns, {self.nbytes:,} bytes{saved})"


def narrow(data: Any, **reading: Any) -> NarrowTable:
    """``data`` as a NarrowTable."""
    return NarrowTable(data, **reading)
