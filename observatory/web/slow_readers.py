"""Close the connections of this process whose peer does not take what it asked for.

! The web server has no time limit for writing, and keeps a connection's place until everything is written: peers that ask and
do not read would take all places. What the kernel knows of a connection shows whether its peer takes anything.
"""

import os
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

LOOK_SECONDS = 3.0
TAKEN_SECONDS = 12.0
"""How long a peer is watched before it is judged."""
TAKEN_BYTES_PER_SECOND_MIN = 1 << 12
"""What a peer has to take of what waits for it."""
FILES = Path("/proc/self/fd")
LOOKED_AT_MAX = 4096
"""Open files looked at."""

_TCP_INFO_BYTES = 148
_UNACKED, _ACKED, _NOT_SENT = struct.Struct("=I"), struct.Struct("=Q"), struct.Struct("=I")
_UNACKED_AT, _ACKED_AT, _NOT_SENT_AT = 24, 120, 144
"""Where `struct tcp_info` of Linux 4.6 and later has them."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a peer has taken what is sent to it."""

    taken: int
    """Bytes so far."""
    waits: bool
    """Whether there is more."""


@dataclass(frozen=True, slots=True)
class _Watched:
    since: float
    taken: int


class Connections:
    """Those on one port. One thread."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._watched: dict[str, _Watched] = {}
        """By what names an open socket, as long as its peer has something to take."""

    def close_slow(self, now_s: float) -> int:
        """Close connections whose peers took too little since they were first seen with something to take; return how many."""
        watched, closed = self._watched, 0
        self._watched = {}
        for name, connection in _open_sockets(self._port):
            with connection:
                progress = progress_of(connection)
                if progress is None or not progress.waits:
                    continue
                before = watched.get(name) or _Watched(now_s, progress.taken)
                if now_s - before.since < TAKEN_SECONDS:
                    self._watched[name] = before
                elif progress.taken - before.taken < TAKEN_BYTES_PER_SECOND_MIN * (now_s - before.since):
                    with suppress(OSError):
                        connection.shutdown(socket.SHUT_RDWR)
                    closed += 1
                else:
                    self._watched[name] = _Watched(now_s, progress.taken)
        return closed

    def watch(self) -> None:
        """Do so for as long as the process lives."""
        while True:
            time.sleep(LOOK_SECONDS)
            with suppress(OSError):  # No descriptor is left to look with; next time there may be.
                self.close_slow(time.monotonic())


def progress_of(connection: socket.socket) -> Progress | None:
    """Return how far a peer is, None where the kernel does not say."""
    try:
        told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
    except OSError:
        return None
    if len(told) < _TCP_INFO_BYTES:
        return None
    (unacked,), (acked,), (not_sent,) = (
        _UNACKED.unpack_from(told, _UNACKED_AT),
        _ACKED.unpack_from(told, _ACKED_AT),
        _NOT_SENT.unpack_from(told, _NOT_SENT_AT),
    )
    return Progress(acked, bool(unacked or not_sent))


def _open_sockets(port: int) -> Iterator[tuple[str, socket.socket]]:
    """Yield each connection that this process has on a port, under another descriptor: the web server may close its own meanwhile."""
    for link in islice(FILES.iterdir(), LOOKED_AT_MAX):
        try:
            if not (name := str(link.readlink())).startswith("socket:"):
                continue
            connection = socket.socket(fileno=os.dup(int(link.name)))
        except OSError:  # Closed since it was listed, or all descriptors are in use.
            continue
        if _is_connection_on(connection, port):
            yield name, connection
        else:
            connection.close()


def _is_connection_on(connection: socket.socket, port: int) -> bool:
    try:
        if connection.type != socket.SOCK_STREAM or connection.family not in (socket.AF_INET, socket.AF_INET6):
            return False
        return bool(connection.getsockname()[1] == port) and not connection.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError:
        return False
