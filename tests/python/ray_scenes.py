"""Scenes on Ray clusters of their own, each played in a process of its own: ``python ray_scenes.py SCENE FOLDER``.

Ray ends the process that is connected to it when its raylet is lost, as happens beside a heavy load: here that is the end of
one scene, not of all tests. A scene that fails says so on standard error and leaves with a status other than 0.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd

import peaktrade as pt

RANDOM = np.random.default_rng(5)
SIZE = 3000
CLOSE = 100 * np.exp(np.cumsum(RANDOM.normal(0.0002, 0.01, SIZE)))
DATA = {
    "time": np.arange(SIZE) * 3_600_000_000_000,
    "open": np.concatenate(([100.0], CLOSE[:-1])),
    "high": CLOSE * 1.02,
    "low": CLOSE * 0.98,
    "close": CLOSE,
}
GRID = {"fast": pt.range(2, 21), "slow": pt.range(22, 60), "commission": [0.0, 0.001]}
# Lasts for seconds on any machine, in blocks of a tenth.
LONG_GRID = {"fast": pt.range(2, 21), "slow": pt.range(22, 60), "stop_loss": pt.range(0.001, 0.5, 0.001)}


@contextmanager
def one_node():
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": 80_000_000, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=node)
    try:
        yield cluster
    finally:
        cluster.shutdown()


@contextmanager
def connected():
    import ray

    with one_node() as cluster:
        ray.init(address=cluster.address, log_to_driver=False, logging_level="error")
        try:
            yield cluster
        finally:
            ray.shutdown()


def same_bytes(one, other):
    a, b = one.to_pandas(), other.to_pandas()
    assert list(a) == list(b), (list(a), list(b))
    for name in a:
        if a[name].dtype == float:
            assert a[name].to_numpy().tobytes() == b[name].to_numpy().tobytes(), name
        else:
            assert a[name].tolist() == b[name].tolist(), name
    assert one.overfitting == other.overfitting
    assert one.failures == other.failures


def when_rows_are_kept(store, action):
    """Does something once, as soon as the store holds rows."""

    def wait():
        while not any(file.stat().st_size for file in store.glob("*.sweep")):
            time.sleep(0.001)
        action()

    threading.Thread(target=wait, daemon=True).start()


def a_node_dies(folder):
    with connected() as cluster:
        node = cluster.add_node(num_cpus=1, object_store_memory=80_000_000)
        cluster.wait_for_nodes()
        alone = pt.sweep(DATA, "sma_cross", GRID, where="fast < slow", reuse=False, size_step=1)
        added = []
        keep = pt._native.add_to_sweep_store

        def keep_and_kill(store, name, rows):
            added.append(name)
            if len(added) == 3:  # others are on their way
                cluster.remove_node(node, allow_graceful=False)
            keep(store, name, rows)

        options = {"where": "fast < slow", "size_step": 1, "store": folder}
        with mock.patch.object(pt._native, "add_to_sweep_store", keep_and_kill):
            swept = pt.sweep(DATA, "sma_cross", GRID, cluster=cluster.address, **options)
        assert len(added) > 3 and swept.complete, added
        assert (swept.computed, swept.reused) == (len(alone), 0)
        same_bytes(swept, alone)
        # Kept under their content keys: neither the cluster nor this machine computes them again.
        with mock.patch.object(pt._native, "add_to_sweep_store", None):
            assert pt.sweep(DATA, "sma_cross", GRID, cluster=cluster.address, **options).computed == 0
        assert pt.sweep(DATA, "sma_cross", GRID, **options).computed == 0


def markets_windows_and_words(folder):
    other = {**DATA, "close": CLOSE[::-1].copy(), "open": np.concatenate(([CLOSE[-1]], CLOSE[::-1][:-1]))}
    other |= {"high": other["close"] * 1.5, "low": other["close"] * 0.5}
    data = {"A": DATA, "B": other}
    options = {"windows": ["1970-01:1970-03", "1970-02:"], "reuse": False}
    grid = {"fast": [0, 3, 5], "fill": ["next_open", "same_close"]}
    here = pt.sweep(data, "sma_cross", grid, **options)
    with connected() as cluster:
        same_bytes(pt.sweep(data, "sma_cross", grid, cluster=cluster.address, **options), here)
    with one_node() as cluster:  # nobody is connected: a process of its own is
        same_bytes(pt.sweep(data, "sma_cross", grid, cluster=cluster.address, **options), here)


def an_interrupted_sweep_goes_on(folder):
    keep = pt._native.add_to_sweep_store
    added = []

    def keep_and_interrupt(store, name, rows):
        keep(store, name, rows)
        added.append(name)
        if len(added) == 2:
            raise KeyboardInterrupt

    with connected() as cluster:
        options = {"store": folder, "cluster": cluster.address, "size_step": 1}
        with mock.patch.object(pt._native, "add_to_sweep_store", keep_and_interrupt):
            try:
                pt.sweep(DATA, "sma_cross", GRID, **options)
                raise AssertionError("it was not interrupted")
            except pt.SweepInterrupted as stopped:
                kept = stopped.result.computed
        assert 0 < kept < 20 * 39 * 2, kept
        resumed = pt.sweep(DATA, "sma_cross", GRID, **options)
        assert (resumed.reused, resumed.computed) == (kept, 20 * 39 * 2 - kept)
        same_bytes(resumed, pt.sweep(DATA, "sma_cross", GRID, reuse=False, size_step=1))


def the_command(folder):
    peak = os.environ["PEAK_COMMAND"]
    prices = folder / "prices.csv"
    pd.DataFrame({**DATA, "time": pd.to_datetime(DATA["time"], utc=True)}).to_csv(prices, index=False)
    command = [peak, "sweep", "sma_cross", "--data", prices, "--window", "1970-01:1970-02", "--window", "1970-03:"]
    command += ["--grid", "fast=0,3,5", "--grid", "stop_loss=0.05,atr:2", "--commission", "0.001", "--size", "0.5"]
    command += ["--set", "slow=30", "--json", "--top", "all"]
    environment = {**os.environ, "PEAK_PYTHON": sys.executable, "PEAK_SWEEP_STORE": "off"}

    def rows(*more):
        done = subprocess.run([*command, *more], env=environment, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    with one_node() as cluster:
        there, here = rows("--cluster", cluster.address), rows()
    assert there["rows"] == here["rows"] and len(there["rows"]) == 12
    assert there["overfitting"] == here["overfitting"]
    assert there["reused"] == 12  # none was computed again by the command itself


def ctrl_c_and_a_lost_raylet(folder):
    """A sweep that is not connected here is stopped by Ctrl-C, goes on, and loses this machine's raylet: that is told."""
    store = folder / "store"
    with one_node() as cluster:
        options = {"store": store, "cluster": cluster.address, "commission": 0.001}
        when_rows_are_kept(store, lambda: os.kill(os.getpid(), signal.SIGINT))
        try:
            pt.sweep(DATA, "sma_cross", LONG_GRID, **options)
            raise AssertionError("it was not interrupted")
        except pt.SweepInterrupted as stopped:
            assert 0 < stopped.result.computed < len(stopped.result)
        raylet = cluster.head_node.all_processes["raylet"][0].process
        other = {**options, "store": folder / "other"}
        when_rows_are_kept(other["store"], raylet.kill)
        began = time.monotonic()
        try:
            pt.sweep(DATA, "sma_cross", LONG_GRID, **other)
            raise AssertionError("it did not notice")
        except RuntimeError as lost:
            sys.stdout.write(f"told after {time.monotonic() - began:.1f} s: {lost}\n")


def the_command_and_a_lost_raylet(folder):
    store = folder / "store"
    prices = folder / "prices.csv"
    pd.DataFrame({**DATA, "time": pd.to_datetime(DATA["time"], utc=True)}).to_csv(prices, index=False)
    command = [os.environ["PEAK_COMMAND"], "sweep", "sma_cross", "--data", prices, "--grid", "fast=2:21:1"]
    command += ["--grid", "slow=22:60:1", "--grid", "stop_loss=0.001:0.5:0.001", "--top", "1"]
    environment = {**os.environ, "PEAK_PYTHON": sys.executable, "PEAK_SWEEP_STORE": str(store)}
    with one_node() as cluster:
        when_rows_are_kept(store, cluster.head_node.all_processes["raylet"][0].process.kill)
        done = subprocess.run(
            [*command, "--cluster", cluster.address], env=environment, capture_output=True, text=True, timeout=600
        )
    assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
    sys.stdout.write(done.stderr)


def ends_without_a_word(folder):
    os._exit(1)  # as Ray does


SCENES = {
    scene.__name__: scene
    for scene in (
        a_node_dies,
        markets_windows_and_words,
        an_interrupted_sweep_goes_on,
        the_command,
        ctrl_c_and_a_lost_raylet,
        the_command_and_a_lost_raylet,
        ends_without_a_word,
    )
}

if __name__ == "__main__":
    SCENES[sys.argv[1]](Path(sys.argv[2]))
    sys.stdout.write("played to its end\n")
