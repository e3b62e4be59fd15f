"""Settings, a baseline or a feed's state that are a pipe: commands waited for its writer without end."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import pytest

COMMAND = os.environ.get("PEAK_COMMAND", "peak")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *arguments], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


@pytest.fixture
def pipe(tmp_path: Path) -> str:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return str(path)


def written(path: str, text: str) -> threading.Thread:
    def write() -> None:
        with open(path, "w") as file:
            file.write(text)

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    return writer


def test_a_configuration_that_is_a_pipe_is_read_once_its_writer_comes(pipe: str) -> None:
    writer = written(pipe, "[performance.cache]\nl1_sise = 5\n")
    answer = run("config", "check", "--file", pipe)
    writer.join(10)
    assert answer.returncode != 0
    assert "l1_size" in answer.stdout + answer.stderr


def test_a_configuration_that_is_a_folder_or_a_device_is_named(tmp_path: Path) -> None:
    for path, what in ((str(tmp_path), "a folder"), ("/dev/null", "a device")):
        answer = run("config", "check", "--file", path)
        assert answer.returncode != 0
        assert f"{path}: this is {what}, not a file" in answer.stderr


def test_a_pipe_that_nobody_writes_to_is_told_of(pipe: str) -> None:
    answer = run("config", "check", "--file", pipe)  # after ten seconds
    assert answer.returncode == 3
    assert "is a pipe that nobody writes to" in answer.stderr


def test_a_state_that_is_a_pipe_is_refused(pipe: str) -> None:
    answer = run("feed", "sma_cross", "--state", pipe)
    assert answer.returncode != 0
    assert "keeps nothing" in answer.stderr
