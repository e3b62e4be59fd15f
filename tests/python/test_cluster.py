"""Sweeps on a Ray cluster of two nodes that this test starts; one of them dies in the midst of a sweep."""

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import peaktrade as pt
from test_command import peak_command

ray = pytest.importorskip("ray", reason="pip install 'peaktrade[ray]'")

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


@pytest.fixture(scope="module")
def cluster():
    from ray.cluster_utils import Cluster

    os.environ.setdefault("RAY_DISABLE_IMPORT_WARNING", "1")
    made = Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 1, "object_store_memory": 80_000_000, "include_dashboard": False},
    )
    ray.init(address=made.address, log_to_driver=False, logging_level="error")
    yield made
    ray.shutdown()
    made.shutdown()


def add_node(cluster):
    node = cluster.add_node(num_cpus=1, object_store_memory=80_000_000)
    cluster.wait_for_nodes()
    return node


def same_bytes(one, other):
    a, b = one.to_pandas(), other.to_pandas()
    assert list(a) == list(b)
    for name in a:
        if a[name].dtype == float:
            assert a[name].to_numpy().tobytes() == b[name].to_numpy().tobytes(), name
        else:
            assert a[name].tolist() == b[name].tolist(), name
    assert one.overfitting == other.overfitting
    assert one.failures == other.failures


def test_the_same_bytes_although_a_node_dies(cluster, tmp_path, monkeypatch):
    node = add_node(cluster)
    alone = pt.sweep(DATA, "sma_cross", GRID, where="fast < slow", reuse=False, size_step=1)
    added = []
    keep = pt._native.add_to_sweep_store

    def keep_and_kill(store, name, rows):
        added.append(name)
        if len(added) == 3:  # others are on their way
            cluster.remove_node(node, allow_graceful=False)
        keep(store, name, rows)

    monkeypatch.setattr(pt._native, "add_to_sweep_store", keep_and_kill)
    options = {"where": "fast < slow", "size_step": 1, "store": tmp_path}
    swept = pt.sweep(DATA, "sma_cross", GRID, cluster=cluster.address, **options)
    assert len(added) > 3 and swept.complete
    assert (swept.computed, swept.reused) == (len(alone), 0)
    same_bytes(swept, alone)
    # Kept under their content keys: neither the cluster nor this machine computes them again.
    monkeypatch.setattr(pt._native, "add_to_sweep_store", None)
    assert pt.sweep(DATA, "sma_cross", GRID, cluster=cluster.address, **options).computed == 0
    assert pt.sweep(DATA, "sma_cross", GRID, **options).computed == 0


def test_markets_windows_failures_and_words(cluster):
    other = {**DATA, "close": CLOSE[::-1].copy(), "open": np.concatenate(([CLOSE[-1]], CLOSE[::-1][:-1]))}
    other |= {"high": other["close"] * 1.5, "low": other["close"] * 0.5}
    data = {"A": DATA, "B": other}
    options = {"windows": ["1970-01:1970-03", "1970-02:"], "reuse": False}
    grid = {"fast": [0, 3, 5], "fill": ["next_open", "same_close"]}
    same_bytes(
        pt.sweep(data, "sma_cross", grid, cluster=cluster.address, **options),
        pt.sweep(data, "sma_cross", grid, **options),
    )


def test_an_interrupted_sweep_goes_on(cluster, tmp_path, monkeypatch):
    keep = pt._native.add_to_sweep_store
    added = []

    def keep_and_interrupt(store, name, rows):
        keep(store, name, rows)
        added.append(name)
        if len(added) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(pt._native, "add_to_sweep_store", keep_and_interrupt)
    options = {"store": tmp_path, "cluster": cluster.address, "size_step": 1}
    with pytest.raises(pt.SweepInterrupted) as stopped:
        pt.sweep(DATA, "sma_cross", GRID, **options)
    kept = stopped.value.result.computed
    assert 0 < kept < 20 * 39 * 2
    monkeypatch.setattr(pt._native, "add_to_sweep_store", keep)
    resumed = pt.sweep(DATA, "sma_cross", GRID, **options)
    assert (resumed.reused, resumed.computed) == (kept, 20 * 39 * 2 - kept)
    same_bytes(resumed, pt.sweep(DATA, "sma_cross", GRID, reuse=False, size_step=1))


def test_the_command_shows_the_same_rows(cluster, tmp_path):
    peak = peak_command()
    prices = tmp_path / "prices.csv"
    pd.DataFrame({**DATA, "time": pd.to_datetime(DATA["time"], utc=True)}).to_csv(prices, index=False)
    command = [peak, "sweep", "sma_cross", "--data", prices, "--window", "1970-01:1970-02", "--window", "1970-03:"]
    command += ["--grid", "fast=0,3,5", "--grid", "stop_loss=0.05,atr:2", "--commission", "0.001", "--size", "0.5"]
    command += ["--set", "slow=30", "--json", "--top", "all"]
    environment = {**os.environ, "PEAK_PYTHON": sys.executable, "PEAK_SWEEP_STORE": "off"}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)

    def rows(*more):
        done = subprocess.run([*command, *more], env=environment, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    there, here = rows("--cluster", cluster.address), rows()
    assert there["rows"] == here["rows"] and len(there["rows"]) == 12
    assert there["overfitting"] == here["overfitting"]
    assert there["reused"] == 12  # none was computed again by the command itself
    refused = subprocess.run(
        [*command, "--cluster", cluster.address, "--detail", prices], env=environment, capture_output=True, text=True
    )
    assert refused.returncode == 2 and "--detail" in refused.stderr
    nowhere = {**environment, "PEAK_PYTHON": str(tmp_path / "no_python")}
    failed = subprocess.run([*command, "--cluster", "auto"], env=nowhere, capture_output=True, text=True)
    assert failed.returncode != 0 and "peaktrade[ray]" in failed.stderr


def test_what_is_wrong_is_told_before_the_cluster_is_asked(cluster):
    with pytest.raises(ValueError, match="'fast'"):
        pt.sweep(DATA, "sma_cross", {"fst": [1, 2]}, cluster="10.255.255.1:1")
    with pytest.raises(TypeError, match="Python code"):
        pt.sweep(DATA, lambda data, fast: None, {"fast": [1, 2]}, cluster=cluster.address)
