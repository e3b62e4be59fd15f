"""peaktrade.Runner: the same strategy fed bar by bar, for live and paper feeds."""

from __future__ import annotations

from . import _native
from ._backtest import ALIASES, OPTIONS, SETTINGS
from ._result import BacktestResult

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence
    from typing import Any

    from ._context import StrategyClass

PRICES = ("open", "high", "low", "close", "volume")


class Runner:
    """A strategy fed bar by bar: ``runner.push(bar)`` gives the orders that it decided at that bar's close.

    strategy, params, options
        As ``peaktrade.backtest`` takes them (given signals have no next bar, so they cannot be fed).
    columns
        Names of further columns that the strategy reads; bars must then have them.
    state
        What ``save()`` gave: the runner goes on from there. Bytes that are cut, damaged, of another version, strategy or
        option are refused.

    It keeps a paper account by the rule book: ``result()`` equals ``peaktrade.backtest`` on the bars pushed so far, to
    the bit.
    """

    def __init__(
        self,
        strategy: _native.Strategy | str | os.PathLike[str] | StrategyClass | type[StrategyClass],
        params: Mapping[str, float] | None = None,
        *,
        columns: Sequence[str] = (),
        state: bytes | None = None,
        **options: Any,
    ) -> None:
        self._columns = tuple(name.lower() for name in columns)
        given = dict(options) if params is None else {**options, "params": params}
        for name in ("data", "strategy", "engine"):
            if name in given:
                raise TypeError(f"Runner() has no option '{name}'")
        settings = {name for name in given if name not in OPTIONS}
        _check_settings(settings)
        self._runner = _native.Runner(strategy, given, list(self._columns))
        if state is not None:
            self._load(self._runner.restore(bytes(state)))

    def push(self, bar: Any = None, /, **values: Any) -> list[dict[str, Any]]:
        """Takes a complete bar: a mapping or object with time, open, high, low, close, volume and further columns, or
        these by name. Gives the orders decided at its close, each a dictionary: id, action, type, size, quantity (what it
        comes to at this close), limit, stop, sl, tp, trailing_stop, reduce_only.

        A bar that makes no sense raises ``peaktrade.DataError`` and is not taken.
        """
        read = values if bar is None else _reader(bar)
        prices = [_number(read, name) for name in PRICES]
        further = [_number(read, name) for name in self._columns]
        return self._runner.push(_nanoseconds(_value(read, "time")), *prices, further)

    def result(self) -> BacktestResult:
        """The run so far, as a backtest on these bars gives it."""
        return BacktestResult(self._runner.result())

    def save(self) -> bytes:
        """The state: what is run, the bars, what a class did, and its attributes.

        Attributes may be None, bool, int, float, str, lists, tuples and dicts of these, and orders; for anything else a
        class has ``save_state(self)``, which gives such a value, and ``load_state(self, value)``.
        """
        instance = self._runner.instance
        if instance is None:
            return self._runner.save("")
        import json

        if hasattr(instance, "save_state"):
            own = _packed(instance.save_state(), "save_state()")
        else:
            own = {
                name: _packed(value, f"self.{name}")
                for name, value in vars(instance).items()
                if not isinstance(value, (_native.Series, _native.Context))
            }
        tags = [_packed(tag, "a tag") for tag in self._runner.tags]
        return self._runner.save(json.dumps({"own": own, "tags": tags}))

    def _load(self, notes: str) -> None:
        instance = self._runner.instance
        if instance is None:
            return
        import json

        saved = json.loads(notes)
        self._runner.tags.extend(self._unpacked(tag) for tag in saved["tags"])
        if hasattr(instance, "load_state"):
            instance.load_state(self._unpacked(saved["own"]))
            return
        for name, value in saved["own"].items():
            setattr(instance, name, self._unpacked(value))

    def _unpacked(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        ((kind, content),) = value.items()
        if kind == "order":
            return self._runner.order(content)
        if kind == "dict":
            return {self._unpacked(key): self._unpacked(item) for key, item in content}
        items = [self._unpacked(item) for item in content]
        return tuple(items) if kind == "tuple" else items

    @property
    def bar(self) -> int:
        """Number of the last bar, from 0; -1 before the first."""
        return self._runner.bar

    @property
    def position(self) -> float:
        """Units held; below 0 while short."""
        return self._runner.position

    @property
    def cash(self) -> float:
        return self._runner.cash

    @property
    def equity(self) -> float:
        """At the last close."""
        return self._runner.equity

    def __repr__(self) -> str:
        return f"Runner(bar={self.bar}, position={self.position}, equity={self.equity})"


def _check_settings(names: set[str]) -> None:
    for name in names - SETTINGS:
        from ._suggest import suggestion

        hint = f"; it is called '{ALIASES[name]}'" if name in ALIASES else suggestion(name, [*OPTIONS, *SETTINGS])
        raise TypeError(f"Runner() has no option '{name}'{hint}")


def _reader(bar: Any) -> Any:
    """Something with a value for each name, without regard to case."""
    if hasattr(bar, "items"):
        return {str(name).lower(): value for name, value in bar.items()}
    if hasattr(bar, "_asdict"):
        return {str(name).lower(): value for name, value in bar._asdict().items()}
    return {name: getattr(bar, name) for name in dir(bar) if not name.startswith("_")}


def _value(read: Mapping[str, Any], name: str) -> Any:
    if name in read:
        return read[name]
    if name == "volume":
        return float("nan")
    close = read.get("close")
    if name in PRICES and close is not None:
        return close
    raise TypeError(f"the bar has no {name}: give {', '.join(('time', *PRICES))}")


def _number(read: Mapping[str, Any], name: str) -> float:
    value = _value(read, name)
    if isinstance(value, str | bool):
        raise TypeError(f"the bar's {name} must be a number, not {value!r}")
    try:
        return float(value)
    except (TypeError, ValueError):
        raise TypeError(f"the bar's {name} must be a number, not {value!r}") from None


def _nanoseconds(time: Any) -> int:
    """Nanoseconds since 1970 of a number of them, a datetime, numpy's or pandas' time, or ISO text; without a zone: UTC."""
    import datetime

    if isinstance(time, bool):
        raise TypeError("the bar's time must be a time, not a bool")
    if isinstance(time, int):
        return time
    if isinstance(time, str):
        time = datetime.datetime.fromisoformat(time)
    if hasattr(time, "as_unit"):  # pandas
        return int(time.as_unit("ns").value)
    if hasattr(time, "astype"):  # numpy
        return int(time if time.dtype.kind in "iu" else time.astype("datetime64[ns]").astype("int64"))
    if isinstance(time, datetime.datetime):
        zoned = time if time.tzinfo is not None else time.replace(tzinfo=datetime.UTC)
        since = zoned - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
        return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1_000
    raise TypeError(f"a time must be a datetime, a number of nanoseconds or ISO text, not {time!r}")


def _packed(value: Any, place: str) -> Any:
    """A value as JSON can hold it: what is not a plain scalar becomes a dictionary with its kind."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, _native.OrderHandle):
        return {"order": value.id}
    if isinstance(value, list | tuple):
        return {type(value).__name__: [_packed(item, place) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[_packed(key, place), _packed(item, place)] for key, item in value.items()]}
    raise TypeError(
        f"{place} cannot be saved: it is of the kind {type(value).__name__}; keep plain values there, or give the class "
        "save_state(self) and load_state(self, value)"
    )
