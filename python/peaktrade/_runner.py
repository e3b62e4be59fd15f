"""peaktrade.Runner: the same strategy fed bar by bar, for live and paper feeds."""

from __future__ import annotations

from . import _native
from ._backtest import ALIASES, OPTIONS, SETTINGS
from ._result import BacktestResult

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Collection, Mapping, Sequence
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
        check_options("Runner", given, OPTIONS)
        self._runner = _native.Runner(strategy, given, list(self._columns))
        if state is not None:
            load_notes(self._runner, self._runner.restore(bytes(state)), self._runner.order)

    def push(self, bar: Any = None, /, **values: Any) -> list[dict[str, Any]]:
        """Takes a complete bar: a mapping or object with time, open, high, low, close, volume and further columns, or
        these by name. Gives the orders decided at its close, each a dictionary: id, action, type, size, quantity (what it
        comes to at this close), limit, stop, sl, tp, trailing_stop, reduce_only.

        A bar that makes no sense raises ``peaktrade.DataError`` and is not taken.
        """
        read = values if bar is None else reader(bar)
        opened, high, low, close, volume, *further = numbers_of(read, self._columns)
        return self._runner.push(nanoseconds(_value(read, "time")), opened, high, low, close, volume, further)

    def result(self) -> BacktestResult:
        """The run so far, as a backtest on these bars gives it."""
        return BacktestResult(self._runner.result())

    def save(self) -> bytes:
        """The state: what is run, the bars, what a class did, and its attributes.

        Attributes may be None, bool, int, float, str, lists, tuples and dicts of these, and orders; for anything else a
        class has ``save_state(self)``, which gives such a value, and ``load_state(self, value)``.
        """
        return self._runner.save(notes_of(self._runner, lambda order: order.id))

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


def check_options(owner: str, given: Mapping[str, Any], options: Collection[str]) -> None:
    for name in ("data", "strategy", "engine"):
        if name in given:
            raise TypeError(f"{owner}() has no option '{name}'")
    for name in sorted(set(given) - set(options) - SETTINGS):
        from ._suggest import suggestion

        hint = f"; it is called '{ALIASES[name]}'" if name in ALIASES else suggestion(name, [*options, *SETTINGS])
        raise TypeError(f"{owner}() has no option '{name}'{hint}")


def numbers_of(read: Mapping[str, Any], columns: Sequence[str]) -> list[float]:
    """Open, high, low, close, volume and these further columns of a bar."""
    return [_number(read, name) for name in (*PRICES, *columns)]


def reader(bar: Any) -> Any:
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


def nanoseconds(time: Any) -> int:
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


def notes_of(runner: _native.Runner | _native.PanelRunner, order_key: Callable[[Any], Any]) -> str:
    """What a strategy class keeps, and the tags of its orders, as the text that load_notes reads."""
    instance: Any = runner.instance
    if instance is None:
        return ""
    import json

    if hasattr(instance, "save_state"):
        own = _packed(instance.save_state(), "save_state()", order_key)
    else:
        own = {
            name: _packed(value, f"self.{name}", order_key)
            for name, value in vars(instance).items()
            if not _is_of_run(value)
        }
    tags = [_packed(tag, "a tag", order_key) for tag in runner.tags]
    return json.dumps({"own": own, "tags": tags})


def load_notes(runner: _native.Runner | _native.PanelRunner, notes: str, order_of: Callable[[Any], Any]) -> None:
    instance: Any = runner.instance
    if instance is None:
        return
    import json

    saved = json.loads(notes)
    runner.tags.extend(_unpacked(tag, order_of) for tag in saved["tags"])
    if hasattr(instance, "load_state"):
        instance.load_state(_unpacked(saved["own"], order_of))
        return
    for name, value in saved["own"].items():
        setattr(instance, name, _unpacked(value, order_of))


def _is_of_run(value: Any) -> bool:
    """What init makes anew: series, those of all symbols, and the context."""
    if isinstance(value, dict) and value:
        return all(isinstance(series, _native.Series) for series in value.values())
    return isinstance(value, _native.Series | _native.Context | _native.PanelContext)


def _packed(value: Any, place: str, order_key: Callable[[Any], Any]) -> Any:
    """A value as JSON can hold it: what is not a plain scalar becomes a dictionary with its kind."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, _native.OrderHandle):
        return {"order": order_key(value)}
    if isinstance(value, list | tuple):
        return {type(value).__name__: [_packed(item, place, order_key) for item in value]}
    if isinstance(value, dict):
        pairs = value.items()
        return {"dict": [[_packed(key, place, order_key), _packed(item, place, order_key)] for key, item in pairs]}
    raise TypeError(
        f"{place} cannot be saved: it is of the kind {type(value).__name__}; keep plain values there, or give the class "
        "save_state(self) and load_state(self, value)"
    )


def _unpacked(value: Any, order_of: Callable[[Any], Any]) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "order":
        return order_of(content)
    if kind == "dict":
        return {_unpacked(key, order_of): _unpacked(item, order_of) for key, item in content}
    items = [_unpacked(item, order_of) for item in content]
    return tuple(items) if kind == "tuple" else items
