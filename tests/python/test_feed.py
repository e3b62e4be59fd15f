"""`peak feed`: bar by bar equal to pt.Runner and to the batch run, states that go on after any end, and bad lines."""

from __future__ import annotations

import csv
import fcntl
import json
import os
import pathlib
import signal
import subprocess
import time

import pandas as pd
import pytest

import peaktrade as pt

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPY = ROOT / "examples" / "data" / "spy_daily.csv"
STRATEGY = ("sma_cross", "--set", "fast=5", "--set", "slow=20")
PARAMS = {"fast": 5, "slow": 20}
BARS = 600


def peak_command() -> str:
    given = os.environ.get("PEAK_COMMAND")
    path = pathlib.Path(given) if given else ROOT / "build" / "release" / "bin" / "peak"
    assert path.is_file(), f"no command at {path}: build it, or set PEAK_COMMAND"
    return str(path)


def feed(*words: object, lines: list[str] | None = None) -> subprocess.CompletedProcess[str]:
    text = "\n".join(lines) + "\n" if lines is not None else None
    call = [peak_command(), "feed", *map(str, words)]
    return subprocess.run(call, capture_output=True, text=True, input=text, timeout=120)


def started(*words: object) -> subprocess.Popen[str]:
    call = [peak_command(), "feed", *map(str, words)]
    return subprocess.Popen(
        call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    )


def give(process: subprocess.Popen[str], lines: list[str]) -> list[str]:
    """Gives a line at a time and takes the answer before the next: each bar is told at once."""
    assert process.stdin is not None and process.stdout is not None
    answers = []
    for line in lines:
        process.stdin.write(line + "\n")
        process.stdin.flush()
        answers.append(process.stdout.readline().rstrip("\n"))
    return answers


def give_header(process: subprocess.Popen[str], header: str) -> None:
    assert process.stdin is not None
    process.stdin.write(header + "\n")
    process.stdin.flush()


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return SPY.read_text(encoding="utf-8").splitlines()[: BARS + 1]


@pytest.fixture(scope="module")
def rows(lines: list[str]) -> list[dict[str, object]]:
    read = list(csv.DictReader(lines))
    names = list(read[0])
    return [
        {"time": row[names[0]], **{name.lower(): float(row[name]) for name in names[1:] if name.lower() != "adj close"}}
        for row in read
    ]


@pytest.fixture(scope="module")
def frame(rows: list[dict[str, object]]) -> pd.DataFrame:
    data = pd.DataFrame(rows)
    return data.set_index(pd.DatetimeIndex(pd.to_datetime(data.pop("time"))))


@pytest.fixture(scope="module")
def whole(lines: list[str]) -> list[str]:
    done = feed(*STRATEGY, lines=lines)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ((), {}),
        (("--commission", "0.001", "--size", "fraction:0.5"), {"commission": 0.001, "size": "fraction:0.5"}),
        (("--fill", "same_close", "--size-step", "1"), {"fill": "same_close", "size_step": 1}),
        (
            ("--stop-loss", "0.03", "--take-profit", "0.05", "--multiplier", "5"),
            {"stop_loss": 0.03, "take_profit": 0.05, "multiplier": 5},
        ),
        (("--volume-share", "0.0005", "--cash", "1000000"), {"volume_share": 0.0005, "cash": 1_000_000}),
    ],
)
def test_each_line_is_what_the_runner_says(words, options, lines, rows, frame) -> None:
    done = feed(*STRATEGY, *words, lines=lines)
    assert (done.returncode, done.stderr) == (0, "")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    runner = pt.Runner("sma_cross", PARAMS, **options)
    assert len(told) == len(rows)
    for number, (line, row) in enumerate(zip(told, rows, strict=True)):
        orders = runner.push(row)
        assert line["time"] == row["time"] + "T00:00:00Z"
        assert line["bar"] == number
        assert line["orders"] == orders
        assert (line["position"], line["cash"], line["equity"]) == (runner.position, runner.cash, runner.equity)

    # The fills are those of the batch run on the same bars. An order that filled in parts is one row there.
    batch = pt.backtest(frame, "sma_cross", PARAMS, **options)
    table = batch.orders[batch.orders["quantity"] > 0]
    fills = [fill for line in told for fill in line["fills"]]
    assert len(fills) >= len(table) > 5
    assert sum(fill["quantity"] for fill in fills) == pytest.approx(table["quantity"].sum(), rel=1e-12)
    assert sum(fill["fee"] for fill in fills) == pytest.approx(table["fee"].sum(), rel=1e-12)
    traded = sum(fill["quantity"] * fill["price"] for fill in fills)
    assert traded == pytest.approx((table["quantity"] * table["price"]).sum(), rel=1e-12)
    if "volume_share" not in options:
        for name in ("action", "purpose", "quantity", "price", "fee", "type"):
            assert [fill[name] for fill in fills] == table[name].tolist()
    else:
        assert len(fills) > len(table)
    assert told[-1]["equity"] == batch.equity.iloc[-1]


def test_json_lines_and_epochs_tell_the_same(lines, rows, whole, tmp_path) -> None:
    objects = tmp_path / "bars.jsonl"
    with objects.open("w", encoding="utf-8") as file:
        for row in rows:
            seconds = int(pd.Timestamp(row["time"], tz="UTC").timestamp())
            file.write(
                json.dumps(
                    {"volume": row["volume"], "t": seconds, **{n: row[n] for n in ("close", "low", "high", "open")}}
                )
                + "\n"
            )
    assert feed(*STRATEGY, "--data", objects).stdout.splitlines() == whole
    assert feed(*STRATEGY, "--data", SPY).stdout.splitlines()[:BARS] == whole


def test_a_strategy_file_with_a_column_of_its_own(tmp_path) -> None:
    strategy = tmp_path / "mood.toml"
    strategy.write_text(
        'name = "mood"\n[signals]\nentry = "column(\'mood\') > 0"\nexit = "column(\'mood\') < 0"\n', encoding="utf-8"
    )
    lines = [
        "time,close,Mood",
        "2024-01-01,10,0",
        "2024-01-02,11,1",
        "2024-01-03,12,0",
        "2024-01-04,13,-1",
        "2024-01-05,14,0",
    ]
    done = feed(strategy, lines=lines)
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [[order["action"] for order in line["orders"]] for line in told] == [[], ["buy"], [], ["sell"], []]
    assert [[fill["price"] for fill in line["fills"]] for line in told] == [[], [], [12], [], [14]]
    bad = feed(strategy, lines=["time,close", "2024-01-01,10"])
    assert bad.returncode == 3
    assert "line 1" in bad.stderr and "reads the column 'mood'" in bad.stderr


def test_a_state_goes_on_as_if_nothing_had_been(lines, whole, tmp_path) -> None:
    state = tmp_path / "paper.state"
    words = (*STRATEGY, "--state", state)
    first = feed(*words, lines=lines[:251])
    assert (first.returncode, first.stderr) == (0, "")
    # The rest alone, and then all lines from the beginning: those that the state has are skipped and counted.
    second = feed(*words, lines=[lines[0], *lines[251:401]])
    assert (second.returncode, second.stderr) == (0, "")
    third = feed(*words, lines=lines)
    assert third.returncode == 0
    assert third.stderr.startswith("note: 400 bars up to ")
    assert (first.stdout + second.stdout + third.stdout).splitlines() == whole
    nothing = feed(*words, lines=lines)
    assert (nothing.returncode, nothing.stdout) == (0, "")
    assert f"note: {BARS} bars" in nothing.stderr
    # The state is that of a runner in Python.
    runner = pt.Runner("sma_cross", PARAMS, state=state.read_bytes())
    assert runner.bar == BARS - 1
    assert runner.equity == json.loads(whole[-1])["equity"]


def test_kill_and_go_on(lines, whole, tmp_path) -> None:
    state = tmp_path / "paper.state"
    words = (*STRATEGY, "--state", state, "--save-every", 7)
    process = started(*words)
    give_header(process, lines[0])
    answers = give(process, lines[1:324])
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert answers == whole[:323]
    kept = pt.Runner("sma_cross", PARAMS, state=state.read_bytes()).bar + 1
    assert 322 - 7 < kept <= 323
    again = feed(*words, lines=lines)
    assert again.returncode == 0
    assert f"note: {kept} bars" in again.stderr
    # What came after the last save is told once more, in the same words.
    assert again.stdout.splitlines() == whole[kept:]


def test_a_quiet_feed_is_saved_without_waiting_for_more(lines, tmp_path) -> None:
    state = tmp_path / "paper.state"
    process = started(*STRATEGY, "--state", state)
    give_header(process, lines[0])
    give(process, lines[1:4])
    end = time.monotonic() + 30
    while not (state.exists() and pt.Runner("sma_cross", PARAMS, state=state.read_bytes()).bar == 2):
        assert time.monotonic() < end
        time.sleep(0.02)
    process.kill()
    process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_save_and_end(number, lines, whole, tmp_path) -> None:
    state = tmp_path / "paper.state"
    words = (*STRATEGY, "--state", state, "--save-every", 100_000)
    process = started(*words)
    assert process.stdin is not None
    give_header(process, lines[0])
    answers = give(process, lines[1:100])
    process.stdin.write(lines[100][:-2])  # a line that has not come whole
    process.stdin.flush()
    process.send_signal(number)
    out, errors = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, "")
    assert errors == f"note: stopped after 99 bars; the state is in {state}\n"
    again = feed(*words, lines=[lines[0], *lines[100:]])
    assert again.returncode == 0, again.stderr
    assert answers + again.stdout.splitlines() == whole


def test_two_feeds_do_not_share_a_state(lines, tmp_path) -> None:
    state = tmp_path / "paper.state"
    link = tmp_path / "other.state"
    process = started(*STRATEGY, "--state", state)
    give_header(process, lines[0])
    give(process, lines[1:3])
    end = time.monotonic() + 30
    while not state.exists():
        assert time.monotonic() < end
        time.sleep(0.02)
    link.symlink_to(state)
    for name in (state, link):
        second = feed(*STRATEGY, "--state", name, lines=lines)
        assert (second.returncode, second.stdout) == (1, "")
        assert "another feed that is running has" in second.stderr
    process.communicate()
    assert process.returncode == 0
    assert feed(*STRATEGY, "--state", state, lines=lines).returncode == 0
    with (tmp_path / "paper.state.lock").open() as lock:  # nobody has it any more
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.parametrize(
    ("bad", "status", "what"),
    [
        ("2000-06-01,1,2", 3, "has 3 cells"),
        ("2000-06-01,a,2,3,4,5,6", 3, "is not a number"),
        ("whenever,1,2,3,4,5,6", 3, "is not a time"),
        ("1999-11-01,10,11,9,10,10,5", 3, "does not come after the last one"),
        ("2030-06-01,10,8,9,10,10,5", 3, "below its low"),
        ("2030-06-01,10,11,9,-1,-1,5", 3, "prices must be numbers above 0"),
        ("2030-06-01,10,11,9,,,5", 3, "prices must be numbers above 0"),
    ],
)
@pytest.mark.parametrize("kept", [True, False])
def test_a_bad_line_ends_the_feed(bad, status, what, kept, lines, whole, tmp_path) -> None:
    state = tmp_path / "paper.state"
    words = (*STRATEGY, "--state", state) if kept else STRATEGY
    width = lines[0].count(",") + 1
    cells = bad.split(",")
    bad = ",".join(cells[:width] if len(cells) > 3 else cells)
    done = feed(*words, lines=[*lines[:50], bad, *lines[50:]])
    assert done.returncode == status
    assert done.stderr.startswith("error: standard input: line 51: ")
    assert what in done.stderr
    assert "the 49 bars before it are told" in done.stderr
    assert "mend the line" in done.stderr
    assert done.stdout.splitlines() == whole[:49]
    if kept:
        again = feed(*words, lines=lines)
        assert done.stdout.splitlines() + again.stdout.splitlines() == whole


def test_states_that_are_refused(lines, tmp_path) -> None:
    state = tmp_path / "paper.state"
    assert feed(*STRATEGY, "--state", state, lines=lines[:20]).returncode == 0
    good = state.read_bytes()

    def refused(*words: object, status: int, what: str) -> None:
        before = state.read_bytes()
        done = feed(*words, "--state", state, lines=lines)
        assert (done.returncode, done.stdout) == (status, ""), done.stderr
        assert what in done.stderr and "--state" in done.stderr
        assert state.read_bytes() == before

    refused(*STRATEGY, "--commission", "0.01", status=2, what="other options")
    refused("rsi_reversion", status=2, what="another strategy")
    state.write_bytes(good[:-9])
    refused(*STRATEGY, status=3, what="cut or damaged")
    state.write_bytes(b"")
    refused(*STRATEGY, status=3, what="cut or damaged")


@pytest.mark.parametrize(
    ("words", "status", "what"),
    [
        (("sma_crosss",), 2, "did you mean"),
        (("sma_cross", "--data", "nowhere.csv"), 2, "cannot read 'nowhere.csv'"),
        (("sma_cross", "--data", "."), 2, "it is a folder"),
        (("sma_cross", "--save-every", "0"), 2, "at least 1"),
        (("sma_cross", "--state", "/no/such/folder/x"), 1, "--state"),
        (("sma_cross", "--state", "."), 2, "folder"),
        (("sma_cross", "--set", "fastt=3"), 2, "fast"),
        (("sma_cross", "--time-zone", "Mars/Olympus"), 2, "Mars/Olympus"),
    ],
)
def test_wrong_use(words, status, what, tmp_path) -> None:
    call = [peak_command(), "feed", *words]
    done = subprocess.run(call, capture_output=True, text=True, input="time,close\n", cwd=tmp_path, timeout=60)
    assert (done.returncode, done.stdout) == (status, ""), done.stderr
    assert what in done.stderr


def test_an_empty_stream_and_a_last_line_without_its_end() -> None:
    assert feed("sma_cross", lines=[]).returncode == 0
    call = [peak_command(), "feed", "sma_cross"]
    done = subprocess.run(call, capture_output=True, text=True, input="time,close\n2024-01-01,5", timeout=60)
    assert done.returncode == 0
    assert json.loads(done.stdout)["bar"] == 0


def test_output_that_nobody_takes_is_not_kept(lines, tmp_path) -> None:
    state = tmp_path / "paper.state"
    with open("/dev/full", "w") as full:
        call = [peak_command(), "feed", *STRATEGY, "--state", str(state)]
        done = subprocess.run(call, stdout=full, stderr=subprocess.PIPE, text=True, input="\n".join(lines), timeout=60)
    assert done.returncode == 1
    assert "cannot write to standard output" in done.stderr
    assert not state.exists()
