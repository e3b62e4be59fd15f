"""What enters a cache key of objects that are no values: functions, instances, sets, enumerations.

An object is told by its content: never by its address, its file or its line. What has no content that could be told (an open
file, a lock) gives None, which is a TypeError naming it.
"""

import sys
import threading
import weakref

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
        return "enum", {"class": _name(kind), "name": value.name, "value": _key_or_none(value.value)}
    if "functools" in sys.modules and kind is sys.modules["functools"].partial:
        return "partial", {"function": value.func, "arguments": value.args, "named": value.keywords}
    if "pathlib" in sys.modules and isinstance(value, sys.modules["pathlib"].PurePath):
        return "path", {"class": kind.__name__, "path": str(value)}
    if "re" in sys.modules and kind is sys.modules["re"].Pattern:
        return "pattern", {"pattern": value.pattern, "flags": value.flags}
    if "functools" in sys.modules and kind is sys.modules["functools"]._lru_cache_wrapper:
        return "remembered", {"function": value.__wrapped__}
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
    return _reduced(value, kind)


def _reduced(value, kind):
    """By what it says of itself to those who copy it (time zones, offsets, types of columns); reading an iterator would
    use it up."""
    if hasattr(kind, "__next__") or kind.__module__ in _OWN_MODULES:
        return None
    try:
        parts = value.__reduce_ex__(4)
    except Exception:
        return None
    if type(parts) is not tuple:  # a name under which its module has it
        return ("named", {"class": _name(kind), "name": parts}) if _foreign(kind) is not None else None
    maker, arguments, state, items, pairs = (*parts, None, None, None)[:5]
    return "reduced", {
        "class": _class_parts(kind),
        "maker": _name(maker) if hasattr(maker, "__qualname__") else maker,
        "arguments": arguments,
        "state": state,
        "items": None if items is None else list(items),
        "pairs": None if pairs is None else list(pairs),
    }


def _key_or_none(value):
    try:
        return _native.content_key(value)
    except (TypeError, ValueError):
        return None


_OWN_MODULES = ("peaktrade", "peaktrade._native")
_PLAIN_BASES: tuple = (str, bytes, int, float, tuple, list, dict, frozenset, set)


def _name(kind):
    return f"{kind.__module__}.{kind.__qualname__}"


# ---- functions ---------------------------------------------------------------------------------------------------------


class _Walk:
    """Functions and classes that refer to each other, in circles too: each is told once, and others say its number."""

    __slots__ = ("is_open", "numbers", "things")

    def __init__(self, root):
        self.things = [root]  # kept, so that no other takes an address
        self.numbers = {id(root): 0}
        self.is_open = True

    def number(self, thing):
        number = self.numbers.setdefault(id(thing), len(self.things))
        if number == len(self.things):
            self.things.append(thing)
        return number


class _Walks(threading.local):
    def __init__(self):
        self.under_way = []  # the innermost last


_walks = _Walks()
_keys_of_classes = weakref.WeakKeyDictionary()


def _told(thing):
    """The number of a function or class in the walk that met it, or the key of what is met by itself."""
    walks = _walks.under_way
    if walks and walks[-1].is_open:
        return walks[-1].number(thing)
    if any(walk.things[0] is thing for walk in walks):
        return f"itself: {thing.__qualname__}"
    key = None if walks else _keys_of_classes.get(thing) if isinstance(thing, type) else None
    if key is None:
        key = _key_of_walk(_Walk(thing))
        if isinstance(thing, type) and not walks:
            _keys_of_classes[thing] = key  # as it is at its first use
    return key


def _key_of_walk(walk):
    """32 hexadecimal digits that stand for what a function or class does: its code and all that the code refers to."""
    _walks.under_way.append(walk)
    try:
        keys = []
        for thing in walk.things:  # more come meanwhile
            parts = _class_content(thing) if isinstance(thing, type) else _function_parts(thing)
            keys.append(_native.content_key(parts))
    finally:
        _walks.under_way.pop()
    return keys[0] if len(keys) == 1 else _native.content_key(keys)


def _function_parts(function):
    code = function.__code__
    cells = [_referred(_cell(cell)) for cell in function.__closure__ or ()]
    names = _names(code)
    referred = {name: _referred(function.__globals__[name]) for name in names if name in function.__globals__}
    return {
        "python": list(sys.version_info[:2]),
        "code": _code_parts(code),
        "defaults": [_referred(value) for value in function.__defaults__ or ()],
        "named defaults": {name: _referred(value) for name, value in (function.__kwdefaults__ or {}).items()},
        "closure": cells,
        "globals": referred,
    }


def _cell(cell):
    try:
        return cell.cell_contents
    except ValueError:
        return "empty"


def _referred(value):
    function = getattr(value, "__wrapped__", value) if type(value).__module__ == "peaktrade._native" else value
    if hasattr(function, "__code__") and hasattr(function, "__globals__"):
        return ["function", function.__qualname__, _foreign(function) or _told(function)]
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


_CONSTANTS = (type(None), bool, int, float, complex, str, bytes, tuple, frozenset)


def _class_parts(kind):
    """A class by its name, and by what it does where it is the user's own."""
    if kind.__module__ == "builtins" or _foreign(kind) is not None:
        return {"name": _name(kind)}
    return {"name": _name(kind), "key": _told(kind)}


def _class_content(kind):
    """Its methods and constants, and those of its bases."""
    methods, constants = {}, {}
    for name, member in vars(kind).items():
        if name in _NOT_CONTENT:
            continue
        if isinstance(member, property):
            functions = [member.fget, member.fset, member.fdel]
        else:
            functions = [getattr(member, "__func__", None) or getattr(member, "func", None) or member]
        told = [_referred(function) for function in functions if hasattr(function, "__code__")]
        wrapped = getattr(member, "__wrapped__", None)  # of what cached() or lru_cache() made
        if not told and hasattr(wrapped, "__code__"):
            told = [_referred(wrapped)]
        if told:
            methods[name] = told
        elif type(member) in _CONSTANTS:
            constants[name] = _key_or_none(member)
    bases = [_class_parts(base) for base in kind.__bases__]
    return {"name": _name(kind), "bases": bases, "methods": methods, "constants": constants}


_NOT_CONTENT = ("__module__", "__doc__", "__qualname__", "__firstlineno__", "__static_attributes__", "__annotations__")


def _reduce_function(function):
    return "function", {"name": function.__qualname__, "key": _foreign(function) or _told(function)}


def _set_items(values):
    """In an order of their content: numbers of a walk, which tell the order of meeting, are of no use here."""
    opened = [walk for walk in _walks.under_way[-1:] if walk.is_open]
    for walk in opened:
        walk.is_open = False
    try:
        return {"items": sorted(_native.content_key(value) for value in values)}
    finally:
        for walk in opened:
            walk.is_open = True


_REDUCERS = {
    set: lambda values: ("set", _set_items(values)),
    frozenset: lambda values: ("frozenset", _set_items(values)),
    type(type.__dict__): lambda mapping: ("mapping", {"items": dict(mapping)}),
    type(lambda: None): _reduce_function,
    type(_reduce_function.__get__(0)): lambda method: ("method", {"function": method.__func__, "of": method.__self__}),
    type(len): lambda function: ("builtin", {"name": f"{function.__module__}.{function.__qualname__}"}),
    type(sys): lambda module: ("module", {"name": module.__name__}),
    type(_reduce_function.__code__): lambda code: ("code", _code_parts(code)),
    complex: lambda number: ("complex", {"real": number.real, "imaginary": number.imag}),
    bytearray: lambda value: ("bytearray", {"bytes": bytes(value)}),
    range: lambda value: ("range", {"parts": [value.start, value.stop, value.step]}),
    slice: lambda value: ("slice", {"parts": [value.start, value.stop, value.step]}),
    type(...): lambda _: ("ellipsis", {}),
    type(NotImplemented): lambda _: ("not implemented", {}),
}
