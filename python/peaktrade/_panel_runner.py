"""peaktrade.PanelRunner: the same strategy over many symbols, fed a stamp at a time, for live and paper feeds."""

from __future__ import annotations

from collections.abc import Mapping

from . import _native
from ._backtest import OPTIONS, PANEL_OPTIONS
from ._result import BacktestResult
from ._runner import check_options, load_notes, nanoseconds, notes_of, numbers_of, reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from typing import Any

    from ._context import StrategyClass
    from ._panel import Weights

OF_FEEDS = ("rebalance", "cash_sharing", "instruments")


class PanelRunner:
    """A strategy over many symbols, fed a stamp at a time: ``runner.push(bars)`` gives the orders that it decided then.

    symbols
        Their names, in the order in which they shall trade.
    strategy, params, options
        As ``peaktrade.backtest`` takes them over many symbols: formulas, recipes, weights (not a frame of them), classes;
        ``rebalance``, ``cash_sharing`` and ``instruments`` too.
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
        symbols: Sequence[str],
        strategy: _native.Strategy | str | os.PathLike[str] | Weights | StrategyClass | type[StrategyClass],
        params: Mapping[str, float] | None = None,
        *,
        columns: Sequence[str] = (),
        state: bytes | None = None,
        **options: Any,
    ) -> None:
        from ._panel import Weights, _runnable, _schedule, weights_in_order

        if isinstance(symbols, str):
            raise TypeError("symbols must be a list of names, such as ['KO', 'MSFT']")
        self._symbols = [str(symbol) for symbol in symbols]
        self._numbers = {symbol: number for number, symbol in enumerate(self._symbols)}
        self._columns = tuple(name.lower() for name in columns)
        own = {name: options.pop(name) for name in OF_FEEDS if name in options}
        for name in PANEL_OPTIONS:
            if name in options:
                raise TypeError(f"'{name}' is for data that are all there; a feed brings bars by symbol, as they come")
        given = dict(options) if params is None else {**options, "params": params}
        check_options("PanelRunner", given, (*OPTIONS, *OF_FEEDS))
        weights = None
        what: Any = strategy
        if isinstance(strategy, Weights) and strategy.formula is None:
            weights, what = weights_in_order(strategy.values, self._symbols), strategy.name
        else:
            what = _runnable(strategy)
        sharing = own.get("cash_sharing")
        schedule, shares = _schedule(own.get("rebalance")), True if sharing is None else bool(sharing)
        made = (self._symbols, what, weights, given, list(self._columns), schedule, shares, own.get("instruments"))
        self._runner = _native.PanelRunner(*made)
        if state is not None:
            load_notes(self._runner, self._runner.restore(bytes(state)), self._order)

    def push(self, bars: Mapping[str, Any], /, time: Any = None) -> list[dict[str, Any]]:
        """Takes the complete bars of one stamp, by symbol: each as ``Runner.push`` takes it, or a number, which is a close.
        Symbols without a bar are left out. ``time`` is that of all of them; without it each bar has its own, the same.

        Gives the orders decided at that close, each a dictionary as ``Runner.push`` gives it, with ``symbol`` first.
        Bars that make no sense raise ``peaktrade.DataError`` and none of them is taken.
        """
        if not isinstance(bars, Mapping):
            raise TypeError(f"push takes a mapping of symbols to their bars, not {type(bars).__name__}")
        stamp = None if time is None else nanoseconds(time)
        numbers, rows = [], []
        for symbol, bar in bars.items():
            read = {"close": bar} if isinstance(bar, int | float) else reader(bar)
            own = read.get("time")
            if own is not None or stamp is None:
                stamp = self._same_time(symbol, own, stamp)
            numbers.append(self._number(symbol))
            rows.append(numbers_of(read, self._columns))
        return self._runner.push(0 if stamp is None else stamp, numbers, rows)

    def result(self) -> BacktestResult:
        """The run so far, as a backtest on these bars gives it."""
        return BacktestResult(self._runner.result())

    def save(self) -> bytes:
        """The state, as ``Runner.save`` gives it."""
        return self._runner.save(notes_of(self._runner, lambda order: [self._numbers[order.symbol], order.id]))

    @property
    def symbols(self) -> list[str]:
        return list(self._symbols)

    @property
    def bar(self) -> int:
        """Number of the last stamp, from 0; -1 before the first."""
        return self._runner.bar

    @property
    def positions(self) -> dict[str, float]:
        """Units of the symbols that are held; below 0 while short."""
        return self._runner.positions

    @property
    def cash(self) -> float:
        """Of all accounts together."""
        return self._runner.cash

    @property
    def equity(self) -> float:
        """At the last closes."""
        return self._runner.equity

    def _order(self, saved: list[int]) -> Any:
        return self._runner.order(*saved)

    def _number(self, symbol: str) -> int:
        if symbol in self._numbers:
            return self._numbers[symbol]
        from ._suggest import suggestion

        raise ValueError(f"the runner has no symbol '{symbol}'{suggestion(str(symbol), self._symbols)}")

    def _same_time(self, symbol: str, own: Any, stamp: int | None) -> int:
        if own is None:
            raise TypeError(f"the bar of '{symbol}' has no time: give push(bars, time=...)")
        now = nanoseconds(own)
        if stamp is not None and now != stamp:
            raise ValueError(f"the bars of one push must be of one time, and that of '{symbol}' is of another")
        return now

    def __repr__(self) -> str:
        return f"PanelRunner({len(self._symbols)} symbols, bar={self.bar}, equity={self.equity})"
