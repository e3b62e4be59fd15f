"""Sizes in a Parquet footer whose sum no integer holds were added up, which overflowed."""

import datetime
import struct

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import peaktrade as pt


def varint(value):
    """Thrift's compact form of a signed integer: zigzag, seven bits to a byte."""
    value = (value << 1) ^ (value >> 63)
    stored = bytearray()
    while value > 127:
        stored.append(value & 127 | 128)
        value >>= 7
    stored.append(value)
    return bytes(stored)


@pytest.mark.parametrize("size", [2**63 - 1, 2**62, -1])
def test_sizes_beyond_all_files_are_refused(tmp_path, size):
    path = tmp_path / "bars.parquet"
    days = [datetime.date(2020, 1, 1) + datetime.timedelta(days=place) for place in range(12)]
    table = pa.table({"date": pa.array(days), "close": [1.5] * 12, "high": [2.5] * 12, "note": ["a"] * 12})
    pq.write_table(table, path, compression="none", use_dictionary=False, write_statistics=False)
    good = path.read_bytes()
    footer = len(good) - 8 - struct.unpack("<i", good[-8:-4])[0]
    ends, forged = good[footer:-8], 0
    metadata = pq.read_metadata(path).row_group(0)
    for column in range(metadata.num_columns):
        # An integer of 64 bits, one field after the other: unpacked size, stored size.
        told = metadata.column(column).total_uncompressed_size
        both = b"\x16" + varint(told) + b"\x16" + varint(told)
        forged += ends.count(both)
        ends = ends.replace(both, b"\x16" + varint(size) + b"\x16" + varint(told))
    assert forged == 4
    path.write_bytes(good[:footer] + ends + struct.pack("<i", len(ends)) + b"PAR1")
    with pytest.raises(ValueError, match="max_bytes"):
        pt.read_bars(path, select=["close"])
