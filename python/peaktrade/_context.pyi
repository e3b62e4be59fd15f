import datetime
from collections.abc import Iterator
from typing import Any, Literal, Protocol, overload

import numpy
import numpy.typing

from ._native import Expression, PanelContext, Size

__all__ = ["Context", "OrderHandle", "PanelContext", "Series", "StrategyClass"]

_Size = float | str | Size | None

class StrategyClass(Protocol):
    """A class with on_bar, and init if it declares anything; ctx is a Context, or over many symbols a PanelContext."""
    def on_bar(self, ctx: Any, /) -> object: ...

class Series:
    """The history of a column or an indicator: series[-1] is the present bar, the last there is."""
    @overload
    def __getitem__(self, index: int, /) -> float: ...
    @overload
    def __getitem__(self, index: slice, /) -> numpy.typing.NDArray[numpy.float64]: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[float]: ...
    def __array__(self, dtype: Any = None, *, copy: bool | None = None) -> numpy.typing.NDArray[Any]: ...
    def output(self, name: str, /) -> Series:
        """In init: another output of an indicator with several, by name."""

class OrderHandle:
    """An order that a strategy gave."""
    @property
    def id(self) -> int:
        """Its row in result.orders."""
    @property
    def action(self) -> Literal["buy", "sell"]: ...
    @property
    def type(self) -> str:
        """'market', 'limit', 'stop', 'stop_limit' or 'trailing'."""
    @property
    def status(self) -> str:
        """'working', 'filled', 'partly_filled', 'cancelled', 'expired' or 'rejected'."""
    @property
    def reason(self) -> str:
        """Why it did not fill, or not wholly."""
    @property
    def quantity(self) -> float:
        """Units filled."""
    @property
    def price(self) -> float:
        """Mean price of its fills; 0 when unfilled."""
    @property
    def tag(self) -> Any:
        """What it was given as tag."""
    @property
    def symbol(self) -> str:
        """The symbol that it is for; '' where the data have no name."""

class Context:
    """What a strategy class sees and does on a bar."""
    open: Series
    high: Series
    low: Series
    close: Series
    volume: Series
    def __getattr__(self, column: str) -> Series:
        """A further column of the data."""
    @property
    def symbol(self) -> str:
        """The symbol's name; '' where the data have none."""
    @property
    def bar(self) -> int:
        """Number of the present bar, from 0; over many symbols of the symbol's own bars, -1 before its first."""
    @property
    def time(self) -> datetime.datetime:
        """The present bar's time, with the data's zone."""
    @property
    def position(self) -> float:
        """Units held; below 0 while short, 0 while flat."""
    @property
    def equity(self) -> float:
        """Equity at the present close."""
    @property
    def cash(self) -> float: ...
    @property
    def orders(self) -> list[OrderHandle]:
        """Orders that have not ended."""
    def indicator(self, function: str | Expression | Series, /, *args: Any, **kwargs: Any) -> Series:
        """In init: declares what is computed once for all bars: ("sma", "close", 10), a formula as text, an expression."""
    def column(self, name: str, /) -> Series:
        """In init: a further column of the data."""
    def parameter(self, name: str, default: float, /) -> float:
        """In init: the value given for a parameter, or its default."""
    def warm_up(self, bars: int, /) -> None:
        """In init: the first bar on which on_bar is called."""
    def buy(
        self,
        size: _Size = None,
        *,
        limit: float | None = None,
        stop: float | None = None,
        sl: float | None = None,
        tp: float | None = None,
        tag: Any = None,
        trail: float | str | None = None,
        trailing_stop: float | str | None = None,
        time_in_force: Literal["gtc", "day", "ioc", "fok"] | None = None,
        good_till: datetime.datetime | int | None = None,
        reduce_only: bool = False,
        oco: int | None = None,
    ) -> OrderHandle:
        """Gives an order to buy: at the market, or with a limit, a stop, both, or trailing the price.

        limit, stop
            Prices; both make a stop-limit order.
        trail
            A trailing order: its distance from the best price since, 0.05 for 5 %, "distance:2.5" or "atr:3".
        sl, tp, trailing_stop
            For what it opens: the prices of a stop and a target, the distance of a trailing stop.
        time_in_force ("gtc"), good_till
            "day", "ioc" and "fok" end sooner; ``good_till`` is a time from which on it has expired.
        reduce_only
            Never opens, adds or turns.
        oco
            Orders with one number cancel each other: the first to fill ends the others.
        tag
            Anything; results show it as text.
        """
    def sell(
        self,
        size: _Size = None,
        *,
        limit: float | None = None,
        stop: float | None = None,
        sl: float | None = None,
        tp: float | None = None,
        tag: Any = None,
        trail: float | str | None = None,
        trailing_stop: float | str | None = None,
        time_in_force: Literal["gtc", "day", "ioc", "fok"] | None = None,
        good_till: datetime.datetime | int | None = None,
        reduce_only: bool = False,
        oco: int | None = None,
    ) -> OrderHandle:
        """Gives an order to sell."""
    def close_position(self) -> OrderHandle | None:
        """Closes what is held; None while flat."""
    def target_weight(self, weight: float, /) -> OrderHandle:
        """Brings the position to a fraction of equity; below 0 is short."""
    def cancel(self, order: OrderHandle, /) -> bool:
        """Ends an order; False if it had ended."""
    def replace(
        self,
        order: OrderHandle,
        size: _Size = None,
        /,
        *,
        limit: float | None = None,
        stop: float | None = None,
        sl: float | None = None,
        tp: float | None = None,
        tag: Any = None,
        trail: float | str | None = None,
        trailing_stop: float | str | None = None,
        time_in_force: Literal["gtc", "day", "ioc", "fok"] | None = None,
        good_till: datetime.datetime | int | None = None,
        reduce_only: bool = False,
        oco: int | None = None,
    ) -> bool:
        """New terms for what is left of an order, which keeps its place; what is left out stays. False if it had ended, or
        if the new terms make no sense; it then keeps the old ones."""
    def protect(self, *, sl: float | None = None, tp: float | None = None) -> bool:
        """A new stop and target, as prices, for the position held; None leaves none. False without a position, and for
        prices on the wrong side of the close."""
