"""Parquet and Arrow files through libpeak_io: types, codecs, and damage."""

import re
import subprocess
import sys

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as parquet
import pytest

import peaktrade as pt
from frames import NAMES, arrays

COLUMNS = arrays()
TABLE = pa.table(COLUMNS)
FINGERPRINT = pt.Bars(COLUMNS).fingerprint


def stream(table, path):
    with pa.ipc.new_stream(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=70)


WRITERS = {
    "parquet": lambda path: parquet.write_table(TABLE, path),
    "parquet without dictionary": lambda path: parquet.write_table(
        TABLE, path, use_dictionary=False, compression="none"
    ),
    "parquet zstd": lambda path: parquet.write_table(TABLE, path, compression="zstd"),
    "parquet gzip": lambda path: parquet.write_table(TABLE, path, compression="gzip"),
    "parquet brotli": lambda path: parquet.write_table(TABLE, path, compression="brotli"),
    "parquet lz4": lambda path: parquet.write_table(TABLE, path, compression="lz4"),
    "parquet of many row groups": lambda path: parquet.write_table(TABLE, path, row_group_size=13),
    "parquet with int96 times": lambda path: parquet.write_table(TABLE, path, use_deprecated_int96_timestamps=True),
    "parquet version 1": lambda path: parquet.write_table(TABLE, path, version="1.0", coerce_timestamps="us"),
    "parquet with page index": lambda path: parquet.write_table(
        TABLE, path, data_page_version="2.0", write_page_index=True
    ),
    "parquet with split bytes": lambda path: parquet.write_table(
        TABLE, path, use_dictionary=False, column_encoding=dict.fromkeys(NAMES, "BYTE_STREAM_SPLIT")
    ),
    "parquet by polars": lambda path: pl.DataFrame(COLUMNS).write_parquet(path),
    "parquet by pandas": lambda path: pl.DataFrame(COLUMNS).to_pandas().set_index("time").to_parquet(path),
    "feather lz4": lambda path: feather.write_feather(TABLE, path, compression="lz4"),
    "feather zstd": lambda path: feather.write_feather(TABLE, path, compression="zstd"),
    "feather uncompressed": lambda path: feather.write_feather(TABLE, path, compression="uncompressed"),
    "feather in chunks": lambda path: feather.write_feather(TABLE, path, chunksize=11),
    "ipc by polars": lambda path: pl.DataFrame(COLUMNS).write_ipc(path, compression="lz4"),
    "stream": lambda path: stream(TABLE, path),
}


@pytest.mark.parametrize("form", WRITERS)
def test_files_hold_the_same_bars(tmp_path, form):
    path = tmp_path / "bars.data"  # the bytes tell, not the name
    WRITERS[form](path)
    bars = pt.read_bars(path)
    assert bars.fingerprint == FINGERPRINT
    assert pt.backtest(path, "sma_cross").to_dict()["data"]["path"] == str(path)


def test_zone_of_a_file(tmp_path):
    table = TABLE.set_column(0, "time", TABLE["time"].cast(pa.timestamp("ns", "America/New_York")))
    parquet.write_table(table, tmp_path / "zone.parquet")
    bars = pt.read_bars(tmp_path / "zone.parquet")
    assert bars.fingerprint == FINGERPRINT
    assert bars.time_zone == "America/New_York"


def test_files_of_the_project_agree(example_csv, example_parquet):
    assert pt.read_bars(example_csv).fingerprint == pt.read_bars(example_parquet).fingerprint


@pytest.mark.parametrize(
    "form", ["parquet", "parquet without dictionary", "feather lz4", "feather uncompressed", "stream"]
)
def test_damage_is_refused_and_never_a_crash(tmp_path, form):
    path = tmp_path / "bars.data"
    WRITERS[form](path)
    good = path.read_bytes()
    generator = np.random.default_rng(11)
    refused = 0
    for _ in range(200):
        bad = bytearray(good)
        choice = generator.integers(0, 3)
        if choice == 0:
            bad = bad[: generator.integers(0, len(bad))]
        else:
            tail = 0 if choice == 1 else max(0, len(bad) - 2000)
            for _ in range(generator.integers(1, 8)):
                bad[generator.integers(tail, len(bad))] = generator.integers(0, 256)
        path.write_bytes(bad)
        try:
            pt.read_bars(path)
        except (ValueError, OSError, NotImplementedError) as error:
            refused += 1
            assert "bars.data" in str(error) or "row" in str(error)
    assert refused > 60


def test_nulls_are_missing(tmp_path):
    closes = [1.0, None, 3.0]
    parquet.write_table(pa.table({"date": COLUMNS["time"][:3], "close": closes}), tmp_path / "nulls.parquet")
    with pytest.raises(pt.DataError, match="row 1"):
        pt.read_bars(tmp_path / "nulls.parquet")
    np.testing.assert_array_equal(pt.read_bars(tmp_path / "nulls.parquet", allow_missing=True)["close"], [1, np.nan, 3])
    assert len(pt.read_bars(tmp_path / "nulls.parquet", drop_missing_rows=True)) == 2


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("25.0.1", r"needs? pyarrow==26.*but pyarrow 25\.0\.1 is installed.*pip install 'pyarrow==26"),
        (None, "not installed.*pip install"),
    ],
)
def test_a_wrong_pyarrow_is_told_with_the_remedy(monkeypatch, version, words):
    from importlib import metadata

    from peaktrade import _arrow

    def told(name):
        if version is None:
            raise metadata.PackageNotFoundError(name)
        return version

    monkeypatch.setattr(metadata, "version", told)
    assert re.search(words, _arrow.remedy())
    monkeypatch.undo()
    assert _arrow.remedy() == ""


def test_reading_does_not_import_pyarrow(example_parquet):
    code = f"import sys, peaktrade; peaktrade.read_bars({str(example_parquet)!r}); print('pyarrow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
