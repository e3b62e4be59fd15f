"""The command `peak` as users meet it: output, errors, exit status, files."""

from __future__ import annotations

import csv
import json
import os
import pathlib
import pty
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPY = "examples/data/spy_daily.csv"
SPY_PARQUET = "examples/data/spy_daily.parquet"
RUN = ("backtest", "sma_cross", "--data", SPY, "--set", "fast=10", "--set", "slow=50")


def peak_command() -> str:
    given = os.environ.get("PEAK_COMMAND")
    path = pathlib.Path(given) if given else ROOT / "build" / "release" / "bin" / "peak"
    assert path.is_file(), f"no command at {path}: build it, or set PEAK_COMMAND"
    return str(path)


def peak(*words: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([peak_command(), *words], capture_output=True, text=True, cwd=ROOT, timeout=600, **options)  # type: ignore[call-overload,no-any-return]


def peak_json(*words: str) -> dict[str, object]:
    done = peak(*words, "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)  # type: ignore[no-any-return]


# ---- the main job ----------------------------------------------------------------------------------------------------


def test_json_has_what_the_contract_names() -> None:
    result = peak_json(*RUN)
    assert list(result)[:5] == ["strategy", "params", "data", "broker", "metrics"]
    assert result["strategy"] == "sma_cross"
    assert result["params"] == {"fast": 10, "slow": 50}
    assert {"conventions", "unfilled_orders", "engine_version"} <= result.keys()
    data, metrics = result["data"], result["metrics"]
    assert isinstance(data, dict) and isinstance(metrics, dict)
    # Rows and period as examples/data/README.md states them.
    assert (data["path"], data["rows"]) == (SPY, 5241)
    assert (data["start"], data["end"]) == ("1999-11-01T00:00:00Z", "2020-08-28T00:00:00Z")
    wanted = "final_equity total_return cagr volatility sharpe sortino calmar max_drawdown trades win_rate profit_factor exposure"
    assert set(wanted.split()) <= metrics.keys()
    assert len(metrics) >= 30
    assert -1 < metrics["max_drawdown"] < 0 < metrics["exposure"] < 1


def test_info_lists_the_symbols_of_a_file_of_many(tmp_path: pathlib.Path) -> None:
    wide, tall = tmp_path / "wide.csv", tmp_path / "tall.csv"
    wide.write_text("date,AAA,BBB\n2020-01-02,1,\n2020-01-03,2,5\n2020-01-06,3,6\n")
    tall.write_text(
        "date,symbol,close\n2020-01-02,AAA,1\n2020-01-03,AAA,2\n2020-01-06,AAA,3\n2020-01-03,BBB,5\n2020-01-06,BBB,6\n"
    )
    for file in (wide, tall):
        done = peak("data", "info", str(file))
        assert done.returncode == 0, done.stderr
        assert "a panel of 2 symbols, 5 bars, 2020-01-02 to 2020-01-06" in done.stdout
        assert "--symbols AAA" in done.stdout
        [found] = json.loads(peak("data", "info", str(file), "--json").stdout)
        assert [(one["symbol"], one["rows"]) for one in found["symbols"]] == [("AAA", 3), ("BBB", 2)]
        [found] = json.loads(peak("data", "info", str(file), "--symbols", "BBB", "--json").stdout)
        assert [one["start"] for one in found["symbols"]] == ["2020-01-03T00:00:00Z"]
        assert peak("backtest", "sma_cross", "--data", str(file), "--symbols", "BBB").returncode == 0


def test_csv_and_parquet_of_the_same_bars_give_the_same_result() -> None:
    from_csv, from_parquet = peak_json(*RUN), peak_json("backtest", "sma_cross", "--data", SPY_PARQUET)
    assert from_csv["metrics"] == from_parquet["metrics"]
    assert from_csv["data"]["fingerprint"] == from_parquet["data"]["fingerprint"]  # type: ignore[index]
    assert from_csv["fingerprint"] == from_parquet["fingerprint"]


@pytest.mark.parametrize("strategy", ["sma_cross", "rsi_reversion", "examples/strategies/band_reversal.toml"])
def test_both_engines_print_the_same_bytes(strategy: str) -> None:
    words = ("backtest", strategy, "--data", SPY, "--commission", "0.001", "--slippage", "0.0005", "--json")
    fast, reference = peak(*words), peak(*words, "--engine", "reference")
    assert fast.returncode == 0, fast.stderr
    assert fast.stdout == reference.stdout


def test_buy_and_hold_without_costs_earns_what_the_prices_did() -> None:
    # Bought at the open of 1999-11-02, the day after the first decision; marked at the last close.
    metrics = peak_json("backtest", "buy_and_hold", "--data", SPY)["metrics"]
    assert isinstance(metrics, dict)
    assert metrics["final_equity"] == pytest.approx(10_000 / 135.9687 * 350.58, rel=1e-12)
    assert (metrics["trades"], metrics["open_trades"]) == (1, 1)


def test_tables_show_metrics_and_trades() -> None:
    done = peak(*RUN, "--commission", "0.001")
    assert done.returncode == 0
    for text in ("sma_cross", "Sharpe", "drawdown", "5,241 bars", "entry", "exit"):
        assert text in done.stdout


def test_files_are_written_whole(tmp_path: pathlib.Path) -> None:
    names = {kind: tmp_path / f"{kind}.csv" for kind in ("trades", "orders", "equity")}
    words = [word for kind, path in names.items() for word in (f"--{kind}", str(path))]
    result = peak_json(*RUN, *words, "--report", str(tmp_path / "report.html"))
    rows = {kind: list(csv.DictReader(path.open(encoding="utf-8"))) for kind, path in names.items()}
    metrics = result["metrics"]
    assert isinstance(metrics, dict)
    assert len(rows["trades"]) == metrics["trades"]
    assert len(rows["equity"]) == 5241
    assert float(rows["equity"][-1]["equity"]) == metrics["final_equity"]
    assert sum(float(row["pnl"]) for row in rows["trades"]) == pytest.approx(metrics["final_equity"] - 10_000, rel=1e-9)
    assert "<html" in (tmp_path / "report.html").read_text(encoding="utf-8")[:400].lower()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["equity.csv", "orders.csv", "report.html", "trades.csv"]


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: pathlib.Path) -> None:
    target = tmp_path / "no_such_folder" / "trades.csv"
    done = peak(*RUN, "--trades", str(target))
    assert done.returncode == 1
    assert str(target) in done.stderr and done.stdout == ""
    assert not target.parent.exists()


def test_a_full_disk_under_standard_output_is_a_failure() -> None:
    if not pathlib.Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([peak_command(), *RUN], stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    assert done.returncode == 1
    assert "standard output" in done.stderr


# ---- errors: what, where, what to do; and the exit status of the contract ---------------------------------------------


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["bactest"], "did you mean 'backtest'?"),
        (["backtest"], "needs STRATEGY --data FILE"),
        (["backtest", "smacross", "--data", SPY], "did you mean 'sma_cross'?"),
        (["backtest", "sma_cross", "--data", "no_such_file.csv"], "no_such_file.csv"),
        (["backtest", "sma_cross", "--dta", SPY], "did you mean '--data'?"),
        (["backtest", "sma_cross", "--data", SPY, "extra"], "unexpected argument 'extra'"),
        (["backtest", "sma_cross", "--data", SPY, "--data", SPY], "given 2 times"),
        (["backtest", "sma_cross", "--data"], "--data needs a value"),
        (["backtest", "sma_cross", "--data", SPY, "--set", "fst=5"], "did you mean 'fast'?"),
        (["backtest", "sma_cross", "--data", SPY, "--set", "fast"], "NAME=NUMBER"),
        (["backtest", "sma_cross", "--data", SPY, "--set", "fast=ten"], "'ten' is not a number"),
        (["backtest", "sma_cross", "--data", SPY, "--set", "fast=0"], "fast"),
        (["backtest", "sma_cross", "--data", SPY, "--set", "fast=2.5"], "fast"),
        (["backtest", "sma_cross", "--data", SPY, "--cash", "0"], "cash"),
        (["backtest", "sma_cross", "--data", SPY, "--commission", "nan"], "commission"),
        (["backtest", "sma_cross", "--data", SPY, "--commission", "1.5"], "commission"),
        (["backtest", "sma_cross", "--data", SPY, "--commission", "0.1%"], "0.001"),
        (["backtest", "sma_cross", "--data", SPY, "--size", "-1"], "size"),
        (["backtest", "sma_cross", "--data", SPY, "--size-step", "0"], "size_step"),
        (["backtest", "sma_cross", "--data", SPY, "--fill", "tomorrow"], "next_open"),
        (["backtest", "sma_cross", "--data", SPY, "--engine", "fats"], "did you mean 'fast'?"),
        (["backtest", "sma_cross", "--data", SPY, "--periods-per-year", "0"], "periods_per_year"),
        (["backtest", "sma_cross", "--data", SPY, "--metrics-convention", "quantstat"], "quantstats"),
        (["backtest", "sma_cross", "--data", SPY, "--close-column", "clsoe"], "clsoe"),
        (["backtest", "sma_cross", "--data", SPY, "--trades", SPY], "also the file of --data"),
        (["backtest", "sma_cross", "--data", SPY, "--trades", "t.parquet"], ".csv"),
        (["data"], ""),
        (["data", "ifno", SPY], "did you mean 'info'?"),
        (["indicators", "smaa"], "did you mean 'sma'?"),
        (["completion", "tcsh"], "bash"),
    ],
)
def test_wrong_usage_is_status_2(words: list[str], says: str) -> None:
    done = peak(*words)
    if words == ["data"]:
        assert done.returncode == 0 and "info" in done.stdout
        return
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("error: ") and says in done.stderr
    assert done.stdout == ""
    assert "terminate" not in done.stderr and "what():" not in done.stderr


HEADER = "date,open,high,low,close,volume\n"
GOOD = "2020-01-02,1,2,0.5,1.5,10\n2020-01-03,1.5,2,1,1.6,10\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (HEADER.encode(), ""),
        (b"\x00\x01\x02\xff\xfe" * 400, ""),
        (b"PAR1" + b"\x00" * 100, ""),
        (b"\x1f\x8b\x08\x00cut", ""),
        ((HEADER + GOOD + "2020-01-06,1,2,abc,1.5,10\n").encode(), "abc"),
        ((HEADER + GOOD + "never,1,2,1,1.5,10\n").encode(), "never"),
        ((HEADER + GOOD + "2020-01-06,3,2,1,1.5,10\n2020-01-07,1,1,2,1.5,10\n").encode(), "high"),
        ((HEADER + GOOD + "2020-01-03,1,2,1,1.5,10\n").encode(), "time"),
        ((HEADER + GOOD + "2020-01-01,1,2,1,1.5,10\n").encode(), ""),
        ((HEADER + GOOD + "2020-01-06,1,2,1,-4,10\n").encode(), ""),
        ((HEADER + GOOD + "2020-01-06,1,2,1,inf,10\n").encode(), ""),
        ((HEADER + GOOD + "2020-01-06,1,2,1,,10\n").encode(), ""),
        (b"date,open,high,low\n2020-01-02,1,2,1\n", "close"),
    ],
)
def test_bad_data_is_status_3_and_names_the_file(tmp_path: pathlib.Path, content: bytes, says: str) -> None:
    file = tmp_path / "bad.csv"
    file.write_bytes(content)
    done = peak("backtest", "sma_cross", "--data", str(file), "--trades", str(tmp_path / "trades.csv"))
    assert done.returncode == 3, (done.returncode, done.stderr)
    assert str(file) in done.stderr and says in done.stderr
    assert not (tmp_path / "trades.csv").exists()


def test_repairs_are_made_when_asked_for_and_told(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "repeated.csv"
    file.write_text(HEADER + GOOD + "2020-01-03,1.5,2,1,1.7,10\n", encoding="utf-8")
    done = peak("backtest", "buy_and_hold", "--data", str(file), "--drop-duplicates")
    assert done.returncode == 0, done.stderr
    assert "note:" in done.stderr and "1" in done.stderr


def test_a_run_without_trades_says_why() -> None:
    done = peak("backtest", "sma_cross", "--data", SPY, "--set", "fast=50", "--set", "slow=6000")
    assert done.returncode == 0, done.stderr
    assert "no trades" in done.stdout.lower()


def test_a_strategy_file_shows_the_place_of_its_error(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "slip.toml"
    file.write_text(
        'name = "slip"\n[signals]\nentry = "crosses_above(smaa(close, 5), close)"\nexit = "close < 1"\n',
        encoding="utf-8",
    )
    done = peak("backtest", str(file), "--data", SPY)
    assert done.returncode == 2
    assert str(file) in done.stderr and "'sma'" in done.stderr and "^" in done.stderr


def test_debug_tells_the_kind_of_an_error() -> None:
    done = peak("--debug", "backtest", "sma_cross", "--data", "no_such_file.csv")
    assert done.returncode == 2 and "not_found" in done.stderr
    done = peak("backtest", "sma_cross", "--data", "no_such_file.csv", "--debug")
    assert "not_found" in done.stderr


# ---- help, lists, completion -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    ["backtest", "feed", "data info", "strategies", "indicators", "config show", "explain", "doctor", "completion"],
)
def test_help_has_usage_and_examples(command: str) -> None:
    done = peak(*command.split(), "--help")
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith(f"Usage: peak {command}")
    assert "Examples" in done.stdout and "--help" in done.stdout


def test_general_help_lists_every_command() -> None:
    done = peak("--help")
    assert done.returncode == 0
    for name in (
        "backtest",
        "feed",
        "data",
        "explain",
        "strategies",
        "indicators",
        "config",
        "doctor",
        "completion",
        "Exit status",
    ):
        assert name in done.stdout
    assert peak().returncode == 2


def test_version_is_that_of_the_project() -> None:
    project = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    assert f"VERSION {peak('--version').stdout.split()[1]} " in project


def test_every_strategy_is_listed_and_is_a_strategy_file(tmp_path: pathlib.Path) -> None:
    listed = json.loads(peak("strategies", "--json").stdout)
    names = [strategy["name"] for strategy in listed]
    wanted = "sma_cross ema_cross rsi_reversion bollinger_breakout macd_cross donchian_breakout momentum buy_and_hold"
    assert set(wanted.split()) <= set(names)
    for strategy in listed:
        file = tmp_path / f"{strategy['name']}.toml"
        file.write_text(strategy["toml"], encoding="utf-8")
        from_file, built_in = (
            peak_json("backtest", str(file), "--data", SPY),
            peak_json("backtest", strategy["name"], "--data", SPY),
        )
        assert from_file["metrics"] == built_in["metrics"]
        assert strategy["name"] in peak("strategies", strategy["name"]).stdout


def test_every_indicator_has_formula_and_source() -> None:
    listed = json.loads(peak("indicators", "--json").stdout)
    names = {indicator["name"] for indicator in listed["indicators"]}
    assert {"sma", "ema", "wma", "rsi", "atr", "bollinger", "macd"} <= names
    for indicator in listed["indicators"]:
        assert indicator["description"] and indicator["source"] and indicator["outputs"]
    assert {"crosses_above", "shift", "where"} <= {function["name"] for function in listed["functions"]}
    assert "macd(" in peak("indicators", "macd").stdout


def test_data_info_shows_what_was_found_and_how_to_set_it() -> None:
    done = peak("data", "info", SPY)
    assert done.returncode == 0, done.stderr
    for text in ("5241 bars", "1999-11-01", "2020-08-28", "--delimiter", "--time-column"):
        assert text in done.stdout
    [info] = json.loads(peak("data", "info", SPY, "--json").stdout)
    assert (info["format"], info["delimiter"], info["header"], info["rows"]) == ("csv", ",", True, 5241)
    assert [column["role"] for column in info["columns"]] == ["time", "open", "high", "low", "close", "volume"]


def test_data_info_goes_on_after_a_file_that_cannot_be_read() -> None:
    done = peak("data", "info", "no_such_file.csv", SPY)
    assert done.returncode == 2
    assert "no_such_file.csv" in done.stderr and "5241 bars" in done.stdout


def test_doctor_knows_this_machine() -> None:
    found = json.loads(peak("doctor", "--json").stdout)
    assert found["cores"] >= found["usable_cores"] >= 1
    assert found["usable_cores"] == len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else True
    assert found["memory_bytes"] > 1 << 28
    assert found["simd_level"] in found["simd_levels"]
    assert "Peak Trade" in peak("doctor").stdout


def bash_completion(line: str) -> set[str]:
    """What bash would offer at the end of the line."""
    words = line.split(" ")
    script = (
        'source <("$1" completion bash)\nshift\nCOMP_WORDS=("$@")\nCOMP_CWORD=$(($# - 1))\ncompopt() { :; }\n_peak\n'
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(
        ["bash", "-c", script, "bash", peak_command(), *words], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("line", "offers"),
    [
        ("peak ", {"backtest", "data", "explain", "strategies", "indicators", "config", "doctor", "completion"}),
        ("peak b", {"backtest"}),
        ("peak data ", {"info"}),
        ("peak backtest sma", {"sma_cross"}),
        ("peak backtest sma_cross --comm", {"--commission"}),
        ("peak backtest sma_cross --fill ", {"next_open", "same_close"}),
        ("peak backtest sma_cross --data examples/data/spy_daily.c", {"examples/data/spy_daily.csv"}),
        ("peak indicators mac", {"macd"}),
        ("peak completion f", {"fish"}),
    ],
)
def test_bash_completes(line: str, offers: set[str]) -> None:
    assert offers <= bash_completion(line)


@pytest.mark.parametrize(("shell", "check"), [("zsh", ["zsh", "-n"]), ("fish", ["fish", "--no-execute"])])
def test_other_shells_read_their_script(shell: str, check: list[str], tmp_path: pathlib.Path) -> None:
    script = peak("completion", shell).stdout
    assert "backtest" in script and "sma_cross" in script and "commission" in script
    if shutil.which(shell) is None:
        return  # the text is checked above; only that shell could parse it
    file = tmp_path / "script"
    file.write_text(script, encoding="utf-8")
    done = subprocess.run([*check, str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# ---- the terminal ----------------------------------------------------------------------------------------------------


def output_on_terminal(*words: str, **environment: str) -> str:
    main, other = pty.openpty()
    variables = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    with subprocess.Popen(
        [peak_command(), *words], stdout=other, cwd=ROOT, env={**variables, "TERM": "xterm", **environment}
    ) as process:
        os.close(other)
        output = b""
        while True:
            try:
                piece = os.read(main, 65536)
            except OSError:  # Linux reports the end of a terminal as an error
                break
            if not piece:
                break
            output += piece
        os.close(main)
        assert process.wait() == 0
    return output.decode()


def test_colours_only_on_a_terminal_that_wants_them() -> None:
    assert "\x1b[" in output_on_terminal(*RUN)
    assert "\x1b[" not in output_on_terminal(*RUN, NO_COLOR="1")
    assert "\x1b[" not in peak(*RUN).stdout


def test_arrow_is_not_loaded_by_the_command_itself() -> None:
    if shutil.which("ldd") is None:
        pytest.skip("no ldd on this system")
    libraries = subprocess.run(["ldd", peak_command()], capture_output=True, text=True, check=True).stdout
    assert "arrow" not in libraries and "parquet" not in libraries
