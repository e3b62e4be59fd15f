"""Malformed strategy files on which the TOML parser that we use went wrong, found by tests/fuzz/strategy_fuzz.cpp.

Each must end in an error that names the file's place, in a process that goes on.
"""

from pathlib import Path

import pytest

import peaktrade as pt

CORPUS = Path(__file__).resolve().parents[1] / "fuzz" / "corpus" / "strategy"


@pytest.mark.parametrize("name", ["malformed_header.toml", "foreign_letter.toml"])
def test_malformed_file_is_refused(tmp_path, example_csv, name):
    strategy = tmp_path / name
    strategy.write_bytes((CORPUS / name).read_bytes())
    with pytest.raises(ValueError, match=name):
        pt.backtest(example_csv, strategy)
    assert pt.backtest(example_csv, "buy_and_hold").metrics["trades"] == 1
