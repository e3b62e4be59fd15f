"""save_optimized_parquet and load_optimized_parquet: what went in comes back, other readers read it, damage is found."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import peaktrade as pt
from peaktrade.core.numpy_accel import optimize_dataframe_memory
from peaktrade.core.serialization import load_optimized_parquet, save_optimized_parquet


def bars(rows=5000, zone="America/New_York"):
    rng = np.random.default_rng(3)
    close = np.round(100 + rng.standard_normal(rows).cumsum() * 0.05, 2)
    return pd.DataFrame(
        {
            "open": np.round(close + 0.01, 2),
            "close": close,
            "ratio": rng.random(rows),
            "volume": rng.integers(1, 10**6, rows).astype(float),
            "symbol": rng.choice(["SPY", "QQQ"], rows),
        },
        index=pd.date_range("2024-03-01 09:30", periods=rows, freq="1min", tz=zone, name="time"),
    )


def there_and_back(frame, path, **options):
    save_optimized_parquet(frame, path, **options)
    return load_optimized_parquet(path)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "frame.parquet"


def frames():
    index = pd.date_range("2020-01-01", periods=6, freq="D")
    yield "bars", bars()
    yield "no zone", bars(zone=None)
    yield "seconds", pd.DataFrame({"a": [1.5, 2.5]}, index=pd.DatetimeIndex(["2020-01-01", "2020-01-03"]).as_unit("s"))
    yield "range index", pd.DataFrame({"a": [1, 2, 3]}, index=pd.RangeIndex(5, 11, 2))
    yield (
        "multi index",
        pd.DataFrame({"a": range(6)}, index=pd.MultiIndex.from_product([["x", "y"], [1, 2, 3]], names=["s", "n"])),
    )
    yield "empty", pd.DataFrame({"a": pd.Series([], dtype="float64"), "b": pd.Series([], dtype="str")})
    yield "no columns", pd.DataFrame(index=index)
    yield "narrow", pd.DataFrame({"a": np.array([1, 2], np.int8), "b": np.array([0.5, 1], np.float32)})
    yield "missing", pd.DataFrame({"f": [1.5, np.nan], "s": ["x", None], "t": pd.to_datetime(["2020-01-01", None])})
    yield (
        "nullable",
        pd.DataFrame({"i": pd.array([1, None], dtype="Int64"), "b": pd.array([True, None], dtype="boolean")}),
    )
    yield (
        "categories",
        pd.DataFrame(
            {
                "c": pd.Categorical(["b", None, "a", "b"], categories=["z", "b", "a", "unused"]),
                "o": pd.Categorical([3, 1, 3, 2], categories=[3, 2, 1], ordered=True),
            }
        ),
    )
    yield "numbers as names", pd.DataFrame({0: [1.0], 1: [2.0]})
    yield (
        "sparse",
        optimize_dataframe_memory(
            pd.DataFrame(
                {
                    "z": np.where(np.arange(200) == 7, 1.5, 0),
                    "n": np.where(np.arange(200) == 7, 1.5, np.nan),
                    "b": np.arange(200) == 3,
                }
            )
        ),
    )
    named = pd.DataFrame({"a": [1.0]})
    named.attrs = {"source": "test", "rows": 1}
    yield "attributes", named


@pytest.mark.parametrize("exact_ticks", [False, True])
@pytest.mark.parametrize(("name", "frame"), list(frames()), ids=lambda value: value if isinstance(value, str) else "")
def test_pandas_frames_come_back_as_they_were(path, name, frame, exact_ticks):
    made = there_and_back(frame, path, exact_ticks=exact_ticks)
    pd.testing.assert_frame_equal(made, frame, check_freq=True, check_column_type=True)
    assert made.attrs == frame.attrs
    assert [str(dtype) for dtype in made.dtypes] == [str(dtype) for dtype in frame.dtypes]
    assert type(made.index) is type(frame.index)
    for column in frame:
        if isinstance(frame[column].dtype, pd.CategoricalDtype):
            assert list(made[column].cat.categories) == list(frame[column].cat.categories)
    assert os.listdir(path.parent) == [path.name]


def test_an_optimized_frame_comes_back_optimized(path):
    frame = optimize_dataframe_memory(bars().assign(fees=lambda f: np.where(f.volume > 900_000, 0.25, 0.0)))
    pd.testing.assert_frame_equal(there_and_back(frame, path), frame)


@pytest.mark.parametrize("exact_ticks", [False, True])
def test_polars_and_arrow_come_back_as_they_were(path, exact_ticks):
    frame = pl.from_pandas(bars().reset_index()).with_columns(
        side=pl.lit("buy").cast(pl.Enum(["sell", "buy", "hold"])), hole=pl.when(pl.col("open") > 100).then("close")
    )
    made = there_and_back(frame, path, exact_ticks=exact_ticks)
    assert made.schema == frame.schema and made.equals(frame)
    table = frame.drop("side").to_arrow(compat_level=pl.CompatLevel.oldest()).replace_schema_metadata({"k": "v"})
    made = there_and_back(table, path, exact_ticks=exact_ticks)
    assert made.equals(table, check_metadata=True)
    assert load_optimized_parquet(path, frame="polars").height == 5000


def test_other_readers_read_it(path):
    frame = bars()
    save_optimized_parquet(frame, path)
    pd.testing.assert_frame_equal(pd.read_parquet(path), frame, check_freq=False)
    assert pl.read_parquet(path)["close"].to_list() == frame["close"].tolist()
    result = pt.backtest(path, "sma_cross")
    assert len(result.equity) == len(frame)
    save_optimized_parquet(frame, path, exact_ticks=True)
    closes = pl.read_parquet(path)["close"]
    assert closes.dtype == pl.Decimal and closes.cast(pl.Float64).to_list() == frame["close"].tolist()


def test_files_of_others_are_read(path):
    frame = bars()
    frame.to_parquet(path)
    pd.testing.assert_frame_equal(load_optimized_parquet(path), frame, check_freq=False)
    pl.DataFrame({"a": [1, 2]}).write_parquet(path)
    assert load_optimized_parquet(path)["a"].tolist() == [1, 2]


# ---- exact ticks -----------------------------------------------------------------------------------------------------


def bits(values):
    return np.asarray(values, dtype=np.float64).view(np.int64).tolist()


@pytest.mark.parametrize(
    ("values", "decimals"),
    [
        ([100.01, 99.99, 0.1 + 0.2 - 0.2], False),  # 0.1 + 0.2 - 0.2 is not the double nearest to 0.1
        ([100.01, 99.99], True),
        ([1.0, 2.0, np.nan], True),
        ([0.0, -0.0], False),
        ([1e15 + 0.5, 1.0], False),
        ([123456789.12, 0.01], True),
        ([1 / 3], False),
        ([np.inf, 1.0], False),
        ([np.nan, np.nan], True),
    ],
)
def test_ticks_are_decimals_only_where_every_bit_comes_back(path, values, decimals):
    frame = pd.DataFrame({"x": values})
    made = there_and_back(frame, path, exact_ticks=True)
    assert bits(made["x"]) == bits(frame["x"])
    assert pa.types.is_decimal(pq.read_schema(path).field("x").type) == decimals


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.decimals(-(10**6), 10**6, places=3).map(float), st.floats(allow_nan=False)), max_size=50))
def test_any_float_comes_back_bit_by_bit(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("p") / "x.parquet"
    made = there_and_back(pd.DataFrame({"x": pd.Series(values, dtype=float)}), path, exact_ticks=True)
    assert bits(made["x"]) == bits(values)


def test_ticks_take_less_room(tmp_path):
    frame = bars(50_000)[["open", "close"]]
    sizes = {}
    for exact in (True, False):
        save_optimized_parquet(frame, tmp_path / "x", exact_ticks=exact)
        sizes[exact] = os.path.getsize(tmp_path / "x")
    pl.from_pandas(frame.reset_index()).write_parquet(tmp_path / "y")
    assert sizes[True] < 0.5 * os.path.getsize(tmp_path / "y")


# ---- columns and times -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2024-03-02", "2024-03-03"),
        ("2024-03-02 10:00", None),
        (None, "2024-03-01 09:45"),
        ("2024-03", "2024-03"),
        (pd.Timestamp("2024-03-02 10:00", tz="UTC"), pd.Timestamp("2024-03-02 11:00:30", tz="UTC")),
        ("2030-01-01", None),
        ("2024-03-10 01:00", "2024-03-10 04:00"),  # the clock jumps from 2 to 3
    ],
)
@pytest.mark.parametrize("zone", ["America/New_York", None])
def test_a_time_range_is_what_pandas_takes(path, start, end, zone):
    if zone is None and isinstance(start, pd.Timestamp):
        start, end = start.tz_localize(None), end.tz_localize(None)
    frame = bars(20_000, zone)
    save_optimized_parquet(frame, path, row_group_size=1000)
    made = load_optimized_parquet(path, columns=["close"], start=start, end=end)
    pd.testing.assert_frame_equal(made, frame.loc[start:end, ["close"]], check_freq=False)


def test_only_the_row_groups_of_the_range_are_read(path, monkeypatch):
    frame = bars(20_000)
    save_optimized_parquet(frame, path, row_group_size=1000)
    read = []
    whole = pq.ParquetFile.read_row_groups

    def note(self, groups, *arguments, **options):
        read.extend(groups)
        return whole(self, groups, *arguments, **options)

    monkeypatch.setattr(pq.ParquetFile, "read_row_groups", note)
    load_optimized_parquet(path, start=frame.index[3500], end=frame.index[5200])
    assert read == [3, 4, 5]


def test_times_that_are_no_index_serve_too(path):
    frame = pl.from_pandas(bars(zone="UTC").reset_index())
    save_optimized_parquet(frame, path)
    made = load_optimized_parquet(path, columns=["close"], start="2024-03-01 10:00", end="2024-03-01 10:04")
    assert made.columns == ["close"] and made.height == 5


def test_settings_are_the_guides(path):
    save_optimized_parquet(bars(50_000), path)
    file = pq.ParquetFile(path)
    group = file.metadata.row_group(0)
    columns = {group.column(i).path_in_schema: group.column(i) for i in range(group.num_columns)}
    assert {column.compression for column in columns.values()} == {"SNAPPY"}
    assert "RLE_DICTIONARY" in columns["symbol"].encodings
    assert "BYTE_STREAM_SPLIT" in columns["ratio"].encodings
    assert "DELTA_BINARY_PACKED" in columns["time"].encodings
    assert columns["close"].statistics.has_min_max and columns["close"].has_column_index
    assert 16_384 <= group.num_rows <= 1 << 20


# ---- what goes wrong -------------------------------------------------------------------------------------------------


def test_every_cut_and_every_flipped_byte_of_data_is_found(path):
    save_optimized_parquet(bars(3000), path)
    good = path.read_bytes()
    for size in (0, 3, 4, 100, len(good) // 2, len(good) - 1):
        path.write_bytes(good[:size])
        with pytest.raises(pt.DataError, match=r"frame\.parquet"):
            load_optimized_parquet(path)
    footer = int.from_bytes(good[-8:-4], "little") + 8
    group = pq.ParquetFile(pa.BufferReader(good)).metadata.row_group(0)
    pages_end = max(
        group.column(i).data_page_offset + group.column(i).total_compressed_size - 1 for i in range(group.num_columns)
    )
    expected = bars(3000)
    rng = np.random.default_rng(5)
    found = 0
    for place in rng.integers(4, min(pages_end, len(good) - footer), 60):
        path.write_bytes(good[:place] + bytes([good[place] ^ 0x10]) + good[place + 1 :])
        try:
            made = load_optimized_parquet(path)
        except pt.DataError:
            found += 1
        else:  # a byte that no value depends on
            pd.testing.assert_frame_equal(made, expected)
    assert found > 40


def test_errors_name_what_is_wrong(tmp_path, path):
    with pytest.raises(FileNotFoundError, match=r"no\.parquet"):
        load_optimized_parquet(tmp_path / "no.parquet")
    with pytest.raises(IsADirectoryError):
        load_optimized_parquet(tmp_path)
    with pytest.raises(IsADirectoryError):
        save_optimized_parquet(bars(5), tmp_path)
    with pytest.raises(TypeError, match="column 'x' holds what Parquet cannot"):
        save_optimized_parquet(pd.DataFrame({"a": [1, 2], "x": [1, "b"]}), path)
    with pytest.raises(ValueError, match="two columns are named 'a'"):
        save_optimized_parquet(pd.DataFrame([[1, 2]], columns=["a", "a"]), path)
    with pytest.raises(ValueError, match=r"'snapy'.*did you mean 'snappy'"):
        save_optimized_parquet(bars(5), path, compression="snapy")
    with pytest.raises(ValueError, match="row_group_size"):
        save_optimized_parquet(bars(5), path, row_group_size=0)
    with pytest.raises(TypeError, match="DataFrame"):
        save_optimized_parquet([1, 2], path)
    assert os.listdir(tmp_path) == []
    save_optimized_parquet(bars(5), path)
    with pytest.raises(pt.NotFoundError, match=r"'clse'.*did you mean 'close'"):
        load_optimized_parquet(path, columns=["clse"])
    with pytest.raises(TypeError, match=r"\['close'\]"):
        load_optimized_parquet(path, columns="close")
    with pytest.raises(ValueError, match="start 'soon' is no time"):
        load_optimized_parquet(path, start="soon")
    save_optimized_parquet(pd.DataFrame({"a": [1]}), path)
    with pytest.raises(ValueError, match="no column of times"):
        load_optimized_parquet(path, start="2020")
    save_optimized_parquet(bars(5, None), path)
    with pytest.raises(ValueError, match="names a zone"):
        load_optimized_parquet(path, start=pd.Timestamp("2024", tz="UTC"))


@pytest.mark.parametrize("compression", ["snappy", "zstd", "lz4", "gzip", "brotli", None])
def test_every_compression_comes_back(path, compression):
    frame = bars(500)
    pd.testing.assert_frame_equal(there_and_back(frame, path, compression=compression), frame)


WRITER = """
import sys
import numpy as np, pandas as pd
from peaktrade.core.serialization import save_optimized_parquet
values = np.random.default_rng(1).random(300_000)
number = 0
while True:
    number += 1
    save_optimized_parquet(pd.DataFrame({"x": values, "n": float(number)}), sys.argv[1])
    print("x", flush=True)
"""


def test_a_killed_writer_leaves_a_whole_file(path):
    for wait in (0.0, 0.007, 0.019):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE)
        assert writer.stdout.read(2) == b"x\n"
        time.sleep(wait)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        frame = load_optimized_parquet(path)
        assert len(frame) == 300_000 and frame["n"].nunique() == 1


@pytest.mark.parametrize("exact_ticks", [False, True])
def test_a_loaded_frame_is_its_owners_alone(path, exact_ticks):
    """The columns are the memory into which the file was decoded: writable, and no other frame's."""
    frame = bars()
    frame["count"] = np.arange(len(frame), dtype=np.int32)
    frame["at"] = pd.date_range("2020-01-01", periods=len(frame), freq="s")
    frame["kind"] = pd.Categorical(["a", "b"] * (len(frame) // 2))
    frame["yes"] = frame["count"] % 2 == 0
    save_optimized_parquet(frame, path, exact_ticks=exact_ticks)
    changed, other = load_optimized_parquet(path), load_optimized_parquet(path)
    pd.testing.assert_frame_equal(changed, frame)
    for place, name in enumerate(frame.columns):
        value = frame[name].iloc[1]
        changed.iloc[0, place] = value
        assert changed[name].iloc[0] == value
    column = changed["count"].copy()
    changed.loc[changed.index[3], "count"] = -7
    assert column.iloc[3] == 3
    assert changed["count"].iloc[3] == -7
    pd.testing.assert_frame_equal(other, frame)
    pd.testing.assert_frame_equal(load_optimized_parquet(path), frame)


def test_columns_of_numbers_are_not_copied(path):
    """Otherwise the frame takes its memory twice while it is made."""
    save_optimized_parquet(bars(), path)
    before = pa.total_allocated_bytes()
    loaded = load_optimized_parquet(path)
    held = pa.total_allocated_bytes() - before
    assert held >= len(loaded) * 8 * loaded.select_dtypes("float64").shape[1]
