"""Those who waited for a computation that failed were all given one exception, which kept their frames alive."""

import gc
import threading
import weakref

import pytest

from peaktrade.core.cache import MultiLevelCache


def failing_together(count):
    """A weak reference to a cache that threads waited in, and the exceptions that they met."""
    cache = MultiLevelCache(l3_enabled=False)
    asking = threading.Semaphore(0)
    met, computed = [], []

    def compute():
        computed.append(1)
        if len(computed) == 1:  # a late one may compute by itself
            for _ in range(count):
                asking.acquire(timeout=600)
        raise LookupError("no such symbol")

    def ask():
        asking.release()
        with pytest.raises(LookupError, match="no such symbol") as caught:
            cache.get_or_compute("key", compute)
        met.append(id(caught.value))

    threads = [threading.Thread(target=ask) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(600)
    assert len(met) == count
    return weakref.ref(cache)


def test_a_cache_goes_although_computations_in_it_failed():
    caches = [failing_together(8) for _ in range(5)]
    gc.collect()
    assert [cache() for cache in caches] == [None] * 5
