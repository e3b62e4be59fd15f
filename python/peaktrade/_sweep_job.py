"""A sweep that the command wrote down for this package: ``_cluster_job`` and ``_optimize_job`` read it."""

from __future__ import annotations

import json

from . import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class SweepJob:
    """The file's content; ``job[name]`` is what the command gave under a name."""

    def __init__(self, path: str) -> None:
        with open(path, encoding="utf-8") as file:
            self._values: dict[str, Any] = json.load(file)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def strategy(self) -> _native.Strategy:
        return _native.Strategy.from_toml(self["strategy"])

    def axes(self) -> dict[str, Any]:
        return {name: list(values) for name, values in self["axes"].items()}

    def market(self, place: int) -> tuple[str, Any, list[str]]:
        """The symbol, the bars, which are read now, and no windows: the command has cut them."""
        market = self["markets"][place]
        return market["symbol"], _native.read_bars(market["path"]), []
