"""The contenders of a task as processes, asked in turn."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


class ContenderError(RuntimeError):
    """A contender that is missing or failed, with its own words."""


class Contender:
    """A process that runs worker.py. Its standard error is kept and shown only if it dies."""

    def __init__(self, task: str, name: str, size: int) -> None:
        self.name = name
        self._log = tempfile.TemporaryFile("w+", encoding="utf-8")
        command = [sys.executable, str(HERE / "worker.py"), task, name, str(size)]
        self._process = subprocess.Popen(
            command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True
        )

    def ask(self, **command) -> dict:
        try:
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise ContenderError(f"the process ended: {self._last_words()}")
        reply = json.loads(line)
        if "error" in reply:
            raise ContenderError(reply["error"])
        return reply

    def _last_words(self) -> str:
        self._log.seek(0)
        lines = self._log.read().strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def close(self) -> None:
        self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._log.close()
