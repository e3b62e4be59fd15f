"""The expression language as Python functions, made from the registry: a new indicator needs no line here."""

from . import _native

open = _native.column("open")
high = _native.column("high")
low = _native.column("low")
close = _native.column("close")
volume = _native.column("volume")


def _names():
    """Every function of the expression language."""
    return _native.function_names()


def function_named(name):
    """The function of that name, or AttributeError with the nearest name."""
    if name not in _native.function_names():
        from ._suggest import suggestion

        raise AttributeError(
            f"module 'peaktrade' has no attribute '{name}'{suggestion(name, [*_names(), 'backtest', 'read_bars'])}"
        )

    def function(*args, **kwargs):
        return _native.call(name, *args, **kwargs)

    signature, meaning = _native.function_help(name)
    function.__name__ = function.__qualname__ = name
    function.__module__ = "peaktrade"
    function.__doc__ = f"{signature}\n\n{meaning}"
    return function
