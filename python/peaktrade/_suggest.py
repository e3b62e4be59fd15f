"""The nearest known name, as C++ finds it."""

from . import _native


def suggestion(name, known):
    """ "; did you mean 'sma'?" when a near name exists, else the known ones."""
    return _native.suggestion(name, list(known))
