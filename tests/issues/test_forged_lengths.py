"""What damaged Arrow and Parquet files claim is not believed: a file of a thousand bytes asked for a terabyte of memory."""

import struct
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pytest

import peaktrade as pt

ROWS = 12
TIMES = np.datetime64("2020-01-01", "ns") + np.arange(ROWS) * np.timedelta64(1, "D")


@pytest.mark.parametrize("claimed", [2**34, 2**40, 2**62])
@pytest.mark.parametrize("codec", ["lz4", "zstd"])
def test_an_arrow_buffer_that_claims_to_unpack_to_more(tmp_path, codec, claimed):
    path = tmp_path / "bars.arrow"
    feather.write_feather(pa.table({"time": TIMES, "close": np.full(ROWS, 1.5)}), path, compression=codec)
    good = path.read_bytes()
    length = struct.pack("<q", 8 * ROWS)  # before each packed buffer stands how many bytes it unpacks to
    assert good.count(length) >= 2
    path.write_bytes(good[: good.rfind(length)] + struct.pack("<q", claimed) + good[good.rfind(length) + 8 :])
    code = (
        "import resource, sys, peaktrade as pt\n"
        "resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))\n"
        "try: pt.read_bars(sys.argv[1])\n"
        "except (ValueError, OSError) as error: print(type(error).__name__, error)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "bars.arrow: unpacks to more than max_bytes" in done.stdout or "damaged" in done.stdout, done.stdout


def test_a_flipped_bit_in_a_page_is_no_other_price(tmp_path):
    """The checksums that our Parquet files carry were written and not looked at."""
    generator = np.random.default_rng(5)
    close = np.round(100 + generator.standard_normal(400).cumsum(), 2)
    times = np.datetime64("2020-01-01", "ns") + np.arange(400) * np.timedelta64(1, "h")
    path = tmp_path / "bars.parquet"
    pt.write_bars({"time": times, "close": close}, path)
    expected = pt.read_bars(path).fingerprint
    good = path.read_bytes()
    refused = 0
    for place in range(4, len(good) - 8, 23):
        bad = bytearray(good)
        bad[place] ^= 1 << (place % 8)
        path.write_bytes(bad)
        try:
            bars = pt.read_bars(path)
        except (ValueError, OSError, NotImplementedError) as error:
            refused += 1
            assert "bars.parquet" in str(error)
        else:
            # What stands between pages and in the footer may be names and statistics; never a price or a time.
            assert bars.fingerprint == expected or "close" not in bars.columns
    assert refused > 100
