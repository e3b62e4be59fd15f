"""What the tests of past faults need."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def example_csv():
    return Path(__file__).resolve().parents[2] / "examples" / "data" / "spy_daily.csv"
