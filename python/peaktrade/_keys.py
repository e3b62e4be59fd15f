"""What enters a cache key of objects that are no values: functions, instances, sets, enumerations.

An object is told by its content: never by its address, its file or its line. What has no content that could be told (an open
file, a lock) gives None, which is a TypeError naming it.
"""

import sys

from . import _native, _values


def reduce(value, context):
    reduced = _values.reduce(value, None)
    if reduced is not None:
        return reduced
    kind = type(value)
    reducer = _REDUCERS.get(kind)
    if reducer is not None:
        return reducer(value)
    if hasattr(kind, "__cache_key__"):
        return "keyed", {"class": _name(kind), "key": value.__cache_key__()}
    if isinstance(value, type):
        return "class", _class_parts(value)
    if kind.__module__ in _OWN_MODULES and isinstance(getattr(kind, "fingerprint", None), property):
        # Bars, results, strategies: their fingerprint is their content, but for the names they bear.
        names = [getattr(value, name, None) for name in ("symbol", "time_zone")]
        return "fingerprinted", {"class": kind.__name__, "fingerprint": value.fingerprint, "names": names}
    wrapped = getattr(value, "__wrapped__", None)
    if kind.__module__ == "peaktrade._native" and wrapped is not None:
        return wrapped
    return _other(value, kind)


def _other(value, kind):
    if "enum" in sys.modules and isinstance(value, sys.modules["enum"].Enum):
        return "enum", {"class": _name(kind), "name": value.name}
    if "functools" in sys.modules and kind is sys.modules["functools"].partial:
        return "partial", {"function": value.func, "arguments": value.args, "named": value.keywords}
    if "pathlib" in sys.modules and isinstance(value, sys.modules["pathlib"].PurePath):
        return "path", {"class": kind.__name__, "path": str(value)}
    if "re" in sys.modules and kind is sys.modules["re"].Pattern:
        return "pattern", {"pattern": value.pattern, "flags": value.flags}
    for base in _PLAIN_BASES:
        if isinstance(value, base):  # a subclass: also with attributes of its own
            plain = str.__str__(value) if base is str else base(value)
            return "subclass", {"class": _name(kind), "value": plain, "state": dict(getattr(value, "__dict__", {}))}
    if kind.__reduce__ is object.__reduce__ and kind.__reduce_ex__ is object.__reduce_ex__:
        try:
            state = value.__reduce_ex__(2)[2]
        except TypeError:  # there is more to it than its attributes
            return None
        return "instance", {"class": _class_parts(kind), "state": list(state) if type(state) is tuple else state}
    return None


_OWN_MODULES = ("peaktrade", "peaktrade._native")
_PLAIN_BASES: tuple = (str, bytes, int, float, tuple, list, dict, frozenset, set)


def _name(kind):
    return f"{kind.__module__}.{kind.__qualname__}"


# ---- functions ---------------------------------------------------------------------------------------------------------


def function_key(function, active=()):
    """32 hexadecimal digits that stand for what a function does: its code and all that the code refers to."""
    if any(function is other for other in active):
        return f"itself: {function.__qualname__}"
    return _native.content_key(_function_parts(function, (*active, function)))


def _function_parts(function, active):
    code = function.__code__
    cells = [_referred(_cell(cell), active) for cell in function.__closure__ or ()]
    names = _names(code)
    referred = {name: _referred(function.__globals__[name], active) for name in names if name in function.__globals__}
    return {
        "python": list(sys.version_info[:2]),
        "code": _code_parts(code),
        "defaults": [_referred(value, active) for value in function.__defaults__ or ()],
        "named defaults": {name: _referred(value, active) for name, value in (function.__kwdefaults__ or {}).items()},
        "closure": cells,
        "globals": referred,
    }


def _cell(cell):
    try:
        return cell.cell_contents
    except ValueError:
        return "empty"


def _referred(value, active):
    function = getattr(value, "__wrapped__", value) if type(value).__module__ == "peaktrade._native" else value
    if hasattr(function, "__code__") and hasattr(function, "__globals__"):
        return ["function", function.__qualname__, _foreign(function) or function_key(function, active)]
    if type(value) is type(sys):
        return ["module", value.__name__, str(getattr(value, "__version__", ""))]
    return value


def _foreign(thing):
    """Name and version of what belongs to an installed package or Python itself: taken at its word."""
    module = thing.__module__ or ""
    root = module.partition(".")[0]
    file = getattr(sys.modules.get(root), "__file__", None) or ""
    if root not in sys.stdlib_module_names and not any(part in file for part in ("site-packages", "dist-packages")):
        return None
    return f"{module}.{thing.__qualname__} {getattr(sys.modules.get(root), '__version__', '')}"


def _names(code):
    names = set(code.co_names)
    for constant in code.co_consts:
        if hasattr(constant, "co_code"):
            names.update(_names(constant))
    return sorted(name for name in names if not (name.startswith("__") and name.endswith("__")))


def _code_parts(code):
    """Without file, lines and names for people."""
    return {
        "code": code.co_code,
        "constants": [_code_parts(c) if hasattr(c, "co_code") else c for c in code.co_consts],
        "names": list(code.co_names),
        "locals": list(code.co_varnames),
        "free": list(code.co_freevars),
        "cells": list(code.co_cellvars),
        "arguments": [code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount],
        "flags": code.co_flags,
        "exceptions": getattr(code, "co_exceptiontable", b""),
    }


_active_classes = []


def _class_parts(kind):
    """A class by its name, and by its methods where it is the user's own."""
    parts = {"name": _name(kind)}
    if kind.__module__ == "builtins" or _foreign(kind) is not None or any(kind is other for other in _active_classes):
        return parts
    _active_classes.append(kind)
    try:
        methods = {}
        for name, member in vars(kind).items():
            function = getattr(member, "__func__", None) or getattr(member, "fget", None) or member
            if hasattr(function, "__code__"):
                methods[name] = function_key(function)
        return {**parts, "methods": methods}
    finally:
        _active_classes.pop()


def _reduce_function(function):
    return "function", {"name": function.__qualname__, "key": _foreign(function) or function_key(function)}


def _reduce_set(values):
    return "set", {"items": sorted(_native.content_key(value) for value in values)}


_REDUCERS = {
    set: _reduce_set,
    frozenset: _reduce_set,
    type(lambda: None): _reduce_function,
    type(_reduce_set.__get__(0)): lambda method: ("method", {"function": method.__func__, "of": method.__self__}),
    type(len): lambda function: ("builtin", {"name": f"{function.__module__}.{function.__qualname__}"}),
    type(sys): lambda module: ("module", {"name": module.__name__}),
    type(_reduce_set.__code__): lambda code: ("code", _code_parts(code)),
    complex: lambda number: ("complex", {"real": number.real, "imaginary": number.imag}),
    bytearray: lambda value: ("bytearray", {"bytes": bytes(value)}),
    range: lambda value: ("range", {"parts": [value.start, value.stop, value.step]}),
    slice: lambda value: ("slice", {"parts": [value.start, value.stop, value.step]}),
    type(...): lambda _: ("ellipsis", {}),
    type(NotImplemented): lambda _: ("not implemented", {}),
}
