"""Sweeps of strategies that are Python code: classes, and functions that make signals. One run after the other."""

from __future__ import annotations

import sys
import time

from . import _native
from ._backtest import OPTIONS, SETTINGS, backtest
from ._sweep import REPORT_S, SweepInterrupted, SweepResult, _show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def sweep_code(
    recorder: _native.SweepRecorder,
    markets: list[Any],
    strategy: type | Callable[..., Any],
    options: dict[str, Any],
    show_progress: bool | None,
) -> SweepResult:
    """Runs every row; what one raises is its reason for having failed, Ctrl-C keeps what is finished."""
    show = sys.stderr.isatty() if show_progress is None else show_progress
    start = reported = time.perf_counter()
    try:
        for row in _rows(recorder.rows):
            try:
                recorder.put(row, _run(recorder, row, markets, strategy, options))
            except Exception as error:  # whatever a strategy raises belongs to its combination
                recorder.fail(row, f"{type(error).__name__}: {error}")
            now = time.perf_counter()
            if show and now - reported >= REPORT_S:
                reported = now
                _show(row + 1, recorder.rows, (row + 1) / (now - start))
    except KeyboardInterrupt:
        raise SweepInterrupted(SweepResult(recorder.take(time.perf_counter() - start))) from None
    finally:
        if show and reported > start:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
    return SweepResult(recorder.take(time.perf_counter() - start))


def _rows(count: int) -> Any:
    import builtins

    return builtins.range(count)


def _run(
    recorder: _native.SweepRecorder,
    row: int,
    markets: list[Any],
    strategy: type | Callable[..., Any],
    options: dict[str, Any],
) -> _native.Result:
    """One run: axes that are options of the broker go to backtest, all others to the strategy."""
    data = markets[recorder.market(row)]
    run, params = dict(options), dict(options.get("params") or {})
    run.pop("params", None)
    for name, number in recorder.parameters(row).items():
        value = int(number) if isinstance(number, float) and number.is_integer() else number
        (run if name in OPTIONS or name in SETTINGS else params)[name] = value
    if isinstance(strategy, type):
        return backtest(data, strategy, params, **run)._run
    return backtest(data, strategy(data, **params), **run)._run
