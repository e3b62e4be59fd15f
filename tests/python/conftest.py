"""What the tests share: where the data are."""

import os
import signal
import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The same examples in every run, however slowly they are made.
settings.register_profile(
    "peak", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("peak")

ROOT = Path(__file__).resolve().parents[2]

# Whoever starts the tests in the background (nohup, a build server) may have interrupts ignored, and Python keeps that: tests
# of Ctrl-C would wait for ever.
if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared_data():
    """The folder of market data and peers' results. Without it tests are skipped, loudly; in continuous integration they fail."""
    folder = Path(os.environ.get("PEAK_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if (folder / "reference").is_dir():
        return folder
    message = f"no reference data in {folder}: set PEAK_SHARED_DATA or put the shared folder beside the repository"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    warnings.warn(message, stacklevel=1)
    pytest.skip(message)


@pytest.fixture(autouse=True, scope="session")
def sweep_store(tmp_path_factory):
    """Sweeps of the tests keep their results where nothing was kept before."""
    os.environ["PEAK_SWEEP_STORE"] = str(tmp_path_factory.mktemp("sweeps"))


@pytest.fixture(scope="session")
def example_csv():
    return ROOT / "examples" / "data" / "spy_daily.csv"


@pytest.fixture(scope="session")
def example_parquet():
    return ROOT / "examples" / "data" / "spy_daily.parquet"
