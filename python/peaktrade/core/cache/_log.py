"""The cache's lines in the log: logging's "peaktrade.cache"."""

_said = set()


def warn(line):
    """What went wrong with a level; the cache goes on."""
    import logging

    logging.getLogger("peaktrade.cache").warning("%s", line)


def without_frames(error):
    """An exception like this one that keeps no frames alive."""
    try:
        made = type(error)(*error.args)
        made.__dict__.update(error.__dict__)
    except Exception:
        made = RuntimeError(f"{type(error).__qualname__}: {error}")
    return made


def unreadable(key, error):
    """A stored value that this process cannot make an object of: a miss. Said once for each reason."""
    reason = f"{type(error).__name__}: {error}"
    if reason not in _said and len(_said) < 1000:
        _said.add(reason)
        warn(f"the value under {key[:100]!r} cannot be read and counts as missing: {reason}")
