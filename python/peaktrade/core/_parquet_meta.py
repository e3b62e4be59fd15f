"""What a Parquet file cannot say of a frame, as JSON in its metadata.

frame         the library whose frame was saved: pandas, polars, arrow
sparse        column to the type that was sparse
categories    column to its categories: all, in order, with the ones that no row has
frequency     of the time index
decimals      column to the number of decimals of floats that were written as such
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

KEY = b"peaktrade"
VERSION = 1


def pack(told: dict[str, Any]) -> bytes:
    return json.dumps({"version": VERSION, **told}, allow_nan=False).encode()


def unpack(metadata: dict[bytes, bytes] | None) -> dict[str, Any]:
    """Nothing for files of others, and for what a later version may mean by it."""
    try:
        told = json.loads((metadata or {})[KEY])
    except (KeyError, ValueError):
        return {}
    return told if isinstance(told, dict) and told.get("version") == VERSION else {}


def pack_array(values: Any) -> str:
    """An Arrow array of any type as text."""
    import base64

    import pyarrow

    batch = pyarrow.record_batch([values], names=["values"])
    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return base64.b64encode(sink.getvalue()).decode()


def unpack_array(text: str) -> Any:
    import base64

    import pyarrow

    with pyarrow.ipc.open_stream(base64.b64decode(text)) as stream:
        return stream.read_all().column("values").combine_chunks()
