"""Objects in memory that worker processes map instead of copying.

An object is pickled with its large buffers left out (pickle protocol 5). The buffers lie in one file without a name on
Linux (memfd), else in a temporary file; a worker maps the file and builds the object around the mapping, so numpy arrays,
pandas frames and Arrow tables in it are views: read-only, and one copy for all workers. Workers that are forks of this process
build it around the very memory that the buffers have here: no copy at all.
"""

from __future__ import annotations

import functools
import io
import mmap
import os
import pickle
import sys
import tempfile
from collections.abc import Callable
from types import FunctionType, ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Below this a copy through the pipe is cheaper than a mapping.
INLINE_BYTES = 1 << 18
# From here on a copy costs more than forks of this process, which have its memory without one.
FORK_BYTES = 1 << 26
_ALIGNMENT = 64


class SharedFile:
    """Memory that other processes can open by ``path`` while this object lives."""

    def __init__(self, size: int) -> None:
        self._unlink = False
        if hasattr(os, "memfd_create"):
            self.fd = os.memfd_create("peaktrade", os.MFD_CLOEXEC)
            self.path = f"/proc/{os.getpid()}/fd/{self.fd}"
        else:
            self.fd, self.path = tempfile.mkstemp(prefix="peaktrade-")
            self._unlink = True
        try:
            os.ftruncate(self.fd, max(size, 1))
        except OSError:
            self.close()
            raise

    def write(self, offset: int, data: memoryview | bytes) -> None:
        view = memoryview(data).cast("B")
        while len(view):
            written = os.pwrite(self.fd, view[: 1 << 30], offset)
            view, offset = view[written:], offset + written

    def close(self) -> None:
        if self.fd < 0:
            return
        if self._unlink:
            os.unlink(self.path)
        os.close(self.fd)
        self.fd = -1

    def __del__(self) -> None:
        self.close()


class Packed:
    """What a worker needs to build an object again; small itself.

    Its buffers are none, or spans of the file at ``path``, or ``views`` of this process's memory, which a fork of it has too.
    """

    __slots__ = ("body", "path", "spans", "views")

    def __init__(
        self, body: bytes, path: str | None, spans: list[tuple[int, int]], views: list[memoryview] | None = None
    ) -> None:
        self.body = body
        self.path = path
        self.spans = spans
        self.views = views

    def __reduce__(self):
        return Packed, (self.body, self.path, self.spans)


_PLAIN = frozenset((int, float, bool, str, bytes, type(None)))


def is_plain(value: object) -> bool:
    """Whether Python's own pickle says all there is to it: a number, a text, or a tuple of them."""
    kind = type(value)
    return kind in _PLAIN or (kind is tuple and all(type(part) in _PLAIN for part in value))  # pyright: ignore[reportGeneralTypeIssues]


@functools.cache
def _pickler() -> Any:
    import cloudpickle

    class Pickler(cloudpickle.Pickler):
        pickling: _Pickling

        def reducer_override(self, obj: Any) -> Any:
            reduction = self.pickling.reduction(obj)
            return super().reducer_override(obj) if reduction is None else reduction

    return Pickler


class _Pickling:
    """One pickling by cloudpickle, which also

    * takes polars frames and peaktrade.Bars apart into buffers, and has memory-mapped files of numpy mapped again,
    * leaves out large arrays with gaps, which pickle would copy: a part of a frame is a view of the whole,
    * takes by value what is defined in a module that workers could not import: a test file, a script's neighbour.
    """

    def __init__(self, forking: bool = False) -> None:
        self.forking = forking
        self.by_value: list[ModuleType] = []
        self.looked_at: set[str] = set()

    def dump(self, value: object, buffers: list[pickle.PickleBuffer] | None) -> bytes:
        file = io.BytesIO()
        pickler = _pickler()(file, protocol=5, buffer_callback=None if buffers is None else buffers.append)
        pickler.pickling = self
        try:
            pickler.dump(value)
        finally:
            if self.by_value:
                import cloudpickle

                for module in self.by_value:
                    cloudpickle.unregister_pickle_by_value(module)
        return file.getvalue()

    def reduction(self, obj: Any) -> Any:
        kind = type(obj)
        if kind is FunctionType or issubclass(kind, type):
            name = obj.__module__ or ""
            if name not in self.looked_at:
                self._look_at(name)
        elif kind.__name__ in ("DataFrame", "Series") and kind.__module__.startswith("polars."):
            return _polars_from_arrow, (kind.__name__, getattr(obj, "name", ""), obj.to_arrow())
        elif kind.__name__ == "memmap" and type(obj.base) is mmap.mmap and obj.mode in ("r", "r+") and obj.filename:
            # The worker maps the same file. (A slice of a memmap is one too, but its offset is not its own.)
            order = "C" if obj.flags.c_contiguous else "F"
            return _map_again, (os.fspath(obj.filename), obj.dtype, obj.offset, obj.shape, order)
        elif kind.__name__ == "ndarray" and kind.__module__ == "numpy" and obj.nbytes >= INLINE_BYTES:
            return _with_gaps(obj, self.forking)
        elif kind.__name__ == "Bars" and kind.__module__ == "peaktrade._native":
            return _bars_from_columns, ({name: obj[name] for name in obj.columns}, obj.symbol)
        return None

    def _look_at(self, name: str) -> None:
        import cloudpickle

        self.looked_at.add(name)
        module = sys.modules.get(name)
        if module is None or name == "__main__" or _importable(name, module):
            return
        if name not in cloudpickle.list_registry_pickle_by_value():
            cloudpickle.register_pickle_by_value(module)
            self.by_value.append(module)


def _importable(name: str, module: ModuleType) -> bool:
    """Whether a process with the same path finds the module; importlib.util.find_spec would look into sys.modules."""
    spec = getattr(module, "__spec__", None)
    if spec is not None and spec.origin in ("built-in", "frozen"):
        return True
    from importlib.machinery import PathFinder

    place = None
    parts = name.split(".")
    for depth in range(len(parts)):
        found = PathFinder.find_spec(".".join(parts[: depth + 1]), place)
        if found is None:
            return False
        place = found.submodule_search_locations
    return True


def _polars_from_arrow(kind: str, name: str, data: Any) -> Any:
    import polars

    made: Any = polars.from_arrow(data)
    return made if kind == "DataFrame" else made.rename(name)


def _with_gaps(array: Any, forking: bool) -> Any:
    """An array that is not one piece of memory, around the memory that it spans, or around a copy in one piece where that
    memory would be copied. None: pickle leaves the buffer out itself, or must look at each object."""
    flags = array.flags
    if flags.c_contiguous or flags.f_contiguous or array.dtype.hasobject:
        return None
    import numpy

    if not forking:
        order = "C" if abs(array.strides[0]) >= abs(array.strides[-1]) else "F"
        return _as_it_is, (numpy.array(array, order=order, copy=True, subok=False),)
    reach = [(count - 1) * step for count, step in zip(array.shape, array.strides, strict=True)]
    lowest = array[tuple(slice(0, 1) if step >= 0 else slice(-1, None) for step in array.strides)]
    size = sum(map(abs, reach)) + array.itemsize
    whole = numpy.lib.stride_tricks.as_strided(lowest.view("u1"), (size,), (1,), writeable=False)
    offset = -sum(step for step in reach if step < 0)
    return _array_in, (whole, array.shape, array.dtype, offset, array.strides)


def _as_it_is(value: Any) -> Any:
    return value


def _array_in(memory: Any, shape: tuple[int, ...], dtype: Any, offset: int, strides: tuple[int, ...]) -> Any:
    import numpy

    return numpy.ndarray(shape, dtype, memory, offset, strides)


def _map_again(path: str, dtype: Any, offset: int, shape: tuple[int, ...], order: Any) -> Any:
    import numpy

    return numpy.memmap(path, dtype, "r", offset, shape, order)


def _bars_from_columns(columns: dict[str, Any], symbol: str) -> Any:
    from .. import _native

    return _native.Bars(columns, symbol=symbol, allow_missing=True, allow_nonpositive=True)


def dumps(value: object) -> bytes:
    """The object as one text of bytes, closures and lambdas included."""
    return _Pickling().dump(value, None)


def pack(value: object, may_fork: Callable[[], bool] | None = None) -> tuple[Packed, SharedFile | None]:
    """The object for workers, and the memory to keep until they are done (None if it is small).

    ``may_fork`` tells whether workers may be forks of this process, which have its memory: of large objects the buffers
    are then left where they are.
    """
    if type(value) is list and all(map(is_plain, value)):
        return Packed(pickle.dumps(value, 5), None, []), None
    buffers: list[pickle.PickleBuffer] = []
    forks = may_fork if may_fork is not None and may_fork() else None
    body = _Pickling(forks is not None).dump(value, buffers)
    views = [buffer.raw() for buffer in buffers]
    size = sum(view.nbytes for view in views)
    if size < INLINE_BYTES:
        return Packed(dumps(value) if views else body, None, []), None
    if forks is not None and size >= FORK_BYTES and forks():  # again: pickling may have begun threads
        return Packed(body, None, [], views), None
    spans: list[tuple[int, int]] = []
    end = 0
    for view in views:
        spans.append((end, view.nbytes))
        end += -(-view.nbytes // _ALIGNMENT) * _ALIGNMENT
    shared = SharedFile(end)
    for view, (offset, _) in zip(views, spans, strict=True):
        shared.write(offset, view)
    return Packed(body, shared.path, spans), shared


def unpack(packed: Packed) -> Any:
    """The object, around mapped memory."""
    if packed.views is not None:
        return pickle.loads(packed.body, buffers=[view.toreadonly() for view in packed.views])
    if packed.path is None:
        return pickle.loads(packed.body)
    descriptor = os.open(packed.path, os.O_RDONLY)
    try:
        whole = memoryview(mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ))
    finally:
        os.close(descriptor)
    return pickle.loads(packed.body, buffers=[whole[offset : offset + size] for offset, size in packed.spans])
