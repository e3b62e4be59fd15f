"""Ports for servers that tests start."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def held_port() -> Iterator[int]:
    """A free port of the loopback that nobody else is given while it is held.

    It is bound and does not listen: Linux then lets a server that asks for this very port have it (both sides allow the
    address to be used again, as Redis and PostgreSQL do), and gives it to nobody who asks for any. Elsewhere a server could
    not bind it, and it is let go at once.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
        if sys.platform != "linux":
            holder.close()
        yield port
