"""What result.explain(trade) gives back."""

from __future__ import annotations

from . import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Explanation:
    """Where the numbers of one trade come from; prints as text."""

    __slots__ = ("_json", "_text")

    def __init__(self, json: str, text: str) -> None:
        self._json = json
        self._text = text

    def to_json(self) -> str:
        """The text that ``peak explain --json`` prints."""
        return self._json

    def to_dict(self) -> dict[str, Any]:
        """The same as a dictionary: ``trade``, and ``fills`` with order, lines, life, rule, costs and cash."""
        import json

        return json.loads(self._json)

    def __repr__(self) -> str:
        return self._text

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(self._text)}</pre>"


def explanation(run: _native.Result, trade: int) -> Explanation:
    from operator import index

    try:
        number = index(trade)
    except TypeError:
        kind = type(trade).__name__
        raise TypeError(f"trade must be a whole number, the row of result.trades counted from 0, not {kind}") from None
    if number < 0:
        number += run.trade_count
    if number < 0:
        raise IndexError(f"there is no trade {trade}: the run has {run.trade_count}")
    return Explanation(*run.explain(number, 2, 100))
