"""cached: a function that remembers what it returned.

    from peaktrade.core.cache.decorators import cached

    @cached(ttl=300, cache_level="memory")
    def expensive_calculation(symbol: str) -> float: ...

    @cached(ttl=3600, cache_level="full", tags=["prices"])
    async def load_historical_data(symbol: str) -> pd.DataFrame: ...

    expensive_calculation.cache_info()              # CacheInfo(hits=3, misses=1, hit_rate=0.75)
    expensive_calculation.cache_key("BTC/USD")      # what it is stored under
    expensive_calculation.cache_clear()

The key covers the function's module, qualified name and code (with the functions and constants it refers to, as they are at
its first call), and the arguments by content: arrays and frames by their bytes, instances by their attributes, or by
what their method __cache_key__() returns. Keys are the same in other processes and on other machines.
"""

from __future__ import annotations

from collections import namedtuple

from ... import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Literal, ParamSpec, Protocol, TypeVar

    from . import MultiLevelCache, Ttl

    Arguments = ParamSpec("Arguments")
    Returned = TypeVar("Returned")
    ReturnedNow = TypeVar("ReturnedNow", covariant=True)

    class CachedFunction(Protocol[Arguments, ReturnedNow]):
        """A function with a cache before it."""

        __name__: str
        __wrapped__: Callable[..., Any]

        def __call__(self, *args: Arguments.args, **kwargs: Arguments.kwargs) -> ReturnedNow: ...
        def cache_info(self) -> CacheInfo: ...
        def cache_clear(self) -> None: ...
        def cache_key(self, *args: Arguments.args, **kwargs: Arguments.kwargs) -> str: ...


__all__ = ["CacheInfo", "cached"]

CacheInfo = namedtuple("CacheInfo", ["hits", "misses", "hit_rate"])

_VARIABLE_POSITIONAL, _VARIABLE_NAMED = 0x04, 0x08
_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200
_MOST_PARAMETERS = 16
_MISSING = object()


def cached(
    ttl: Ttl = 300,
    cache_level: Literal["memory", "full"] = "memory",
    key_prefix: str | None = None,
    tags: Sequence[str] = (),
    *,
    cache: MultiLevelCache | None = None,
    stale_for: Ttl = 0,
) -> Callable[[Callable[Arguments, Returned]], CachedFunction[Arguments, Returned]]:
    """Remembers what a function returns, by its arguments. One computation at a time for the same arguments.

    ttl            seconds (or a timedelta) that a result is good for; None: it never expires
    cache_level    "memory": this process only; "full": also Redis and the folder, where the cache has them
    key_prefix     a first part of the keys, to find them by (cache.invalidate(prefix=...))
    tags           names under which cache.invalidate(tag=...) finds the results
    cache          the cache to use instead of get_global_cache()
    stale_for      for that many seconds past its ttl a result is still given while it is computed anew in the background
    """
    if callable(ttl):
        raise TypeError("write @cached() with brackets, not @cached")
    if cache_level not in ("memory", "full"):
        raise ValueError(f'cache_level is {cache_level!r}; give "memory" or "full"')
    if isinstance(tags, str):
        raise TypeError("tags must be a sequence of texts, not one text")
    options = _Options(ttl, cache_level, key_prefix, tuple(tags), cache, stale_for)

    def decorate(function: Any) -> Any:
        if isinstance(function, (staticmethod, classmethod)):
            return type(function)(decorate(function.__func__))
        if isinstance(function, property):
            return property(decorate(function.fget), function.fset, function.fdel, function.__doc__)
        if not callable(function):
            raise TypeError(f"cached takes a function, not {function!r}")
        flags = _flags(function)
        if flags & (_GENERATOR | _ASYNC_GENERATOR):
            name = getattr(function, "__qualname__", repr(function))
            raise TypeError(
                f"cached cannot keep the generator '{name}': it is used up by its first reader; "
                "return a list or a frame instead"
            )
        return _decorate_async(function, options) if flags & _COROUTINE else _decorate(function, options)

    return decorate


def _flags(function: Any) -> int:
    """Of the code that a call runs: a partial's function, an instance's __call__."""
    while not hasattr(function, "__code__"):
        if type(function).__module__ == "functools" and hasattr(function, "func"):
            function = function.func
            continue
        call: Any = type(function).__call__
        if isinstance(function, type) or not hasattr(call, "__code__"):
            return 0
        function = call
    return function.__code__.co_flags


class _Options:
    __slots__ = ("cache", "key_prefix", "level", "stale_for", "tags", "ttl")

    def __init__(self, ttl, level, key_prefix, tags, cache, stale_for):
        self.ttl = _seconds(ttl)
        self.level = level
        self.key_prefix = key_prefix
        self.tags = tags
        self.cache = cache
        self.stale_for = 0.0 if stale_for is None else _seconds(stale_for)


def _seconds(ttl):
    if ttl is None:
        return float("inf")
    seconds = ttl.total_seconds() if hasattr(ttl, "total_seconds") else float(ttl)
    if not seconds >= 0:
        raise ValueError(f"ttl is {ttl}; give seconds, a timedelta, or None for a result that never expires")
    return seconds


# ---- keys --------------------------------------------------------------------------------------------------------------


def _name_prefix(function, options):
    name = f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', type(function).__qualname__)}"
    return f"{options.key_prefix}:{name}" if options.key_prefix else name


class _Preparation:
    """What is found out at a function's first call: its cache, and the prefix of its keys."""

    __slots__ = ("_function", "_options", "_prefix", "_told")

    def __init__(self, function, options):
        self._function = function
        self._options = options
        self._prefix = None
        self._told = options.level == "memory"

    def __call__(self):
        if self._prefix is None:
            self._prefix = f"{_name_prefix(self._function, self._options)}:{self._code_key()}:"
        if self._options.cache is not None:
            return self._options.cache, self._prefix, self._is_memory_only()
        from . import _global

        return (_global.global_cache() if _global.is_enabled() else None), self._prefix, self._is_memory_only()

    def _is_memory_only(self):
        return self._options.level == "memory"

    def _code_key(self):
        try:
            return _native.content_key(self._function)[:16]
        except (TypeError, ValueError) as error:
            return self._opaque_key(error)

    def _opaque_key(self, error):
        """A function whose content cannot be told: good for this process only."""
        import secrets
        import warnings

        if self._options.level == "full":
            warnings.warn(
                f"results of '{self._function.__qualname__}' are kept in memory only, since what it refers to has no "
                f"content to make a key of: {error}",
                RuntimeWarning,
                stacklevel=4,
            )
            self._options.level = "memory"
        return "process-" + secrets.token_hex(8)


def _parameters(function: Any) -> tuple[tuple, tuple, int, Any]:
    """(names, defaults beside them, how many may be given by place, a function that binds what is more complicated)."""
    code: Any = getattr(function, "__code__", None)
    simple = (
        code is not None
        and not code.co_flags & (_VARIABLE_POSITIONAL | _VARIABLE_NAMED)
        and not code.co_posonlyargcount
        and code.co_argcount + code.co_kwonlyargcount <= _MOST_PARAMETERS
        and not hasattr(function, "__wrapped__")
    )
    if code is None or not simple:
        return (), (), 0, _binder(function)
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    defaults = [_MISSING] * len(names)
    given = function.__defaults__ or ()
    defaults[code.co_argcount - len(given) : code.co_argcount] = given
    for place in range(code.co_argcount, len(names)):
        defaults[place] = (function.__kwdefaults__ or {}).get(names[place], _MISSING)
    return names, tuple(defaults), code.co_argcount, None


def _binder(function):
    import inspect

    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return lambda args, kwargs: (args, kwargs)

    def bind(args, kwargs):
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError:
            return None
        bound.apply_defaults()
        return tuple(bound.arguments.values())

    return bind


def _native_call(function: Any, preparation: _Preparation, options: _Options, stale_for: Any) -> Any:
    """The call that finds keys and values natively; `preparation` makes at its first use what it needs."""
    names, defaults, positional, bind = _parameters(function)
    return _native.cached_call(
        function,
        {
            "prepare": preparation,
            "bind": bind,
            "names": names,
            "positional": positional,
            "defaults": defaults,
            "missing": _MISSING,
            "ttl": options.ttl,
            "tags": list(options.tags),
            "stale_for": stale_for,
        },
    )


# ---- sync --------------------------------------------------------------------------------------------------------------


def _decorate(function: Any, options: _Options) -> Any:
    import functools

    call: Any = _native_call(function, _Preparation(function, options), options, options.stale_for)
    functools.update_wrapper(call, function)
    call.cache_key = lambda *args, **kwargs: _key(call, args, kwargs)
    call.cache_info = lambda: _info(*_native.cached_call_counts(call))
    call.cache_clear = lambda: _clear(function, options)
    return call


def _key(call, args, kwargs):
    key = _native.cached_call_key(call, args, kwargs)
    if key is None:
        raise TypeError("the arguments do not fit the function's parameters")
    return key


def _info(hits, misses):
    return CacheInfo(hits, misses, hits / (hits + misses) if hits + misses else 0.0)


def _clear(function, options):
    from . import get_global_cache

    cache = get_global_cache() if options.cache is None else options.cache
    cache.invalidate(prefix=_name_prefix(function, options) + ":")


# ---- async -------------------------------------------------------------------------------------------------------------


def _decorate_async(function: Any, options: _Options) -> Any:
    import functools

    from ._flights import Flights

    preparation = _Preparation(function, options)
    key_of = _native_call(function, preparation, options, 0.0)
    flights = Flights(function, options)

    async def called(*args, **kwargs):
        key: Any = _native.cached_call_key(key_of, args, kwargs)
        cache, _, memory_only = preparation()
        if key is None or cache is None:  # wrong arguments: the function knows best what to say
            return await function(*args, **kwargs)
        return await flights.result(cache, key, memory_only, args, kwargs)

    call: Any = functools.wraps(function)(called)
    call.cache_key = lambda *args, **kwargs: _key(key_of, args, kwargs)
    call.cache_info = lambda: _info(flights.hits, flights.misses)
    call.cache_clear = lambda: _clear(function, options)
    return call
