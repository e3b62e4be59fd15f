"""The nearest known name, as C++ finds it."""

from __future__ import annotations

from collections.abc import Iterable

from . import _native


def suggestion(name: str, known: Iterable[str]) -> str:
    """ "; did you mean 'sma'?" when a near name exists, else the known ones."""
    return _native.suggestion(name, list(known))
