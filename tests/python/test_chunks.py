"""peaktrade.iter_chunks: every row once, in order, in pieces of the length asked for."""

import gzip

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pytest

import peaktrade as pt
from peaktrade.core.serialization import save_optimized_parquet


def frame(rows=1000):
    return pd.DataFrame(
        {"close": np.round(100 + np.arange(rows) * 0.01, 2), "symbol": pd.Categorical(["SPY", "QQQ"] * (rows // 2))}
    )


def written(folder, kind, data):
    path = folder / f"data.{kind}"
    if kind == "parquet":
        save_optimized_parquet(data, path, row_group_size=300, exact_ticks=True)
    elif kind == "feather":
        pyarrow.feather.write_feather(pa.Table.from_pandas(data), str(path), chunksize=170)
    elif kind == "csv":
        data.to_csv(path, index=False)
    else:
        path.write_bytes(gzip.compress(data.to_csv(index=False).encode()))
    return path


@pytest.mark.parametrize("kind", ["parquet", "feather", "csv", "csv.gz"])
@pytest.mark.parametrize("rows", [1, 7, 300, 999, 1000, 5000])
def test_every_row_comes_once(tmp_path, kind, rows):
    data = frame()
    chunks = list(pt.iter_chunks(written(tmp_path, kind, data), rows=rows))
    assert [len(chunk) for chunk in chunks[:-1]] == [rows] * (len(chunks) - 1)
    whole = pd.concat([chunk.astype({"symbol": object}) for chunk in chunks])
    pd.testing.assert_frame_equal(whole, data.astype({"symbol": object}), check_index_type=False)


def test_columns_and_frames(tmp_path):
    path = written(tmp_path, "parquet", frame())
    first = next(pt.iter_chunks(path, rows=10, columns=["close"], frame="polars"))
    assert isinstance(first, pl.DataFrame) and first.columns == ["close"] and first.height == 10
    assert isinstance(next(pt.iter_chunks(path, frame="arrow")), pa.Table)
    times = pd.DataFrame(
        {"a": range(10)}, index=pd.date_range("2024-01-01", periods=10, freq="h", tz="UTC", name="time")
    )
    save_optimized_parquet(times, path)
    pd.testing.assert_frame_equal(pd.concat(list(pt.iter_chunks(path, rows=4))), times, check_freq=False)


def test_what_goes_wrong_is_named(tmp_path):
    path = written(tmp_path, "parquet", frame())
    for wrong in (0, -1, 2.5, True):
        with pytest.raises(ValueError, match="rows must be a whole number"):
            pt.iter_chunks(path, rows=wrong)
    with pytest.raises(FileNotFoundError):
        pt.iter_chunks(tmp_path / "none.parquet")
    with pytest.raises(IsADirectoryError):
        pt.iter_chunks(tmp_path)
    with pytest.raises(pt.NotFoundError, match=r"'clos'.*did you mean 'close'"):
        list(pt.iter_chunks(path, columns=["clos"]))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(pt.DataError, match=r"data\.parquet"):
        list(pt.iter_chunks(path))
