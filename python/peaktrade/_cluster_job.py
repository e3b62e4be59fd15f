"""What ``peak sweep --cluster`` runs: computes the rows of a job on a Ray cluster into the sweep's store.

    python -m peaktrade._cluster_job JOB.json

Exit status: 0 done, 1 it failed, with the reason on standard error, 130 interrupted, with what is finished kept.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._sweep_job import SweepJob


def main(path: str) -> int:
    # Ray tells of its nodes on standard output, which belongs to the command that called: there a JSON object may stand.
    os.dup2(2, 1)
    from ._sweep_job import SweepJob

    job = SweepJob(path)
    try:
        _run(job)
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # whatever it is, the command tells it in one line
        sys.stderr.write(f"peak: {type(error).__name__}: {error}\n")
        return 1
    return 0


def _run(job: SweepJob) -> None:
    from ._cluster import Job, sweep_on_cluster

    # Each market by itself: those of a command have different windows.
    for place in range(len(job["markets"])):
        rows = (job["where"], job["sampling"], job["samples"], job["seed"])
        made = Job([job.market(place)], job.strategy(), job.axes(), rows, job["metrics"], job["run"])
        sweep_on_cluster(made, job["address"], job["store"], None, blocks=job["blocks"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
