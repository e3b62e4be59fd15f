"""Indicators on arrays: ``indicators.sma(close, 10)`` gives an array as long as its input, NaN where undefined.

Every indicator of the registry is a function here: inputs first (arrays, series, lists), then parameters, by position or
by name. An indicator with several outputs gives a dictionary of arrays. ``indicators.info(name)`` tells formula,
source and parameters; ``peaktrade.sma`` and so on (without ``indicators``) make expressions instead.
"""

from . import _native


def names():
    """Every indicator, in alphabetical order."""
    return _native.indicator_names()


def info(name):
    """Title, formula, source, inputs, parameters and outputs of an indicator."""
    return _native.indicator_info(name)


def __getattr__(name):
    if name.startswith("_"):
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    if name not in names():
        from ._suggest import suggestion

        raise AttributeError(f"there is no indicator '{name}'{suggestion(name, names())}")

    def indicator(*args, **kwargs):
        return _native.indicator(name, *args, **kwargs)

    details = _native.indicator_info(name)
    indicator.__name__ = indicator.__qualname__ = name
    indicator.__module__ = __name__
    parameters = [f"{p['name']}={p['default']:g}" for p in details["parameters"]]
    indicator.__doc__ = (
        f"{name}({', '.join([*details['inputs'], *parameters])})\n\n"
        f"{details['title']}. {details['description']}\n\nSource: {details['source']}"
    )
    globals()[name] = indicator
    return indicator


def __dir__():
    return sorted([*names(), "info", "names"])
