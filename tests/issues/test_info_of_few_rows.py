"""`peak data info` of two rows said that narrow columns, which are larger there, were "-42% less"."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def told(path: Path) -> str:
    command = os.environ.get("PEAK_COMMAND", "peak")
    return subprocess.run([command, "data", "info", str(path)], capture_output=True, text=True, check=True).stdout


def test_what_is_not_smaller_is_not_called_less(tmp_path: Path) -> None:
    few = tmp_path / "few.csv"
    few.write_text("time,open,high,low,close,volume\n2020-01-01,1,1,1,1,1\n2020-01-02,1,1,1,1,1\n")
    assert "96 bytes in memory; narrow columns would not be smaller" in told(few)


def test_what_is_smaller_is_told_with_its_share(tmp_path: Path) -> None:
    many = tmp_path / "many.csv"
    rows = "".join(f"{1_600_000_000 + 60 * i},1.25,1.5,1,1.25,{i}\n" for i in range(1000))
    many.write_text("time,open,high,low,close,volume\n" + rows)
    line = next(line for line in told(many).splitlines() if "bytes in memory" in line)
    assert line.startswith("48000 bytes in memory; ")
    assert line.endswith("% less (peaktrade.narrow)")
    assert "-" not in line
