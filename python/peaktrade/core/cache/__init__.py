"""The cache: memory, a shared Redis and a folder as one.

    from peaktrade.core.cache import MultiLevelCache

    cache = MultiLevelCache(l1_size=1000, l1_ttl=300, l3_path="data/cache")
    cache.set("BTC/USD", frame, ttl=3600, tags=["prices"])
    frame = cache.get("BTC/USD")
    frame = cache.get_or_compute("BTC/USD", lambda: load("BTC/USD"))   # one computation at a time per key

Functions are cached with peaktrade.core.cache.decorators.cached. What values may be: docs/python_cache.md.
"""

from __future__ import annotations

from ... import _native
from ..._values import register

TYPE_CHECKING = False
if TYPE_CHECKING:
    import datetime
    import os
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, Literal

    from ._warm import WarmReport

    Ttl = float | datetime.timedelta | None

__all__ = ["MultiLevelCache", "get_global_cache", "register", "set_global_cache"]


class MultiLevelCache(_native.CacheBase):
    """A cache of Python values in memory (L1), in Redis (L2, optional) and in a folder (L3).

    set() writes every level; get() asks them in turn and keeps what it finds in the faster ones. Usable from many threads,
    and from many processes on one folder. A level that fails is skipped: the program goes on, with a line in the log.

    l1_size, l1_bytes     limits of the memory level; l1_ttl: seconds that entries live there at most; l1_jitter shortens each
                          life by up to that fraction; l1_policy: what goes when it is full, "s3fifo", or to compare "lru",
                          "sieve", "wtinylfu"
    ttl                   seconds that entries live which are stored without a life of their own, None: for ever
    l2_*                  where Redis is. l2_timeout: seconds that a call may take at most; l2_compression: "lz4" or "zstd"
    l3_path, l3_bytes     the folder and the limit of its size
    refresh_ahead         in the last part of a life (a fraction) a hit of get_or_compute starts the next computation
    stale_for             seconds past its life in which get_or_compute still gives a value while it is computed anew
    negative_ttl          seconds for which get_or_compute remembers that a function found nothing (raised a LookupError or a
                          FileNotFoundError) and raises that again without calling it
    on_removal            called as on_removal(key, value, reason) for each entry that leaves memory, by the thread whose call
                          removed it; reason: "evicted", "expired", "replaced", "deleted", "invalidated" or "cleared". It may
                          use the cache; an exception of it is logged and counted in l1's errors
    allow_pickle          a secret key (16 bytes or more) that makes other types cacheable, by pickle: only what was sealed
                          with that key is read back
    """

    __slots__ = ("__weakref__",)

    def __init__(
        self,
        l1_size: int = 1000,
        l1_ttl: Ttl = 300,
        l2_enabled: bool = False,
        l2_host: str = "localhost",
        l2_port: int = 6379,
        l3_enabled: bool = True,
        l3_path: str | os.PathLike[str] = "data/cache",
        *,
        l1_bytes: int = 256 << 20,
        l1_jitter: float = 0.0,
        l1_policy: Literal["s3fifo", "lru", "sieve", "wtinylfu"] = "s3fifo",
        ttl: Ttl = None,
        l2_url: str | None = None,
        l2_user: str | None = None,
        l2_password: str | None = None,
        l2_database: int = 0,
        l2_tls: bool = False,
        l2_ca_file: str | os.PathLike[str] | None = None,
        l2_timeout: float = 0.05,
        l2_namespace: str = "peaktrade",
        l2_connections: int = 8,
        l2_compression: str | None = None,
        l3_bytes: int = 1 << 30,
        refresh_ahead: float = 0.0,
        stale_for: Ttl = 0,
        negative_ttl: Ttl = 0,
        on_removal: Callable[[str, Any, str], Any] | None = None,
        allow_pickle: bytes | str | None = None,
    ) -> None:
        options = dict(locals())
        import os

        from ._options import check

        check(options)
        super().__init__(
            {
                "l1_size": l1_size,
                "l1_ttl": _INFINITE if l1_ttl is None else l1_ttl,
                "l1_bytes": l1_bytes,
                "l1_jitter": float(l1_jitter),
                "l1_policy": l1_policy,
                "ttl": _INFINITE if ttl is None else ttl,
                "l2_enabled": bool(l2_enabled or l2_url),
                "l2_host": l2_host,
                "l2_port": l2_port,
                "l2_url": l2_url or "",
                "l2_user": l2_user or "",
                "l2_password": l2_password or "",
                "l2_database": l2_database,
                "l2_tls": bool(l2_tls),
                "l2_ca_file": os.fspath(l2_ca_file or ""),
                "l2_timeout": float(l2_timeout),
                "l2_namespace": l2_namespace,
                "l2_connections": l2_connections,
                "l2_compression": l2_compression or "",
                "l3_enabled": bool(l3_enabled),
                "l3_path": os.fspath(l3_path),
                "l3_bytes": l3_bytes,
                "refresh_ahead": float(refresh_ahead),
                "stale_for": stale_for or 0,
                "negative_ttl": negative_ttl or 0,
                "on_removal": on_removal,
                "context": _pickler(allow_pickle),
            }
        )

    if TYPE_CHECKING:

        def get(self, key: str, default: Any = None) -> Any:
            """The value, from the first level that has it, or the default."""
            ...

    def invalidate(self, *, tag: str | None = None, prefix: str | None = None) -> int:
        """Removes what was set with the tag, or whose key starts with the prefix; how many entries went."""
        if (tag is None) == (prefix is None):
            raise TypeError("invalidate needs either tag=... or prefix=...")
        return self.invalidate_tag(tag) if tag is not None else self.invalidate_prefix(prefix)

    def warm(
        self,
        items: Mapping[str, Callable[[], Any]] | Iterable[tuple[str, Callable[[], Any]]] | None = None,
        *,
        ttl: Ttl = None,
        trace: str | os.PathLike[str] | None = None,
        last_run: bool = False,
        max_workers: int | None = None,
        progress: Callable[[int, int], Any] | None = None,
    ) -> WarmReport:
        """Fills the cache before it is asked: several threads, a progress line on a terminal, Ctrl-C keeps what is done.

        items      a mapping of keys to functions that make their values, or pairs of them; what is there is not made again
        trace      a file that recording() wrote: its keys are brought from the levels below into memory, most asked first
        last_run   the keys that the last run on this folder used most, likewise
        progress   called with (done, all); False stops
        """
        from ._warm import WarmReport, read_trace, warm

        report = warm(self, items, ttl, max_workers, progress) if items is not None else WarmReport()
        if trace is not None:
            report.present += len(self.get_many(read_trace(trace)))
        if last_run:
            report.present += self.warm_from_last_run(max_workers or 0)
        return report

    def recording(self, path: str | os.PathLike[str]) -> _Recording:
        """with cache.recording("trace.jsonl"): writes the keys that are asked for meanwhile, for warm(trace=...)."""
        return _Recording(self, path)

    def __enter__(self) -> MultiLevelCache:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Recording:
    __slots__ = ("_cache", "_path")

    def __init__(self, cache: MultiLevelCache, path: str | os.PathLike[str]) -> None:
        self._cache = cache
        self._path = path

    def __enter__(self) -> None:
        self._cache.start_recording()

    def __exit__(self, *_: object) -> None:
        from ._warm import write_trace

        write_trace(self._path, self._cache.stop_recording())


_INFINITE = float("inf")


def _pickler(key: bytes | str | None) -> object:
    if key is None:
        return None
    from ._pickle import SealedPickle

    return SealedPickle(key)


# ---- the cache of the process ------------------------------------------------------------------------------------------


def get_global_cache() -> MultiLevelCache:
    """The cache that `cached` uses when it is given none: made at its first use, as config/performance.toml says."""
    from ._global import global_cache

    return global_cache()


def set_global_cache(cache: MultiLevelCache | None) -> None:
    """Puts another cache in its place; None: made anew by the configuration at the next use."""
    from ._global import replace_global_cache

    replace_global_cache(cache)
