"""A footer whose lowest time stands above its highest says nothing: rows were left out by an overflow (found by the fuzzer)."""

import datetime
import struct

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import peaktrade as pt

DAYS = [datetime.date(2020, 1, 1) + datetime.timedelta(days=place) for place in range(12)]


def stored(day):
    return struct.pack("<i", (day - datetime.date(1970, 1, 1)).days)


@pytest.mark.parametrize(
    ("lowest", "highest"), [(411_478, 5), (2**31 - 1, 2**31 - 1), (-(2**31), 5 - 2**31), (20_000, 5)]
)
def test_statistics_that_no_column_has_leave_out_no_row(tmp_path, lowest, highest):
    path = tmp_path / "bars.parquet"
    table = pa.table({"date": pa.array(DAYS), "close": [1.5] * len(DAYS)})
    pq.write_table(table, path, compression="none", store_schema=False)
    good = path.read_bytes()
    footer = len(good) - 8 - struct.unpack("<i", good[-8:-4])[0]
    ends = good[footer:]
    assert ends.count(stored(DAYS[0])) == 2 and ends.count(stored(DAYS[-1])) == 2  # in the old fields and the new
    ends = ends.replace(stored(DAYS[0]), struct.pack("<i", lowest)).replace(
        stored(DAYS[-1]), struct.pack("<i", highest)
    )
    path.write_bytes(good[:footer] + ends)
    assert len(pt.read_bars(path, start="2020-01-03", end="2020-01-05")) == 3
