"""peaktrade.optimize: searches a grid that is too large to sweep; trials are sweeps of a few combinations each."""

from __future__ import annotations

import os
import sys

from . import _native
from ._sweep import (
    METRICS,
    SweepInterrupted,
    SweepResult,
    _axis,
    _check_series,
    _data_and_run,
    _grid_items,
    _markets,
    _show,
    _wait,
    sweep,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from ._sweep import Range

METHODS = ("random", "tpe", "cma-es")
BATCH = 16  # trials that are asked for together: the same on every machine, so that a seed says what is tried
ATTEMPTS = 10  # proposals for each trial, for those that repeat or break the condition
OWN = ("data", "strategy", "space", "metric", "trials", "method", "seed", "where", "windows", "metrics", "reuse")
OWN += ("store", "show_progress", "threads")


def optimize(
    data: Any,
    strategy: _native.Strategy | str | os.PathLike[str],
    space: Mapping[str, Iterable[float | str] | Range],
    *,
    metric: str = "sharpe",
    trials: int = 200,
    method: str = "tpe",
    seed: int = 1,
    where: str | None = None,
    windows: Iterable[str] | None = None,
    metrics: Iterable[str] | None = None,
    reuse: bool = True,
    store: str | os.PathLike[str] | None = None,
    show_progress: bool | None = None,
    threads: int | None = None,
    **options: Any,
) -> SweepResult:
    """Looks for the best combination of a grid that is too large to sweep.

    data, strategy, where, windows, metrics, reuse, store, threads, and options of a run
        As in ``peaktrade.sweep``. With several markets the mean over them is what is made best.
    space
        As the grid of ``peaktrade.sweep``: lists and ``peaktrade.range(low, high, step)``, of any size.
    metric
        What is made best: the highest value, or the lowest for metrics of which less is better.
    trials
        Combinations to try, all different; fewer if the space holds fewer.
    method
        ``"random"``; ``"tpe"``, the tree-structured Parzen estimator, or ``"cma-es"``, the evolution of a covariance
        matrix, both of Optuna: ``pip install 'peaktrade[optuna]'``. Axes of words are for random and tpe.
    seed
        Equal seeds try the same combinations, on any number of cores.

    Gives a ``SweepResult`` of the combinations that were tried, in the grid's order: a search tries many, so its
    ``overfitting`` counts as much as a sweep's.
    """
    if method not in METHODS:
        from ._suggest import suggestion

        raise ValueError(f"unknown method '{method}'{suggestion(method, METHODS)}")
    if not 1 <= trials <= 100_000:
        raise ValueError(f"trials is {trials}, but must be from 1 to 100,000")
    names = list(METRICS if metrics is None else [metrics] if isinstance(metrics, str) else metrics)
    if metric not in names:
        names.append(metric)
    axes = {name: _axis(values) for name, values in _grid_items(space)}
    size = 1
    for values in axes.values():
        size *= _size(values)
    if method == "random" or size <= trials:
        kind = {"random": trials, "seed": seed} if size > trials else {}
        common = {"windows": windows, "reuse": reuse, "store": store, "threads": threads}
        kind |= {"where": where, "metrics": names, "show_progress": show_progress}
        return sweep(data, strategy, space, **kind, **common, **options)
    data, run = _data_and_run(data, options, "optimize", OWN)
    _check_series(data, run)
    what = {"metric": metric, "trials": trials, "method": method, "seed": seed, "where": where or "", "names": names}
    what |= {"run": run, "threads": threads or 0, "show_progress": show_progress}
    folder = ("" if not reuse else _native.default_sweep_store() if store is None else os.fspath(store)) or None
    if folder is not None:
        return search(_markets(data, windows), strategy, axes, store=folder, **what)
    import tempfile

    with tempfile.TemporaryDirectory(prefix="peak_optimize_") as temporary:
        return search(_markets(data, windows), strategy, axes, store=temporary, **what)


def search(
    markets: list[Any],
    strategy: Any,
    axes: dict[str, Any],
    *,
    metric: str,
    trials: int,
    method: str,
    seed: int,
    where: str,
    names: list[str],
    run: dict[str, Any],
    store: str,
    threads: int,
    show_progress: bool | None,
) -> SweepResult:
    """``optimize`` with Optuna, after its arguments have been read: what is tried is kept in ``store``."""
    study = _Study(method, seed, _native.lower_is_better(metric), axes)
    return _Search(markets, strategy, axes, where, names, run, threads).run(study, metric, trials, store, show_progress)


def _size(values: Any) -> int:
    if not isinstance(values, tuple):
        return len(values)
    low, high, step = values
    if step == 0 or (high - low) / step < 0:
        return 1  # refused with its reason when it is first swept
    return int((high - low) / step + 1e-9) + 1


class _Study:
    """Optuna's side: proposes which value of each axis to take."""

    def __init__(self, method: str, seed: int, lower: bool, axes: dict[str, Any]) -> None:
        optuna = _optuna()
        self._sizes = {name: _size(values) for name, values in axes.items()}
        self._words = {name for name, values in axes.items() if any(isinstance(value, str) for value in values)}
        if method == "cma-es" and self._words:
            raise ValueError(
                f"cma-es moves along numbers, but '{sorted(self._words)[0]}' is an axis of words; use method='tpe', or fix it"
            )
        self._optuna = optuna
        verbosity = optuna.logging.get_verbosity()
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that multivariate proposals are new in Optuna
            sampler = (
                optuna.samplers.CmaEsSampler(seed=seed)
                if method == "cma-es"
                else optuna.samplers.TPESampler(seed=seed, multivariate=True, constant_liar=True)
            )
            self._study = optuna.create_study(sampler=sampler, direction="minimize" if lower else "maximize")
        optuna.logging.set_verbosity(verbosity)

    def ask(self) -> tuple[Any, int]:
        """A trial and its place in the product of the axes, the first one slowest."""
        trial, place = self._study.ask(), 0
        for name, size in self._sizes.items():
            if name in self._words:
                index = trial.suggest_categorical(name, list(range(size)))
            else:
                index = trial.suggest_int(name, 0, size - 1)
            place = place * size + index
        return trial, place

    def tell(self, trial: Any, value: float | None) -> None:
        """What came of it; nothing where the combination failed or is not allowed."""
        if value is None or value != value:
            self._study.tell(trial, state=self._optuna.trial.TrialState.FAIL)
        else:
            self._study.tell(trial, value)


class _Search:
    """Sweeps of the places that are proposed, kept in one store, from which the result is read at the end."""

    def __init__(
        self,
        markets: list[Any],
        strategy: Any,
        axes: dict[str, Any],
        where: str,
        names: list[str],
        run: dict[str, Any],
        threads: int,
    ) -> None:
        self._markets, self._strategy, self._axes, self._where = markets, strategy, axes, where
        self._names, self._run, self._threads = names, run, threads
        self._values: dict[int, float | None] = {}

    def run(self, study: _Study, metric: str, trials: int, store: str, show_progress: bool | None) -> SweepResult:
        show = sys.stderr.isatty() if show_progress is None else show_progress
        computed, elapsed, attempts = 0, 0.0, 0
        try:
            while (tried := self._tried()) < trials and attempts < ATTEMPTS * trials:
                asked = [study.ask() for _ in range(min(BATCH, trials - tried))]
                attempts += len(asked)
                new = sorted({place for _, place in asked} - self._values.keys())
                if new:
                    made = self._sweep(new, store, metric)
                    computed, elapsed = computed + made[0], elapsed + made[1]
                for trial, place in asked:
                    study.tell(trial, self._values[place])
                if show:
                    _show(self._tried(), trials, self._tried() / elapsed if elapsed > 0 else 0.0)
        except KeyboardInterrupt:
            if self._tried() == 0:
                raise
            raise SweepInterrupted(self._result(store, computed, elapsed)) from None
        finally:
            if show:
                sys.stderr.write("\r\x1b[K")
                sys.stderr.flush()
        return self._result(store, computed, elapsed)

    def _tried(self) -> int:
        return sum(value is not None for value in self._values.values())

    def _sweep(self, places: list[int], store: str, metric: str) -> tuple[int, float]:
        """Runs places; those that the condition refuses have no value."""
        self._values |= dict.fromkeys(places)
        try:
            job = self._job(places, store)
        except ValueError as error:
            if not str(error).startswith("where:") or "leaves none" not in str(error):
                raise
            return 0, 0.0
        try:
            _wait(job, False)
        except KeyboardInterrupt:
            job.stop()
            job.take()
            raise
        result = job.take()
        markets = max(result.rows // max(len(result.grid_places), 1), 1)
        values = result.columns()[metric]
        count = len(result.grid_places)
        for place_index, place in enumerate(result.grid_places):
            self._values[place] = (
                float(sum(values[place_index + market * count] for market in range(markets))) / markets
            )
        return result.computed, result.elapsed_s

    def _job(self, places: list[int], store: str) -> _native.SweepJob:
        rows = (self._where, "all", 0, 1)
        part = {"places": places, "blocks": 16}
        names, run = self._names, self._run
        return _native.SweepJob(
            self._markets, self._strategy, self._axes, *rows, names, run, self._threads, store, False, part
        )

    def _result(self, store: str, computed: int, elapsed: float) -> SweepResult:
        places = sorted(place for place, value in self._values.items() if value is not None)
        if not places:
            raise ValueError(f"where: '{self._where}' left none of the combinations that were proposed; loosen it")
        job = self._job(places, store)
        _wait(job, False)
        native = job.take()
        native.recount(computed, native.rows - computed, elapsed)
        return SweepResult(native)


def _optuna() -> Any:
    try:
        import cmaes  # noqa: F401  # of the extra; Optuna imports it late
        import optuna
    except ImportError as error:
        raise ImportError(
            f"this method needs Optuna ({error.name} is missing): pip install 'peaktrade[optuna]'; method='random' needs nothing"
        ) from None
    return optuna
