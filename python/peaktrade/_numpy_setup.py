"""What `[performance.numpy] auto_configure` asks for: threads of numpy's linear algebra, set once."""

import os

_done = False


def apply_once():
    """Sets the threads where that changes something: a number is configured, or not every core is a fast one of ours."""
    global _done
    if _done:
        return
    _done = True
    from . import _native, config

    try:
        settings = config.load()
    except (OSError, ValueError):
        return  # told by whoever asks for a setting; numpy works without
    if not settings["numpy.auto_configure"]:
        return
    threads = int(settings["numpy.num_threads"] or 0) or None
    if threads is not None or _native.cpu_info()["performance_cores"] < (os.cpu_count() or 1):
        from .core.numpy_accel import configure_numpy_for_apple_silicon

        configure_numpy_for_apple_silicon(threads)
