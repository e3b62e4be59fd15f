"""Ctrl-C before the first trials of a search are done stops it; it said that a condition of no words left none."""

import numpy as np
import pytest

import peaktrade as pt
from peaktrade import _optimize


class Impatient:
    """Asks for nothing: Ctrl-C comes while the first proposals are made."""

    def ask(self):
        raise KeyboardInterrupt

    def tell(self, trial, value):
        raise AssertionError("nothing was asked")


def test_ctrl_c_before_the_first_trial(monkeypatch, tmp_path):
    monkeypatch.setattr(_optimize, "_Study", lambda *_: Impatient())
    data = {"close": 100 + np.sin(np.arange(200.0))}
    with pytest.raises(KeyboardInterrupt) as stopped:
        pt.optimize(data, "sma_cross", {"fast": pt.range(2, 60), "slow": pt.range(61, 200)}, trials=5, store=tmp_path)
    assert not isinstance(stopped.value, pt.SweepInterrupted)
