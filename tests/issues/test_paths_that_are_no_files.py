"""Folders, devices, sockets and pipes in place of files are refused as bad input, and never waited for without end."""

import os
import pathlib
import socket
import subprocess
import threading

import pytest

import peaktrade as pt
from peaktrade.core.serialization import load_optimized_parquet

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def no_files(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.getcwd()
        os.chdir(tmp_path)  # the path of a socket is short
        try:
            listener.bind("socket")
        finally:
            os.chdir(here)
        yield {
            str(tmp_path / "folder"): "directory",
            str(tmp_path / "loop"): "cannot be read",
            str(tmp_path / "socket"): "a socket",
            "/dev/zero": "a device",
            "/dev/null": "a device",
        }


def test_python_says_what_they_are(no_files):
    for path, words in no_files.items():
        with pytest.raises(OSError, match=words):
            pt.read_bars(path)
        with pytest.raises((pt.DataError, OSError), match=r"is a folder|a device or a socket|no file"):
            next(iter(pt.iter_chunks(path, rows=10)))


def test_the_command_ends_with_bad_input(no_files):
    given = os.environ.get("PEAK_COMMAND")
    command = pathlib.Path(given) if given else ROOT / "build" / "release" / "bin" / "peak"
    assert command.is_file(), f"no command at {command}: build it, or set PEAK_COMMAND"
    for path, words in no_files.items():
        for words_before in (("data", "info"), ("data", "check"), ("data", "convert", "--out", os.devnull + ".csv")):
            done = subprocess.run([command, *words_before, path], capture_output=True, text=True, timeout=600)
            assert done.returncode == 3, (path, done)
            assert words in done.stderr or "no files of data" in done.stderr, (path, done)


def test_a_pipe_without_a_writer_is_refused(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    # It used to be waited for without end.
    with pytest.raises(pt.DataError, match="a pipe that nobody writes to"):
        pt.read_bars(path)
    with pytest.raises(pt.DataError, match="is a pipe, a device or a socket, which is not read in pieces"):
        next(iter(pt.iter_chunks(path, rows=10)))
    with pytest.raises(pt.DataError, match="is a pipe, a device or a socket"):
        load_optimized_parquet(path)


def test_what_a_writer_left_in_a_pipe_is_read(tmp_path):
    """Its writer has gone before the pipe is opened by its name, as `... | peak data info /dev/stdin` may be."""
    reading, writing = os.pipe()
    os.write(writing, b"time,close\n2020-01-02,1\n2020-01-03,2\n")
    os.close(writing)
    path = f"/dev/fd/{reading}"
    found = []
    thread = threading.Thread(target=lambda: found.append(len(pt.read_bars(path))), daemon=True)
    thread.start()
    thread.join(600)
    os.close(reading)
    assert found == [2]
