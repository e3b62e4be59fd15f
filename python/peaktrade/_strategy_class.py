"""What an exception in a strategy class becomes."""

from __future__ import annotations

from ._result import BacktestResult


class StrategyError(RuntimeError):
    """A strategy class raised an exception in ``on_bar``; the exception is ``__cause__``.

    ``strategy`` is the class's name, ``bar`` and ``time`` say where it happened, ``result`` is the run up to and
    including that bar.
    """

    strategy: str
    bar: int
    time: str
    result: BacktestResult


def failed(error, strategy, bar, time, run):
    """The exception to raise: a StrategyError, or what must stay what it is (Ctrl-C), with the result as well."""
    result = BacktestResult(run)
    if not isinstance(error, Exception):
        error.result = result
        return error
    message = str(error)
    text = f"{type(error).__name__}: {message}" if message else type(error).__name__
    failure = StrategyError(f"{strategy}.on_bar failed on bar {bar} ({time}): {text}")
    failure.strategy, failure.bar, failure.time, failure.result = strategy, bar, time, result
    failure.__cause__ = error
    return failure
