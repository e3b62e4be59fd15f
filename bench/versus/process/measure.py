"""Time and memory of one process from start to end, as a shell's user has them."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field


class CommandError(RuntimeError):
    """A command that is missing or failed, with its own words."""


@dataclass
class Command:
    """A command line under a name; `seconds` and `cpu_seconds` have one figure for each run."""

    name: str
    line: Sequence[str]
    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    resident_bytes: int | None = None

    def check(self) -> None:
        """Runs it once: it must succeed. This also brings its files into the page cache."""
        if shutil.which(self.line[0]) is None:
            raise CommandError(f"there is no command '{self.line[0]}'")
        done = subprocess.run(self.line, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            words = (done.stderr or done.stdout).strip().splitlines()
            raise CommandError(words[-1] if words else f"exit status {done.returncode}")

    def run_once(self) -> None:
        """Times one run. posix_spawn starts a process without copying this one's page tables."""
        path = shutil.which(self.line[0])
        null = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
        start = time.perf_counter()
        process = os.posix_spawn(path, list(self.line), os.environ, file_actions=null)
        _, status, usage = os.wait4(process, 0)
        self.seconds.append(time.perf_counter() - start)
        self.cpu_seconds.append(usage.ru_utime + usage.ru_stime)
        if status != 0:
            raise CommandError(f"exit status {os.waitstatus_to_exitcode(status)}")

    def measure_memory(self) -> None:
        """The largest resident memory. GNU time forks from a process of its own: a child of this one would be charged
        with what this process held when it started it."""
        if shutil.which("/usr/bin/time") is None:
            return
        line = ["/usr/bin/time", "-f", "%M", *self.line]
        done = subprocess.run(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        last = done.stderr.strip().splitlines()[-1:] or [""]
        if done.returncode == 0 and last[0].isdigit():
            self.resident_bytes = int(last[0]) * 1024
