"""What ``peak sweep --optimize`` runs: searches the space of a job and writes down which combinations it tried.

    python -m peaktrade._optimize_job JOB.json

The answer's first line holds the rows that were computed and the seconds that took; each further line a combination's
place in the product of the axes. Exit status: 0 done, 1 it failed, with the reason on standard error, 130 interrupted,
with the answer for what was tried.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._sweep_job import SweepJob


def main(path: str) -> int:
    from ._sweep import SweepInterrupted
    from ._sweep_job import SweepJob

    job = SweepJob(path)
    try:
        _write(_search(job), job["answer"])
    except SweepInterrupted as stopped:
        _write(stopped.result, job["answer"])
        return 130
    except KeyboardInterrupt:
        return 130
    except ImportError as error:
        sys.stderr.write(
            f"peak: --optimize needs Optuna ({error}) in {sys.executable}: pip install 'peaktrade[optuna]', or name "
            "another interpreter in PEAK_PYTHON; --random and --latin need nothing\n"
        )
        return 1
    except Exception as error:  # whatever it is, the command tells it in one line
        sys.stderr.write(f"peak: {error}\n")
        return 1
    return 0


def _search(job: SweepJob) -> Any:
    from ._optimize import search

    return search(
        [job.market(place) for place in range(len(job["markets"]))],
        job.strategy(),
        job.axes(),
        metric=job["metric"],
        trials=job["trials"],
        method=job["method"],
        seed=job["seed"],
        where=job["where"],
        names=job["metrics"],
        run=job["run"],
        store=job["store"],
        threads=job["threads"],
        show_progress=None,
    )


def _write(result: Any, path: str) -> None:
    native = result._native
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{native.computed} {native.elapsed_s!r}\n")
        file.writelines(f"{place}\n" for place in native.grid_places)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
