"""The guide's target for loading data: a tenth of a second."""

from pathlib import Path

import pytest

import peaktrade as pt

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "data"


@pytest.mark.parametrize("name", ["spy_daily.csv", "spy_daily.parquet"])
def test_loading_a_file(benchmark, name):
    result = benchmark.run(lambda: pt.read_bars(EXAMPLES / name), name=f"read {name}", iterations=30, warmup=3)
    assert result.median < 0.100
