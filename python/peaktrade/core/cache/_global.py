"""The cache of the process, as config/performance.toml says."""

from __future__ import annotations

import atexit
import os
import threading

from . import MultiLevelCache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_lock = threading.Lock()
_cache: MultiLevelCache | None = None
_enabled = True


def global_cache() -> MultiLevelCache:
    global _cache
    if _cache is None:
        with _lock:
            if _cache is None:
                _cache = _configured()
                atexit.register(_cache.close)  # which notes the most used keys for the next run
    return _cache


def is_enabled() -> bool:
    """Whether functions are cached at all (performance.enable_caching)."""
    global_cache()
    return _enabled


def replace_global_cache(cache: MultiLevelCache | None) -> None:
    global _cache, _enabled
    if cache is not None and not isinstance(cache, MultiLevelCache):
        raise TypeError(f"set_global_cache takes a MultiLevelCache or None, not {cache!r}")
    with _lock:
        _cache, _enabled = cache, True


def _configured() -> MultiLevelCache:
    global _enabled
    from ...config import load

    settings: Any = load()
    _enabled = bool(settings["enable_caching"])
    megabyte = 1 << 20
    # Two caches on one folder in one process are well: this is only what the configuration asks for.
    return MultiLevelCache(
        l1_size=settings["cache.l1_size"],
        l1_ttl=settings["cache.l1_ttl"],
        l1_bytes=settings["cache.l1_max_mb"] * megabyte,
        l2_enabled=_enabled and settings["cache.l2_enabled"],
        l2_host=settings["cache.l2_host"],
        l2_port=settings["cache.l2_port"],
        l2_password=settings["cache.l2_password"] or None,
        l2_timeout=settings["cache.l2_timeout_ms"] / 1000,
        l2_namespace=settings["cache.l2_namespace"],
        l3_enabled=_enabled and settings["cache.l3_enabled"],
        l3_path=os.fspath(settings["cache.l3_path"]),
        l3_bytes=settings["cache.l3_max_mb"] * megabyte,
    )
