"""peaktrade.check and peaktrade.repair: the shared data as its README states, and every form of data."""

import json
import os
import pathlib
import re
import subprocess

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import peaktrade as pt

# What the README's measurements are called here, and whether they count a finding's rows.
MEASURED = {
    "bad stamps": "missing_time",
    "out-of-order steps": "out_of_order",
    "repeated stamps": "repeated_time",
    "zero volumes": "zero_volume",
    "flat bars": "flat_bar",
    "rows break L<=O,C<=H": "inconsistent_prices",
    "rows price<=0": "non_positive_price",
}
# 53 in the README, which looks at open, low and close: in row 356 the high alone is negative.
CORRECTED = {("dirty/quotes_bad.csv", "rows price<=0"): 54}


def without_symbols(path):
    frame = pd.read_csv(path)
    date = next(name for name in frame.columns if name.lower() == "date")
    frame[date] = pd.to_datetime(frame[date])
    return frame.drop(columns=[name for name in frame.columns if name.lower() in ("ticker", "country")])


def differences(path, entry):
    """What the check counts otherwise than the README says."""
    checked = pt.check(path)
    if len(checked.reports) > 1:
        # Symbols below each other: the README counts over all rows, the check by symbol, where no time repeats.
        assert sum(report["rows"] for report in checked.reports) == entry["rows"]
        assert checked.find("repeated_time") is None and checked.find("out_of_order") is None
        checked = pt.check(without_symbols(path))
    report = checked.reports[0]
    found = [] if report["rows"] == entry["rows"] else [f"rows {report['rows']}"]
    for part in filter(None, entry["measured"].split("; ")):
        count, what = (1, part) if part == "descending" else re.fullmatch(r"(\d+) (.*)", part).groups()
        if what == "steps > modal":
            here = report["long_steps"]
        elif what == "descending" or what in MEASURED:
            finding = checked.find(MEASURED.get(what, "newest_first"))
            here = finding and finding["count"]
        else:
            continue
        if here != CORRECTED.get((entry["file"], what), int(count)):
            found.append(f"{here} {what}")
    return found


def test_shared_files_come_out_as_their_readme_states(shared_data):
    manifest = json.loads((shared_data / "manifest.json").read_text())
    assert len(manifest) == 69
    told = {entry["file"]: differences(shared_data / entry["file"], entry) for entry in manifest}
    assert {file: found for file, found in told.items() if found} == {}


def test_the_mislabelled_copy_is_found_and_a_page_is_written(shared_data, tmp_path):
    names = ["dirty/btcusd_named_bitfinex_1h_2017_2019.csv.gz", "crypto/btcusd_coinbase_1h_2017_2019.csv.gz"]
    checked = pt.check([shared_data / name for name in names])
    copy = checked.find("copy")
    assert copy["severity"] == "warning" and copy["count"] == 17516
    checked.report(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert page.count("<svg") == 2 and "<script" not in page and "<polyline" in page


def walk(rows=400):
    random = np.random.default_rng(5)
    close = 100 * np.exp(np.cumsum(random.normal(0, 0.005, rows)))
    open_ = np.concatenate([[100], close[:-1]])
    return {
        "time": np.datetime64("2024-01-01T00", "ns") + np.arange(rows) * np.timedelta64(1, "h"),
        "open": open_,
        "high": np.maximum(open_, close) * 1.001,
        "low": np.minimum(open_, close) * 0.999,
        "close": close,
        "volume": random.integers(1, 100, rows).astype(float),
    }


def forms():
    columns = walk()
    columns["time"][[7, 8]] = columns["time"][[8, 7]]
    columns["close"][50] = -1
    frame = pd.DataFrame(columns)
    return {
        "dict": columns,
        "pandas": frame,
        "pandas with an index": frame.set_index("time"),
        "pandas with a zone": frame.set_index("time").tz_localize("America/New_York"),
        "polars": pl.DataFrame(columns),
        "arrow": pa.table(columns),
    }


@pytest.mark.parametrize("form", forms())
def test_every_form_gives_the_same_findings_and_comes_back_as_it_was(form):
    data = forms()[form]
    checked = pt.check(data)
    assert not checked.ok
    assert checked.find("out_of_order")["first"][0]["row"] == 8
    assert checked.find("non_positive_price")["first"] == [
        {"row": 50, "time": checked.find("non_positive_price")["first"][0]["time"], "what": "close -1"}
    ]
    done = pt.repair(data, ["order", "prices"])
    assert done.ok
    assert [change["rule"] for change in done.changes] == ["order", "prices"]
    assert type(done.data) is type(data)
    assert len(done.bars) == 399
    if isinstance(data, pd.DataFrame):
        assert type(done.data.index) is type(data.index)
        assert done.data.index.dtype == data.index.dtype
        assert done.data.columns.tolist() == data.columns.tolist()
    assert pt.Bars(done.data).fingerprint == done.bars.fingerprint


def test_clean_data_have_no_findings():
    checked = pt.check(walk())
    assert checked.ok and checked.findings == []
    assert "nothing found" in repr(checked)


def test_gaps_against_a_calendar():
    days = pd.bdate_range("2024-01-02", "2024-03-28").delete(20)
    frame = pd.DataFrame({"close": 100 + np.arange(len(days)) % 7}, index=days)
    gap = pt.check(frame, calendar="nyse").find("gap")
    assert gap["count"] == 1 and gap["first"][0]["what"] == "1 bar missing between 2024-01-29 and 2024-01-31"
    outside = pt.check(frame, calendar=pt.calendar("nyse")).find("outside_calendar")
    assert [place["time"][:10] for place in outside["first"]] == ["2024-01-15", "2024-02-19"]


def test_wrong_arguments_are_told():
    with pytest.raises(ValueError, match="there is no rule 'sorted'"):
        pt.repair(walk(), "sorted")
    with pytest.raises(ValueError, match="frozen_bars must be at least 2"):
        pt.check(walk(), frozen_bars=1)
    with pytest.raises(TypeError, match="there is no argument 'time_zon'; did you mean 'time_zone'"):
        pt.check(walk(), time_zon="UTC")
    with pytest.raises(pt.DataError, match="no column of times"):
        pt.check({"close": np.ones(3)})
    with pytest.raises(FileNotFoundError):
        pt.check("missing.csv")


# --- the command -----------------------------------------------------------------------------------------------------


def peak(*words, cwd):
    command = os.environ.get("PEAK_COMMAND") or pathlib.Path(__file__).parents[2] / "build" / "release" / "bin" / "peak"
    return subprocess.run([command, "data", "check", *words], cwd=cwd, capture_output=True, text=True, timeout=600)


def test_the_command_prints_what_python_gives_and_ends_with_3(tmp_path):
    pd.DataFrame(forms()["dict"]).to_csv(tmp_path / "dirty.csv", index=False)
    done = peak("dirty.csv", "--json", cwd=tmp_path)
    assert done.returncode == 3 and "errors in dirty.csv" in done.stderr
    here = pt.check(tmp_path / "dirty.csv").to_dict()
    there = json.loads(done.stdout)
    for one in here:
        one["path"] = "dirty.csv"
    assert there == here


def test_the_command_mends_and_writes(tmp_path):
    pd.DataFrame(forms()["dict"]).to_csv(tmp_path / "dirty.csv", index=False)
    for name in ("clean.csv", "clean.parquet"):
        done = peak("dirty.csv", "--fix", "safe", "--out", name, "--report", "page.html", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "fixed by prices: 1 row" in done.stdout
        assert pt.check(tmp_path / name).ok
        assert len(pt.read_bars(tmp_path / name)) == 399
    assert "What was fixed" in (tmp_path / "page.html").read_text()


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["dirty.csv", "--out", "clean.csv"], 2, "nothing to write without --fix"),
        (["dirty.csv", "--fix", "safe", "--out", "dirty.csv"], 2, "dirty.csv"),
        (["dirty.csv", "--fix", "safe", "--out", "clean.xlsx"], 2, ".csv"),
        (["dirty.csv", "dirty.csv", "--fix", "safe", "--out", "one.csv"], 2, "into a folder"),
        (["dirty.csv", "--fix", "magic"], 2, "there is no rule 'magic'"),
        (["dirty.csv", "--calendar", "nise"], 2, "did you mean 'nyse'"),
        (["missing.csv"], 2, "missing.csv"),
    ],
)
def test_wrong_usage_is_told(tmp_path, words, status, message):
    pd.DataFrame(forms()["dict"]).to_csv(tmp_path / "dirty.csv", index=False)
    done = peak(*words, cwd=tmp_path)
    assert done.returncode == status and message in done.stderr
    assert sorted(os.listdir(tmp_path)) == ["dirty.csv"]
