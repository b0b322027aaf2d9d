"""F15: peers that send or read slowly, by the hundreds, keep nobody else from an answer."""

import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from statistics import quantiles

import pytest
import requests

from tests.faults.conftest import Known, Start
from tests.faults.oracle import Oracle, Outcome
from tests.faults.settling import settle
from tests.nginx import NAME, Proxy, nginx_of_the_readme
from tests.servers import Server, observatory

pytestmark = pytest.mark.network

MIB = 1 << 20
OTHERS = 50
OTHERS_SECONDS_MAX = 5.0
"""For each of the requests of others meanwhile: far more than they need, so that it does not depend on what else the machine does."""
SLOW_SECONDS_MAX = 50.0
HALF_FORMS, READERS = 300, 1100
SIGN_IN = (
    b"POST /ko/desk/sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 900\r\n\r\n"
)
FILE = b"GET /static/observatory.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
FILES_UNREAD = 16
"""More than there is room for on the way."""


@contextmanager
def peers(port: int, count: int, sent: bytes, receive_bytes: int = 0) -> Iterator[list[socket.socket]]:
    """Give connections on which so much was sent, and nothing was read."""
    with ExitStack() as stack:
        lines = []
        for _ in range(count):
            line = stack.enter_context(closing(socket.socket()))
            if receive_bytes:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
            line.settimeout(SLOW_SECONDS_MAX)
            line.connect(("127.0.0.1", port))
            line.sendall(sent)
            lines.append(line)
        yield lines


def head(token: str, length: int) -> bytes:
    """Return how a body begins."""
    text = f"POST /v1/traces HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/x-protobuf\r\n"
    return f"{text}Content-Length: {length}\r\n\r\n".encode()


def others_are_served(server: Server, oracle: Oracle) -> None:
    """Ask for a page and send telemetry, again and again."""
    for request in oracle.open[:OTHERS]:
        assert requests.get(f"{server.url}/ko/", timeout=OTHERS_SECONDS_MAX).status_code == 200
        oracle.send(server.port, [request], senders=1)
    assert len(oracle.of(Outcome.ACKED)) >= OTHERS
    assert oracle.slowest_seconds < OTHERS_SECONDS_MAX


@pytest.mark.faults
def test_f15_half_sent_forms_hang_no_page(known: Known, start: Start) -> None:
    oracle, server = known(100), start()
    with peers(server.port, HALF_FORMS, SIGN_IN + b"name=x"):
        others_are_served(server, oracle)


@pytest.mark.faults
def test_f15_a_sender_whose_bodies_stall_shuts_no_other_out(known: Known, start: Start) -> None:
    oracle, server = known(100), start()
    made = observatory("token", "create", "--service", oracle.requests[0].service_id, "--data", server.data)
    stalled = head(made.stdout.strip(), 16 * MIB) + bytes(15 * MIB)
    with ExitStack() as stack:
        for _ in range(5):
            line = stack.enter_context(closing(socket.create_connection(("127.0.0.1", server.port), OTHERS_SECONDS_MAX)))
            try:
                line.sendall(stalled)
            except OSError:
                continue  # Refused while it was sent.
        others_are_served(server, oracle)


@pytest.mark.faults
def test_f15_a_body_that_does_not_come_is_given_up_and_nothing_of_it_stored(known: Known, start: Start, data: Path) -> None:
    oracle, server = known(100), start()
    body = oracle.requests[0].body()
    part = head(oracle.token, len(body)) + body[:-1]
    with peers(server.port, 3, part) as bodies, peers(server.port, 3, SIGN_IN + b"name=x") as forms:
        for line in (*bodies, *forms):
            with line.makefile("rb") as answer:
                assert answer.readline().startswith(b"HTTP/1.1 408 ")
                assert b"connection: close" in answer.read().lower()
    settle(oracle, server, data)


@pytest.mark.faults
def test_f15_peers_that_do_not_read_lose_their_places(known: Known, start: Start) -> None:
    oracle, server = known(100), start()
    with peers(server.port, READERS, FILE * FILES_UNREAD, receive_bytes=1 << 12):
        assert requests.get(f"{server.url}/ko/", timeout=SLOW_SECONDS_MAX).status_code == 200
        others_are_served(server, oracle)


SLOW_HEADERS, SLOW_BODIES, SLOW_READERS = 1700, 1700, 1100
MANY = 10_000
SOURCES = [f"127.0.0.{last}" for last in range(2, 200)]
"""Where slow peers come from: nginx counts by address, and others come from 127.0.0.1."""
LARGE_FILE = b"GET /static/vendor/plotly-basic-4.1.1.min.js HTTP/1.1\r\nHost: %s\r\n\r\n" % NAME.encode()
KINDS = {
    "headers": (b"GET /ko/ HTTP/1.1\r\nHost: %s\r\n" % NAME.encode(), SLOW_HEADERS),
    "bodies": (b"POST /v1/traces HTTP/1.1\r\nHost: %s\r\nContent-Length: 1000\r\n\r\n0123456789" % NAME.encode(), SLOW_BODIES),
    "readers": (LARGE_FILE * 8, SLOW_READERS),
}


@contextmanager
def slow_peers_of(proxy: Proxy, count: int, sent: bytes) -> Iterator[None]:
    """Keep so many connections over TLS on which so much was sent, and nothing was read. Whoever is refused comes no more."""
    with ExitStack() as stack:
        for number in range(count):
            line = stack.enter_context(closing(proxy.connect(SOURCES[number % len(SOURCES)], receive_bytes=1 << 12)))
            line.sendall(sent)
        yield


def others_behind(proxy: Proxy, oracle: Oracle) -> list[float]:
    """Ask for a page and send telemetry through nginx, again and again; return how long each took."""
    took = []
    for request in oracle.open[:OTHERS]:
        for method, path, body in (("GET", "/ko/", None), ("POST", "/v1/traces", request.body())):
            began = time.monotonic()
            credentials = {"Authorization": f"Bearer {oracle.token}", "Content_Type": "application/x-protobuf"} if body else {}
            with proxy.open(method, path, body, **credentials) as answer:
                assert (answer.status, path) == (200, path)
            took.append(time.monotonic() - began)
        oracle.note(request, Outcome.ACKED)
    assert max(took) < OTHERS_SECONDS_MAX
    return took


def f15_behind_nginx(kind: str, count: int, server: Server, oracle: Oracle, folder: Path) -> None:
    with nginx_of_the_readme(folder, server.port) as proxy:
        with slow_peers_of(proxy, count, KINDS[kind][0]):
            took = others_behind(proxy, oracle)
        sys.stdout.write(f"{count} slow {kind}: others' p95 is {1000 * quantiles(took, n=20)[-1]:.0f} ms\n")
        assert "worker_connections are not enough" not in (folder / "error.log").read_text()


@pytest.mark.faults
@pytest.mark.parametrize("kind", KINDS)
def test_f15_behind_nginx_slow_peers_keep_nobody_waiting(kind: str, known: Known, start: Start, data: Path, tmp_path: Path) -> None:
    oracle, server = known(100), start()
    f15_behind_nginx(kind, KINDS[kind][1], server, oracle, tmp_path / "nginx")
    settle(oracle, server, data)


@pytest.mark.faults_long
@pytest.mark.parametrize("kind", KINDS)
def test_f15_behind_nginx_ten_thousand_of_them(kind: str, known: Known, start: Start, data: Path, tmp_path: Path) -> None:
    oracle, server = known(100), start()
    f15_behind_nginx(kind, MANY, server, oracle, tmp_path / "nginx")
    settle(oracle, server, data)
