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


def failed_listener(key, error):
    """An exception of on_removal, which nobody else can be told. Said once for each reason."""
    _once("on_removal", f"on_removal failed for {key[:100]!r}", error)


def unreadable(key, error):
    """A stored value that this process cannot make an object of: a miss. Said once for each reason."""
    _once("value", f"the value under {key[:100]!r} cannot be read and counts as missing", error)


def _once(kind, what, error):
    reason = f"{type(error).__name__}: {error}"
    if (kind, reason) not in _said and len(_said) < 1000:
        _said.add((kind, reason))
        warn(f"{what}: {reason}")
