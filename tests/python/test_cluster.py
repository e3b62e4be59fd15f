"""Sweeps on Ray clusters that these tests start: nodes that die, Ctrl-C, a lost raylet. What speaks with Ray runs in processes
of its own (``ray_scenes``), so that Ray cannot end the tests."""

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import peaktrade as pt
from ray_scenes import DATA
from test_command import peak_command

pytestmark = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="pip install 'peaktrade[ray]'")

SECONDS = 900  # of a scene, beside any load


@pytest.fixture
def play(tmp_path):
    """Plays a scene to its end and gives what it wrote; with Ray's files and ports apart from those of any other cluster."""
    # Not under tmp_path: the paths of Ray's sockets may not be long.
    own = tempfile.mkdtemp(prefix="peak_ray_", dir="/tmp")

    def run(scene):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
        environment |= {"PYTHONPATH": os.pathsep.join(sys.path), "RAY_TMPDIR": own, "RAY_DISABLE_IMPORT_WARNING": "1"}
        environment |= {"PEAK_COMMAND": peak_command(), "RAY_USAGE_STATS_ENABLED": "0"}
        output = tmp_path / "output"
        with output.open("wb") as file:  # not a pipe, which something that Ray left behind might hold open
            process = subprocess.Popen(
                [sys.executable, Path(__file__).with_name("ray_scenes.py"), scene, tmp_path],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                process.wait(SECONDS)
            finally:
                # Ray's own processes are in the group of the one that started them.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        text = output.read_text(errors="replace")
        assert process.returncode == 0, f"exit status {process.returncode}\n{text}"
        assert text.endswith("played to its end\n"), text
        return text

    yield run
    shutil.rmtree(own, ignore_errors=True)


@pytest.mark.parametrize(
    "scene", ["a_node_dies", "markets_windows_and_words", "an_interrupted_sweep_goes_on", "the_command"]
)
def test_the_same_rows_as_on_one_machine(play, scene):
    play(scene)


@pytest.mark.parametrize("scene", ["ctrl_c_and_a_lost_raylet", "the_command_and_a_lost_raylet"])
def test_a_lost_raylet_is_told(play, scene):
    told = play(scene)
    assert "raylet" in told and "repeat the sweep" in told
    assert "Traceback" not in told


def test_a_scene_that_ends_without_a_word_fails(play):
    with pytest.raises(AssertionError, match="exit status 1"):
        play("ends_without_a_word")


def test_what_is_wrong_is_told_before_the_cluster_is_asked():
    with pytest.raises(ValueError, match="'fast'"):
        pt.sweep(DATA, "sma_cross", {"fst": [1, 2]}, cluster="10.255.255.1:1")
    with pytest.raises(TypeError, match="Python code"):
        pt.sweep(DATA, lambda data, fast: None, {"fast": [1, 2]}, cluster="10.255.255.1:1")


def test_what_the_command_refuses(tmp_path):
    prices = tmp_path / "prices.csv"
    prices.write_text("time,open,high,low,close\n2020-01-01,1,1,1,1\n2020-01-02,1,1,1,1\n")
    command = [peak_command(), "sweep", "sma_cross", "--data", prices, "--grid", "fast=3,5", "--cluster", "auto"]
    environment = {**os.environ, "PEAK_SWEEP_STORE": "off", "PEAK_PYTHON": str(tmp_path / "no_python")}
    options = {"env": environment, "capture_output": True, "text": True, "check": False}
    refused = subprocess.run([*command, "--detail", prices], **options)
    assert refused.returncode == 2 and "--detail" in refused.stderr
    failed = subprocess.run(command, **options)
    assert failed.returncode != 0 and "peaktrade[ray]" in failed.stderr
