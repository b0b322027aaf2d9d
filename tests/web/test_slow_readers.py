"""A peer that does not take what it asked for loses its connection; one that takes it slowly but steadily does not."""

import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass

import pytest

from observatory.web.slow_readers import TAKEN_BYTES_PER_SECOND_MIN, TAKEN_SECONDS, Connections, progress_of

pytestmark = pytest.mark.network

JUST_LONG_ENOUGH = TAKEN_SECONDS + 0.1
ENOUGH_BYTES = int(TAKEN_BYTES_PER_SECOND_MIN * JUST_LONG_ENOUGH) + 1


@dataclass
class Pair:
    """Both ends of a connection to a listener of ours."""

    port: int
    ours: socket.socket
    peers: socket.socket

    def fill(self) -> None:
        """Send until the peer, which reads nothing, has no room."""
        self.ours.settimeout(0)
        with suppress(BlockingIOError):
            while True:
                self.ours.send(bytes(1 << 16))

    def is_open(self) -> bool:
        """Tell whether something can still be sent."""
        try:
            self.ours.send(b"x")
        except BlockingIOError:
            return True
        except OSError:
            return False
        return True


@pytest.fixture
def pair() -> Iterator[Pair]:
    with ExitStack() as stack:
        listener = stack.enter_context(closing(socket.create_server(("127.0.0.1", 0))))
        peers = stack.enter_context(closing(socket.socket()))
        peers.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        peers.connect(listener.getsockname())
        yield Pair(listener.getsockname()[1], stack.enter_context(closing(listener.accept()[0])), peers)


def test_a_peer_that_reads_nothing_is_cut_off(pair: Pair) -> None:
    pair.fill()
    connections = Connections(pair.port)
    assert connections.close_slow(0.0) == 0
    assert connections.close_slow(TAKEN_SECONDS - 0.1) == 0
    assert pair.is_open()
    assert connections.close_slow(JUST_LONG_ENOUGH) == 1
    assert not pair.is_open()


def test_a_peer_that_reads_steadily_is_not(pair: Pair) -> None:
    pair.fill()
    connections = Connections(pair.port)
    for turn in range(3):
        assert connections.close_slow(turn * JUST_LONG_ENOUGH) == 0
        before = progress_of(pair.ours)
        assert before is not None
        while (progress := progress_of(pair.ours)) is not None and progress.taken - before.taken < ENOUGH_BYTES:
            assert pair.peers.recv(1 << 16)
        pair.fill()
    assert connections.close_slow(3 * JUST_LONG_ENOUGH) == 0
    assert pair.is_open()


def test_an_idle_connection_is_none_of_our_business(pair: Pair) -> None:
    connections = Connections(pair.port)
    pair.ours.send(b"answer")
    assert pair.peers.recv(6) == b"answer"
    for turn in range(3):
        assert connections.close_slow(turn * JUST_LONG_ENOUGH) == 0
    assert pair.is_open()


def test_connections_of_other_ports_are_left_alone(pair: Pair) -> None:
    pair.fill()
    connections = Connections(pair.port + 1)
    assert connections.close_slow(0.0) == connections.close_slow(JUST_LONG_ENOUGH) == 0
    assert pair.is_open()


def test_without_a_descriptor_to_look_with_nothing_is_closed_and_it_looks_again(pair: Pair) -> None:
    pair.fill()
    connections = Connections(pair.port)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
    try:
        with suppress(OSError):
            connections.close_slow(0.0)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert connections.close_slow(1.0) == 0
    assert connections.close_slow(1.0 + JUST_LONG_ENOUGH) == 1
