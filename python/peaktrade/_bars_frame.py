"""peaktrade.Bars as frames of other libraries, and as a notebook shows them."""

from __future__ import annotations

from . import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SHOWN = 5  # rows at the beginning and at the end


def to_pandas(bars: _native.Bars, zone: str) -> Any:
    """Its own memory, so that it can be written to."""
    import pandas

    columns = _native.bars_columns(bars)
    times = pandas.DatetimeIndex(columns.pop("time"), name="time")
    if zone:
        times = times.tz_localize("UTC").tz_convert(zone)
    return pandas.DataFrame(columns, index=times, copy=True)


def to_polars(bars: _native.Bars, zone: str) -> Any:
    from ._tables import polars_frame

    return polars_frame(_native.bars_columns(bars), zone)


def to_arrow(bars: _native.Bars, zone: str) -> Any:
    from ._tables import arrow_table

    return arrow_table(_native.bars_columns(bars), zone)


def to_html(bars: _native.Bars) -> str:
    from html import escape

    columns = _native.bars_columns(bars)
    count = len(bars)
    rows = list(range(count)) if count <= 2 * _SHOWN else [*range(_SHOWN), -1, *range(count - _SHOWN, count)]
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = ""
    for row in rows:
        cells = "".join(f"<td>{'&hellip;' if row < 0 else _cell(values[row])}</td>" for values in columns.values())
        body += f"<tr>{cells}</tr>"
    notes = "".join(f"<p>{escape(note)}</p>" for note in bars.notes)
    return (
        f"<div><p><b>{escape(repr(bars))}</b></p>{notes}"
        f'<table style="text-align:right"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _cell(value: Any) -> str:
    if value.dtype.kind != "M":
        return f"{value:,.10g}"
    text = str(value).replace("T", " ")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.removesuffix(" 00:00:00")
