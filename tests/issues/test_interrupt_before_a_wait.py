"""Ctrl-C that reaches parallel_map over threads while nobody waits for it: between the starts, between two waits, at the end.

The signal's handler of Python only notes the signal; who begins to wait after that, slept until the next item was finished,
an hour or a night later. An item that was told just before was lost, and after other ends than Ctrl-C the threads ran on.
"""

import contextlib
import queue
import signal
import subprocess
import sys
import textwrap
import threading

import pytest

from peaktrade.core import _arguments, _threads
from peaktrade.core.parallel import parallel_map

LONG = 600  # seconds that nobody waits for


def answer(code, folder, timeout=LONG):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], cwd=folder, capture_output=True, text=True, timeout=timeout
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout.split()


def test_a_signal_that_does_not_wake_the_wait(tmp_path):
    # Raised in a worker's thread it leaves the main thread asleep, as one does that comes just before the wait.
    code = """
        import signal, time
        from peaktrade.core.parallel import parallel_map
        begun = set()
        def work(x):
            begun.add(x)
            if x == 2:
                while 3 not in begun:  # then both threads have told of the items before
                    time.sleep(0.001)
                time.sleep(0.05)  # so that the main thread has most likely gone to sleep; it must wake in either case
                signal.raise_signal(signal.SIGINT)
            if x >= 2:
                time.sleep(3600)
            return x
        try:
            parallel_map(work, range(20), 2, use_processes=False)
        except KeyboardInterrupt as error:
            print(*sorted(error.finished))
    """
    assert answer(code, tmp_path) == ["0", "1"]


@pytest.mark.parametrize("number", [1, 2, 5])
def test_a_signal_between_the_starts(monkeypatch, number):
    threads, begun, release = [], [], threading.Event()
    start = threading.Thread.start

    def start_and_interrupt(thread):
        start(thread)
        threads.append(thread)
        if len(threads) == number:
            signal.raise_signal(signal.SIGINT)

    def work(x):
        begun.append(x)
        release.wait(LONG)

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", start_and_interrupt)
        with pytest.raises(KeyboardInterrupt) as stopped:
            parallel_map(work, range(50), 5, use_processes=False)
    assert stopped.value.finished == {}
    release.set()
    for thread in threads:
        thread.join(LONG)
        assert not thread.is_alive()
    assert len(begun) <= number, "each thread ends with the item that it was at"


def test_the_first_item_interrupts_while_others_are_started(tmp_path):
    code = """
        import os, signal, time
        from peaktrade.core.parallel import parallel_map
        def work(x):
            if x == 0:
                os.kill(os.getpid(), signal.SIGINT)
            time.sleep(3600)
        try:
            parallel_map(work, range(200), 100, use_processes=False)
        except KeyboardInterrupt as error:
            print("finished", *error.finished)
    """
    assert answer(code, tmp_path) == ["finished"]


SimpleQueue = queue.SimpleQueue


class InterruptedQueue:
    """Ctrl-C comes when a message is taken out and not looked at yet."""

    def __init__(self):
        self.messages = SimpleQueue()

    def put(self, message):
        self.messages.put(message)

    def get_nowait(self):
        return self.messages.get_nowait()

    def get(self, *_, **__):
        assert self.messages.get(timeout=LONG) is not None
        signal.raise_signal(signal.SIGINT)


def test_an_item_that_was_told_and_not_looked_at_is_kept(monkeypatch):
    monkeypatch.setattr(_threads.queue, "SimpleQueue", InterruptedQueue)
    with pytest.raises(KeyboardInterrupt) as stopped:
        parallel_map(lambda x: x + 1, [5], use_processes=False)
    assert stopped.value.finished == {0: 6}


@pytest.mark.parametrize("use_processes", [True, False])
def test_a_signal_after_the_last_item(monkeypatch, use_processes):
    @contextlib.contextmanager
    def progress(*_):
        yield lambda count: None
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(_arguments, "progress", progress)
    with pytest.raises(KeyboardInterrupt) as stopped:
        parallel_map(lambda x: x + 1, range(3), 2, use_processes)
    assert stopped.value.finished == {0: 1, 1: 2, 2: 3}


def test_a_signal_while_the_items_are_listed():
    def items():
        yield 1
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) as stopped:
        parallel_map(lambda x: x, items(), use_processes=False)
    assert stopped.value.finished == {}


@pytest.mark.parametrize("end", [SystemExit, OSError])
def test_nothing_is_begun_after_another_end(monkeypatch, end):
    begun, ended, release = [], [], threading.Event()

    @contextlib.contextmanager
    def progress(*_):
        def advance(count):
            raise end  # a handler of SIGTERM that leaves; a terminal that is gone

        yield advance

    def work(x):
        begun.append(x)
        if x > 0:
            release.wait(LONG)
        ended.append(x)

    monkeypatch.setattr(_arguments, "progress", progress)
    before = set(threading.enumerate())
    with pytest.raises(end):
        parallel_map(work, range(50), 2, use_processes=False)
    release.set()
    for thread in set(threading.enumerate()) - before:
        thread.join(LONG)
    assert sorted(ended) == sorted(begun)
    assert len(begun) <= 3


def test_failures_are_kept_where_they_are_collected(monkeypatch):
    def work(x):
        if x == 1:
            raise ValueError("bad")
        if x == 2:
            signal.raise_signal(signal.SIGINT)
        return x

    with pytest.raises(KeyboardInterrupt) as stopped:
        parallel_map(work, range(4), 1, use_processes=False, on_error="collect")
    assert stopped.value.finished[0] == 0
    assert stopped.value.finished[1].index == 1
