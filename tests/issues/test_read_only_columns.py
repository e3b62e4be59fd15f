"""load_optimized_parquet gave a frame of one category column, and others in one chunk, whose values could not be set."""

import numpy as np
import pandas as pd
import pytest

from peaktrade.core.serialization import load_optimized_parquet, save_optimized_parquet

ROWS = 64
COLUMNS = {
    "category": pd.Categorical(["a", "b"] * (ROWS // 2)),
    "time": pd.date_range("2024-01-01", periods=ROWS, freq="s"),
    "zoned": pd.date_range("2024-01-01", periods=ROWS, freq="s", tz="UTC"),
    "difference": pd.to_timedelta(np.arange(ROWS), unit="s"),
    "nullable": pd.array(range(ROWS), dtype="Int64"),
    "period": pd.period_range("2024-01-01", periods=ROWS, freq="D"),
    "number": np.arange(ROWS) * 0.5,
    "whole": np.arange(ROWS, dtype=np.int16),
    "flag": np.arange(ROWS) % 2 == 0,
    "text": [f"t{row}" for row in range(ROWS)],
}


@pytest.mark.parametrize("names", [*([name] for name in COLUMNS), list(COLUMNS), ["category", "number", "time"]])
@pytest.mark.parametrize("index", [pd.RangeIndex(ROWS), pd.date_range("2020-01-01", periods=ROWS, freq="h")])
def test_a_loaded_column_can_be_set(tmp_path, names, index):
    frame = pd.DataFrame({name: COLUMNS[name] for name in names}).set_axis(index)
    save_optimized_parquet(frame, tmp_path / "frame.parquet")
    loaded = load_optimized_parquet(tmp_path / "frame.parquet")
    pd.testing.assert_frame_equal(loaded, frame)
    for place, name in enumerate(names):
        loaded.iloc[0, place] = frame[name].iloc[1]
        assert loaded[name].iloc[0] == frame[name].iloc[1]
    pd.testing.assert_frame_equal(load_optimized_parquet(tmp_path / "frame.parquet"), frame)
