"""What ``peak sweep --cluster`` runs: computes the rows of a job on a Ray cluster into the sweep's store.

    python -m peaktrade._cluster_job JOB.json

Exit status: 0 done, 1 it failed, with the reason on standard error, 130 interrupted, with what is finished kept.
"""

from __future__ import annotations

import json
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def main(path: str) -> int:
    # Ray tells of its nodes on standard output, which belongs to the command that called: there a JSON object may stand.
    os.dup2(2, 1)
    with open(path, encoding="utf-8") as file:
        job = json.load(file)
    try:
        _run(job)
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # whatever it is, the command tells it in one line
        sys.stderr.write(f"peak: {type(error).__name__}: {error}\n")
        return 1
    return 0


def _run(job: dict[str, Any]) -> None:
    from . import _native
    from ._cluster import Job, sweep_on_cluster

    # Each market by itself: those of a command have different windows.
    for market in job["markets"]:
        rows = (job["where"], job["sampling"], job["samples"], job["seed"])
        made = Job(
            [(market["symbol"], _native.read_bars(market["path"]), [])],
            _native.Strategy.from_toml(job["strategy"]),
            {name: list(values) for name, values in job["axes"].items()},
            rows,
            job["metrics"],
            job["run"],
        )
        sweep_on_cluster(made, job["address"], job["store"], None, blocks=job["blocks"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
