"""What a backtest gives back. Nothing is computed or copied before it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from . import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from typing import Any

    from ._explanation import Explanation


class Metrics(Mapping[str, "float | None"]):
    """Metrics by name, in the order of tables; None where undefined, with the reason in ``reasons``.

    Fractions are fractions (0.12 is 12 %), drawdowns are negative, money is in the account's currency.
    """

    __slots__ = ("_periods", "_reasons", "_run", "_values")

    def __init__(
        self, values: dict[str, float | None], reasons: dict[str, str], periods_per_year: float, periods_reason: str
    ) -> None:
        self._values: dict[str, float | None] | None = values
        self._reasons: dict[str, str] | None = reasons
        self._periods: tuple[float, str] | None = (periods_per_year, periods_reason)

    @classmethod
    def _of_run(cls, run: _native.Result) -> Metrics:
        """All of a run's metrics. They lie ready in C++; Python objects are made of them when they are looked at."""
        self = cls.__new__(cls)
        self._run = run
        self._values = self._reasons = self._periods = None
        return self

    def _all(self) -> dict[str, float | None]:
        if self._values is None:
            self._values = self._run.metrics()
        return self._values

    def __getitem__(self, name: str) -> float | None:
        values = self._all()
        try:
            return values[name]
        except KeyError:
            from ._errors import NotFoundError
            from ._suggest import suggestion

            raise NotFoundError(f"there is no metric '{name}'{suggestion(str(name), values)}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __contains__(self, name: object) -> bool:
        return name in self._all()

    @property
    def periods_per_year(self) -> float:
        """The P of rule 10, by which metrics are annualised."""
        return self._periods_and_reason()[0]

    @property
    def periods_reason(self) -> str:
        """Which branch of rule 10 gave it."""
        return self._periods_and_reason()[1]

    def _periods_and_reason(self) -> tuple[float, str]:
        if self._periods is None:
            self._periods = self._run.periods_per_year
        return self._periods

    @property
    def reasons(self) -> dict[str, str]:
        """Why a metric is undefined, by name; defined ones are not in it."""
        if self._reasons is None:
            self._reasons = self._run.reasons()
        return dict(self._reasons)

    @property
    def conventions(self) -> dict[str, str]:
        """How each metric is computed, by name."""
        return {info["name"]: info["convention"] for info in _native.metric_infos()}

    def __repr__(self) -> str:
        lines = []
        values, reasons = self._all(), self.reasons
        for info in _native.metric_infos():
            value = values[info["name"]]
            shown = "-" if value is None else f"{value:.2%}" if info["unit"] == "fraction" else f"{value:,.6g}"
            reason = f"   {reasons[info['name']]}" if value is None else ""
            lines.append(f"{info['name']:<24}{shown:>16}{reason}")
        return "\n".join(lines)


class BacktestResult:
    """A run: metrics, trades, orders, equity, and the page that shows them."""

    __slots__ = ("_metrics", "_run")

    def __init__(self, run: _native.Result) -> None:
        self._run = run
        self._metrics: Metrics | None = None

    @property
    def metrics(self) -> Metrics:
        """Metrics by snake_case name, as in ``peak backtest --json``."""
        if self._metrics is None:
            self._metrics = Metrics._of_run(self._run)
        return self._metrics

    @property
    def equity(self) -> Any:
        """Equity at each bar's close, with the data's index."""
        return self._series("equity", self._run.equity())

    @property
    def returns(self) -> Any:
        """Return of each bar; the first is against the starting cash."""
        return self._series("return", self._run.returns())

    @property
    def in_position(self) -> Any:
        """Whether there was a position at each bar's close."""
        return self._series("in_position", self._run.in_position())

    @property
    def trades(self) -> Any:
        """Closed and open trades in the order of entry; bars count from 0, an open trade has no exit."""
        return self._frame(self._run.trades())

    @property
    def orders(self) -> Any:
        """Every order with its status, and the reason when it did not fill."""
        return self._frame(self._run.orders())

    @property
    def order_events(self) -> Any:
        """The lives of all orders, by bar: submitted, triggered, replaced, filled, cancelled, expired, rejected. ``order``
        is the row in ``orders``."""
        return self._frame(self._run.order_events())

    @property
    def symbols(self) -> list[str]:
        """The symbols of the data, in their order."""
        return self._run.symbols

    @property
    def weights(self) -> Any:
        """Of a run over many symbols: what part of the equity each was at each close, a column for each."""
        if not self._run.is_panel:
            raise AttributeError("weights are of runs over many symbols; this one has in_position")
        from ._frames import symbol_frame

        return symbol_frame(self._run, self._run.weights(), self._run.symbols)

    @property
    def drawdowns(self) -> Any:
        """Every fall of the equity below its last peak; a peak without a bar is the starting cash."""
        return self._frame(self._run.drawdowns())

    @property
    def strategy(self) -> _native.Strategy:
        """The strategy as run; for given signals it has only a name."""
        return self._run.strategy

    @property
    def params(self) -> dict[str, float]:
        """The parameters as run, defaults included."""
        return self._run.params

    @property
    def bars(self) -> _native.Bars:
        """The data as the engine saw them."""
        return self._run.bars

    @property
    def warnings(self) -> list[str]:
        """What a user should know of this run: ruin, no trades and why."""
        return self._run.warnings

    @property
    def fingerprint(self) -> str:
        """Hash of data, strategy, parameters and options: equal runs have equal ones, on every machine."""
        return self._run.fingerprint

    def to_json(self, *, indent: int = 2, definitions: bool = True, trades: bool = False, orders: bool = False) -> str:
        """The text that ``peak backtest --json`` prints."""
        return _native.result_json(self._run, indent, definitions, trades, orders)

    def to_dict(self, *, trades: bool = False, orders: bool = False) -> dict[str, Any]:
        """The same as a dictionary."""
        import json

        return json.loads(self.to_json(indent=0, trades=trades, orders=orders))

    def explain(self, trade: int) -> Explanation:
        """Where the numbers of one trade come from: signals, the life of its orders, fill rules, costs, cash.

        ``trade`` counts from 0, as the rows of ``trades`` do. Prints as text; ``to_dict()`` has the values.
        """
        from ._explanation import explanation

        return explanation(self._run, trade)

    def report(self, path: str | os.PathLike[str], *, title: str = "") -> str | os.PathLike[str]:
        """Writes the run as one HTML page, whole or not at all; gives the path back."""
        _native.write_report(self._run, path, title)
        return path

    def stats(self, style: str = "backtesting.py") -> Any:
        """Metrics under another library's labels and units, as a pandas Series."""
        from ._stats import stats

        return stats(self, style)

    def plot(self, ax: Any = None) -> Any:
        """Equity against buy and hold with matplotlib; gives the axes back. ``report`` shows more."""
        from ._plot import plot

        return plot(self, ax)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the run into one file (see ``peaktrade._saved``), whole or not at all."""
        from ._saved import save

        save(self, path)

    @staticmethod
    def load(path: str | os.PathLike[str]) -> BacktestResult:
        """A run that was saved."""
        from ._saved import load

        return load(path)

    def _series(self, name: str, values: Any) -> Any:
        from ._frames import bar_series

        return bar_series(self._run, values, name)

    def _frame(self, columns: dict[str, Any]) -> Any:
        from ._frames import frame

        return frame(self._run, columns)

    def __str__(self) -> str:
        return _native.result_summary(self._run)

    def __repr__(self) -> str:
        values = [("final_equity", ",.2f"), ("total_return", ".2%"), ("sharpe", ".2f"), ("max_drawdown", ".2%")]
        shown = []
        for name, form in values:
            value = self._run.metric(name)
            shown.append(f"{name}={'None' if value is None else format(value, form)}")
        return f"BacktestResult({self._run.strategy_name}: {', '.join(shown)}, trades={self._run.trade_count})"

    def _repr_html_(self) -> str:
        from ._html import table

        return table(self)
