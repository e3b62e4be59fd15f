"""TaskError: an item that failed, with its index and the traceback of where it ran."""

from __future__ import annotations


class TaskError(RuntimeError):
    """An item of parallel work failed.

    ``index`` is the item's place in the input, ``exception`` what was raised (None if it could not be sent from the
    worker), ``traceback`` the text of the traceback there. Raised for an item whose exception was a ``ValueError``, it is
    a ``ValueError`` too, so ``except ValueError`` keeps working.
    """

    index: int
    exception: BaseException | None
    traceback: str

    def __init__(self, index: int, reason: str, exception: BaseException | None = None, traceback: str = "") -> None:
        super().__init__(reason)
        self.index = index
        self.reason = reason
        self.exception = exception
        self.traceback = traceback

    def __str__(self) -> str:
        text = f"item {self.index}: {self.reason}"
        return f"{text}\n\nin the worker:\n{self.traceback.rstrip()}" if self.traceback else text

    def __repr__(self) -> str:
        return f"TaskError(index={self.index}, {self.reason!r})"

    def __reduce__(self):
        return failure, (self.index, self.reason, self.exception, self.traceback)


class WorkerDiedError(TaskError):
    """A worker process ended while it worked: killed, out of memory, or crashed in native code.

    ``indices`` are the items that were being worked on then; ``index`` is the first of them.
    """

    def __init__(self, indices: list[int], cause: str) -> None:
        self.indices = indices
        self.cause = cause
        others = f"; items {', '.join(map(str, indices))} were running" if len(indices) > 1 else ""
        reason = f"the worker process died ({cause}){others}. Look for memory running out, or a crash in native code"
        super().__init__(indices[0] if indices else -1, reason)

    def __reduce__(self):
        return WorkerDiedError, (self.indices, self.cause)


_classes: dict[type[BaseException], type[TaskError]] = {}


def failure(index: int, reason: str, exception: BaseException | None, traceback: str) -> TaskError:
    """A TaskError that is also of the class of ``exception``."""
    if exception is None or isinstance(exception, TaskError) or not isinstance(exception, Exception):
        return TaskError(index, reason, exception, traceback)
    kind = type(exception)
    made = _classes.get(kind)
    if made is None:
        try:
            body = {"__module__": __name__, "__doc__": TaskError.__doc__}
            made = type(kind.__name__, (TaskError, kind), body)
            made(0, "")
        except TypeError:  # a class that cannot be a second base, or that wants other arguments
            made = TaskError
        _classes[kind] = made
    error = made(index, reason, exception, traceback)
    error.__cause__ = exception
    return error


def describe(exception: BaseException) -> str:
    """Class and message on one line."""
    text = str(exception)
    name = type(exception).__name__
    return f"{name}: {text}" if text else name
