"""Studies of a strategy: walk-forward, cross-validation, Monte Carlo, sensitivity. The work is done in C++."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping

from . import _native
from ._result import BacktestResult
from ._sweep import _axis, _data_and_run, _grid_items

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._sweep import Range

    Grid = Mapping[str, Iterable[float | str] | Range]


class Study:
    """What every study gives: its numbers by name (``study["..."]``), and its tables as text."""

    def __init__(self, text_json: str, text: str) -> None:
        self._values: dict[str, Any] = json.loads(text_json)
        self._text = text

    def __getitem__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            from ._errors import NotFoundError
            from ._suggest import suggestion

            raise NotFoundError(f"the study has no '{name}'{suggestion(name, list(self._values))}") from None

    def to_dict(self) -> dict[str, Any]:
        """The object that the command prints with ``--json``."""
        return dict(self._values)

    def __repr__(self) -> str:
        return self._text.rstrip("\n")

    def _frame(self, rows: list[dict[str, Any]], times: tuple[str, ...] = ()) -> Any:
        import pandas

        frame = pandas.DataFrame(rows)
        for name in times:
            frame[name] = pandas.to_datetime(frame[name])
        return frame


class WalkForwardResult(Study):
    """Tests in a row, each with the parameters that were best before it."""

    def __init__(self, text_json: str, text: str, origin: Any, time: Any, equity: Any, returns: Any) -> None:
        super().__init__(text_json, text)
        self._origin = origin
        self._time, self._equity, self._returns = time, equity, returns

    @property
    def metrics(self) -> dict[str, float | None]:
        """Metrics of all tests in a row; None where undefined."""
        return self["metrics"]

    @property
    def efficiency(self) -> float | None:
        """Growth a year in the tests / in training."""
        return self["efficiency"]

    @property
    def windows(self) -> Any:
        """A row for each window: its times, the chosen parameters, the metric in training, return and metrics of the test."""
        rows = []
        for window in self["windows"]:
            row = {name: value for name, value in window.items() if name not in ("params", "metrics")}
            row.update(window["params"])
            tested = window["metrics"]
            row.update({f"test_{name}": tested[name] for name in ("total_return", "sharpe", "max_drawdown", "trades")})
            rows.append(row)
        return self._frame(rows, ("train_start", "train_end", "test_start", "test_end"))

    @property
    def equity(self) -> Any:
        """Equity at each close of the tests, with the data's index."""
        return self._series(self._equity, "equity")

    @property
    def returns(self) -> Any:
        """Return of each bar of the tests."""
        return self._series(self._returns, "return")

    def _series(self, values: Any, name: str) -> Any:
        import pandas

        first = self["first_bar"]
        if isinstance(self._origin, pandas.Index):
            index = self._origin[first : first + len(values)]
        else:
            index = pandas.DatetimeIndex(self._time.view("datetime64[ns]"), name="time", tz="UTC")
        return pandas.Series(values, index=index, name=name)


class CrossValidationResult(Study):
    """Paths out of sample, put together from every choice of test groups."""

    @property
    def paths(self) -> Any:
        """Sharpe ratio, return and drawdown of each path."""
        return self._frame(self["paths"])

    @property
    def splits(self) -> Any:
        """The chosen parameters of each split, with their Sharpe ratios in training and test."""
        return self._frame(
            [{**{k: v for k, v in row.items() if k != "params"}, **row["params"]} for row in self["splits"]]
        )


class MonteCarloResult(Study):
    """Histories that could have been."""

    def __init__(self, text_json: str, text: str, paths: dict[str, Any]) -> None:
        super().__init__(text_json, text)
        self.paths = paths
        """By name (final_equity, total_return, max_drawdown, sharpe), the values of all paths in ascending order."""

    @property
    def cone(self) -> Any:
        """Equity over time: what was, and below what 5, 25, 50, 75 and 95 % of the paths lie."""
        return self._frame(self["cone"]).set_index("step")

    @property
    def loss_probability(self) -> float:
        """Share of the paths that end below the cash at the start."""
        return self["loss_probability"]

    @property
    def ruin_probability(self) -> float:
        """Share of the paths that lost ``ruin`` of the cash at some time."""
        return self["ruin_probability"]


class SensitivityResult(Study):
    """Parameters and costs moved; bad times looked at."""

    @property
    def break_even_commission(self) -> float | None:
        """The commission at which nothing is left; 0 without a gain, None when commission does not matter."""
        return self["break_even_commission"]

    @property
    def parameters(self) -> Any:
        """A row for each parameter and value."""
        rows = []
        for entry in self["parameters"]:
            for value, metric in zip(entry["values"], entry["metric"], strict=True):
                rows.append({"parameter": entry["parameter"], "value": value, self["metric"]: metric})
        return self._frame(rows)

    @property
    def costs(self) -> Any:
        """Return and Sharpe ratio by commission."""
        return self._frame(self["costs"])

    @property
    def stress(self) -> Any:
        """Market and strategy in the deepest falls of the market, and in windows of your own."""
        return self._frame(self["stress"], ("from", "to"))


def _axes(grid: Grid) -> dict[str, Any]:
    return {name: _axis(values) for name, values in _grid_items(grid)}


def walk_forward(
    data: Any,
    strategy: _native.Strategy | str | os.PathLike[str],
    grid: Grid,
    *,
    where: str | None = None,
    windows: int = 8,
    train: int | None = None,
    test: int | None = None,
    anchored: bool = False,
    purge: int = 0,
    embargo: int = 0,
    metric: str = "sharpe",
    threads: int | None = None,
    **options: Any,
) -> WalkForwardResult:
    """Chooses the best combination of ``grid`` in each training window and trades it in the test window after it.

    windows (8), train (three times the test), test
        Number of tests, bars of training, bars of each test. ``anchored=True`` trains on all bars before the test.
    purge, embargo (0)
        Bars cut off the end of training; bars at the start of a test on which nothing is opened.
    metric ("sharpe")
        By which parameters are chosen.

    Further options are those of ``peaktrade.backtest``.
    """
    if is_over_many(data, strategy, options):
        over, account = _over_many(data, strategy, options, "walk_forward")
        cutting = (anchored, windows, train or 0, test or 0, purge, embargo, metric, threads or 0)
        return WalkForwardResult(*_native.walk_forward_panel(*over, _axes(grid), where or "", *account, *cutting))
    data, run = _data_and_run(data, options, "walk_forward", ())
    return WalkForwardResult(
        *_native.walk_forward(
            data,
            strategy,
            _axes(grid),
            where or "",
            run,
            anchored,
            windows,
            train or 0,
            test or 0,
            purge,
            embargo,
            metric,
            threads or 0,
        )
    )


def cross_validate(
    data: Any,
    strategy: _native.Strategy | str | os.PathLike[str],
    grid: Grid,
    *,
    where: str | None = None,
    groups: int = 10,
    test_groups: int = 2,
    purge: int = 0,
    embargo: int = 0,
    threads: int | None = None,
    **options: Any,
) -> CrossValidationResult:
    """Combinatorial purged cross-validation: every choice of ``test_groups`` of ``groups`` parts of the time is a test of the
    combination that was best in the rest; the tests together make whole paths out of sample."""
    if is_over_many(data, strategy, options):
        over, account = _over_many(data, strategy, options, "cross_validate")
        cutting = (groups, test_groups, purge, embargo, threads or 0)
        return CrossValidationResult(
            *_native.cross_validation_panel(*over, _axes(grid), where or "", *account, *cutting)
        )
    data, run = _data_and_run(data, options, "cross_validate", ())
    return CrossValidationResult(
        *_native.cross_validation(
            data,
            strategy,
            _axes(grid),
            where or "",
            run,
            groups,
            test_groups,
            purge,
            embargo,
            threads or 0,
        )
    )


def monte_carlo(
    data: Any,
    strategy: _native.Strategy | str | os.PathLike[str] | None = None,
    *,
    method: str = "returns",
    paths: int = 1000,
    mean_length: float | None = None,
    seed: int = 1,
    ruin: float = 0.5,
    threads: int | None = None,
    **options: Any,
) -> MonteCarloResult:
    """Draws histories that could have been.

    data
        A ``BacktestResult``, or data as in ``peaktrade.backtest`` with a ``strategy`` and its options.
    method ("returns")
        ``"returns"``: the run's returns in random pieces. ``"trades"``: its closed trades in random order;
        ``"trades_again"``: drawn with repetition. ``"prices"``: the strategy on resampled markets.
    mean_length (square root of the bars)
        Of the pieces, in bars.
    ruin (0.5)
        The fraction of the cash at the start whose loss counts as ruin.

    Equal seeds give equal numbers.
    """
    drawing = (method, paths, mean_length or 0.0, seed, ruin, threads or 0)
    if isinstance(data, BacktestResult):
        if strategy is not None or options:
            raise TypeError("monte_carlo() of a result takes no strategy and no options of a run")
        return MonteCarloResult(*_native.monte_carlo_of_result(data._run, *drawing))
    if strategy is None:
        raise TypeError("monte_carlo() needs a result, or data and a strategy")
    if is_over_many(data, strategy, options):
        if method == "prices":
            raise ValueError(
                "method 'prices' draws the prices of one market; over many symbols draw 'returns', 'trades' or 'trades_again'"
            )
        from ._backtest import backtest

        return MonteCarloResult(*_native.monte_carlo_of_result(backtest(data, strategy, **options)._run, *drawing))
    data, run = _data_and_run(data, options, "monte_carlo", ())
    return MonteCarloResult(*_native.monte_carlo(data, strategy, run, *drawing))


def sensitivity(
    data: Any,
    strategy: _native.Strategy | str | os.PathLike[str],
    *,
    metric: str = "sharpe",
    steps: int = 3,
    step: float = 0.1,
    costs: int = 9,
    bad_times: int = 5,
    windows: Mapping[str, tuple[Any, Any]] | None = None,
    **options: Any,
) -> SensitivityResult:
    """Moves each parameter by itself, finds the commission at which the gain is gone, and looks at bad times.

    steps, step (3, 0.1)
        Values on either side of each parameter, and their distance as a fraction of it.
    bad_times (5)
        The deepest falls of the market to show; ``windows`` adds your own: ``{"covid": ("2020-02-19", "2020-03-23")}``.
    """
    own: list[tuple[str, int, int]] = []
    if windows:
        import pandas

        for name, (start, end) in windows.items():
            first, last = (int(pandas.Timestamp(time).tz_localize(None).value) for time in (start, end))
            own.append((name, first, last))
    moving = (metric, steps, step, costs, bad_times, own)
    if is_over_many(data, strategy, options):
        over, account = _over_many(data, strategy, options, "sensitivity")
        return SensitivityResult(*_native.sensitivity_panel(*over, *account, *moving))
    data, run = _data_and_run(data, options, "sensitivity", ())
    return SensitivityResult(*_native.sensitivity(data, strategy, run, *moving))


def is_over_many(data: Any, strategy: Any, options: Mapping[str, Any]) -> bool:
    """Whether a run of ``peaktrade.backtest`` would be one over many symbols."""
    if callable(strategy) and not isinstance(strategy, type):  # a function gets the data as they are
        return False
    from ._panel import is_many

    return is_many(data, strategy) or options.get("cash_sharing") is not None


def _over_many(
    data: Any, strategy: Any, options: dict[str, Any], caller: str
) -> tuple[tuple[Any, Any], tuple[dict[str, Any], str | None, bool, Any]]:
    """The panel and the strategy; the options of runs, schedule, sharing of cash and instruments."""
    from ._panel import Weights, _prepared, _runnable
    from ._sweep import _run_options

    if isinstance(strategy, Weights) and strategy.formula is None:
        raise TypeError(f"{caller}() needs a strategy with parameters, and weights given as numbers have none")
    if hasattr(strategy, "on_bar"):
        raise TypeError(f"{caller}() takes strategies of formulas, a file, a recipe by name or a formula of weights")
    run = _run_options(options, caller, ())
    panel, rebalance, sharing, instruments = _prepared(data, run)
    return (panel, _runnable(strategy)), (run, rebalance, sharing, instruments)
