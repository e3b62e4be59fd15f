"""The options of a cache: each is refused with its name, what it may be, and what was given."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

COMPRESSIONS = ("lz4", "zstd")
POLICIES = ("s3fifo", "lru", "sieve", "wtinylfu")


def check(options: Mapping[str, Any]) -> None:
    _check_numbers(
        options,
        l1_size=(1,),
        l1_bytes=(0,),
        l3_bytes=(64 << 10,),
        l2_port=(1, 65535),
        l2_database=(0,),
        l2_connections=(1, 1024),
    )
    for name in ("l1_jitter", "refresh_ahead"):
        fraction = _real(name, options[name], "a fraction from 0 to below 1")
        if not 0 <= fraction < 1:
            raise ValueError(f"{name} is {fraction}; give a fraction from 0 to below 1")
    if not 0.001 <= _real("l2_timeout", options["l2_timeout"], "a number of seconds") <= 60:
        raise ValueError(f"l2_timeout is {options['l2_timeout']} seconds; give 0.001 to 60")
    for name in ("l1_ttl", "ttl", "stale_for", "negative_ttl"):
        _check_life(name, options[name])
    for name in ("l2_enabled", "l2_tls", "l3_enabled"):
        if not hasattr(type(options[name]), "__bool__"):  # bool, or numpy's
            raise TypeError(f"{name} must be True or False, not {options[name]!r}")
    _check_texts(options)


def _check_numbers(options: Mapping[str, Any], **bounds: Sequence[int]) -> None:
    for name, (least, *most) in bounds.items():
        value = options[name]
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{name} must be a whole number, not {value!r}")
        if value < least or (most and value > most[0]):
            told = f"{least} to {most[0]}" if most else f"{least} or more"
            raise ValueError(f"{name} is {value}; give {told}")


def _real(name: str, value: object, what: str) -> float:
    if isinstance(value, (str, bytes)) or not hasattr(type(value), "__float__"):
        raise TypeError(f"{name} must be {what}, not {value!r}")
    return float(value)  # type: ignore[arg-type]


def _check_life(name: str, value: Any) -> None:
    """Seconds or a timedelta; that it is one or the other is looked at where all lives are."""
    seconds = value.total_seconds() if hasattr(value, "total_seconds") else value
    if isinstance(seconds, (int, float)) and seconds < 0:
        raise ValueError(f"{name} is {value}; give seconds from 0 (nothing is kept), a timedelta, None or math.inf")


def _check_texts(options: Mapping[str, Any]) -> None:
    if options["on_removal"] is not None and not callable(options["on_removal"]):
        raise TypeError(
            f"on_removal must be a function of key, value and reason, or None, not {options['on_removal']!r}"
        )
    if options["l1_policy"] not in POLICIES:
        raise ValueError(f"l1_policy is {options['l1_policy']!r}; give one of {', '.join(map(repr, POLICIES))}")
    for name in ("l2_host", "l2_namespace"):
        if not isinstance(options[name], str):
            raise TypeError(f"{name} must be a text, not {options[name]!r}")
    for name in ("l2_url", "l2_user", "l2_password"):
        # What was given is not told: it may be a password.
        if not isinstance(options[name], (str, type(None))):
            raise TypeError(f"{name} must be a text or None, not {type(options[name]).__name__}")
    if not isinstance(options["l2_ca_file"], (str, os.PathLike, type(None))):
        raise TypeError(f"l2_ca_file must be a file's path or None, not {options['l2_ca_file']!r}")
    if not isinstance(options["l3_path"], (str, os.PathLike)):
        raise TypeError(
            f"l3_path must be a folder's path, not {options['l3_path']!r}; l3_enabled=False goes without a folder"
        )
    compression = options["l2_compression"]
    if compression is not None and compression not in COMPRESSIONS:
        raise ValueError(f"l2_compression is {compression!r}; give None, {' or '.join(map(repr, COMPRESSIONS))}")
