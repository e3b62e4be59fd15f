"""Arguments of parallel work: checked before anything starts, with errors that name them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _class(value: object) -> str:
    kind = type(value)
    return (
        kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__.split('.')[0]}.{kind.__qualname__}"
    )


def check_flag(value: object, name: str) -> None:
    if not isinstance(value, bool) and type(value).__name__ not in ("bool", "bool_"):  # numpy's are flags too
        raise TypeError(f"{name} must be True or False, not {value!r}")


def check_callable(value: object, name: str) -> None:
    if not callable(value):
        raise TypeError(f"{name} must be a function, not {'None' if value is None else _class(value)}")


def path_text(value: object, name: str) -> str:
    """The name of a file or folder as text."""
    import os

    if not isinstance(value, (str, bytes, os.PathLike)):
        raise TypeError(f"{name} must be the name of a file, not {'None' if value is None else _class(value)}")
    text = os.fsdecode(value)
    if not text:
        raise ValueError(f"{name} is empty; name a file")
    return text


def collects(on_error: str) -> bool:
    if on_error in ("raise", "collect"):
        return on_error == "collect"
    from .._suggest import suggestion

    hint = suggestion(on_error, ["raise", "collect"]) if isinstance(on_error, str) else ""
    raise ValueError(f"on_error must be 'raise' or 'collect', not {on_error!r}{hint}")


def positive(value: int | None, name: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} must be a whole number or None, not {_class(value)}")
    number = value.__index__()
    if number < 1:
        raise ValueError(f"{name} must be at least 1, not {number}")
    return number


def workers(max_workers: int | None, computing: bool) -> int:
    """How many at once; by default as many as there are performance cores, or more for work that waits."""
    given = positive(max_workers, "max_workers")
    if given is not None:
        return given
    from .. import _native

    return _native.usual_workers(computing)


def listed(items: Iterable[Any], name: str) -> list[Any]:
    if isinstance(items, (str, bytes)):
        raise TypeError(f"{name} is a {_class(items)}, whose items would be characters; give a list of items")
    _refuse_frame(items, name)
    try:
        iterator = iter(items)
    except TypeError:
        raise TypeError(f"{name} must be an iterable, not {'None' if items is None else _class(items)}") from None
    return list(iterator)


def keyed(items: Iterable[Any] | Mapping[Any, Any], name: str) -> tuple[list[Any] | None, list[Any]]:
    """Keys and values of a mapping or a pandas groupby; (None, items) for others."""
    if isinstance(items, Mapping):
        return list(items.keys()), list(items.values())
    if type(items).__module__.startswith("pandas.") and type(items).__name__.endswith("GroupBy"):
        pairs = list(items)
        return [key[0] if isinstance(key, tuple) and len(key) == 1 else key for key, _ in pairs], [
            value for _, value in pairs
        ]
    return None, listed(items, name)


def _refuse_frame(items: object, name: str) -> None:
    if hasattr(items, "columns") and type(items).__module__.split(".")[0] in ("pandas", "polars", "pyarrow"):
        raise TypeError(f"{name} is one {_class(items)}; give a list or a dict of frames, or frame.groupby(...)")


def no_options(options: Mapping[str, object], function: str, when: str) -> None:
    if options:
        raise TypeError(f"{function}() has no argument '{next(iter(options))}' {when}")


@contextmanager
def progress(wanted: bool, total: int) -> Iterator[Callable[[int], None]]:
    """What is told of each finished item; a bar on a terminal if it is wanted, else nothing."""
    if not wanted:
        yield lambda count: None
        return
    import sys

    from tqdm.auto import tqdm

    notebook = "ipykernel" in sys.modules
    with tqdm(total=total, disable=not (notebook or sys.stderr.isatty()), unit="item") as bar:
        yield lambda count: (bar.update(count), None)[1]
