"""Connections in, the same connections to a server out, until an answer is to be lost: then both ends are hung up on."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self

PIECE_BYTES = 1 << 16
CONNECT_SECONDS_MAX = 5.0


class ForgetfulProxy:
    """Listens on a loopback port of its own for as long as the block lasts. Knows nothing of HTTP."""

    def __init__(self, port: int) -> None:
        self.server_port = port
        self.lost_answers = 0
        self._to_lose = 0
        self._lock = threading.Lock()
        self._ends: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])

    def lose_answers(self, count: int) -> None:
        """Lose the next answers: the server has given them, nobody hears them."""
        with self._lock:
            self._to_lose = count

    def __enter__(self) -> Self:
        self._run(self._accept)
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for end in tuple(self._ends):
            _hang_up(end)
        for thread in self._threads:
            thread.join()

    def _run(self, target: Callable[..., None], *arguments: socket.socket) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.server_port), CONNECT_SECONDS_MAX)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            self._ends |= {client, server}
            self._run(self._carry_requests, client, server)
            self._run(self._carry_answers, server, client)

    def _carry_requests(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while piece := client.recv(PIECE_BYTES):
                server.sendall(piece)
        _hang_up(server)

    def _carry_answers(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while piece := server.recv(PIECE_BYTES):
                if self._is_lost():
                    break
                client.sendall(piece)
        for end in (client, server):
            _hang_up(end)
            end.close()
        self._ends -= {client, server}

    def _is_lost(self) -> bool:
        with self._lock:
            lost = self._to_lose > 0
            self._to_lose -= lost
            self.lost_answers += lost
        return lost


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
