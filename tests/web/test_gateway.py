"""Through our gateway an application is called, and its answer sent, as by the web server's own WSGI interface."""

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress

import pytest

from tests.web.gateway_process import BODY_BYTES_MAX, THREADS

pytestmark = pytest.mark.network

START_SECONDS_MAX, ANSWER_SECONDS_MAX = 30.0, 20.0
MIB = 1 << 20
THREADS_ALL = 4 * THREADS

Answer = tuple[int, list[tuple[str, str]], bytes]

REQUESTS = {
    "plain": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "for an address with a port": b"GET / HTTP/1.1\r\nHost: [::1]:8000\r\n\r\n",
    "for no host": b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
    "old": b"GET / HTTP/1.0\r\n\r\n",
    "path in Korean": b"GET /%ED%95%9C/a%20b%2Fc//d?q=%ED%95%9C&x=a+b HTTP/1.1\r\nHost: x\r\n\r\n",
    "whole address": b"GET http://other.example/a?b HTTP/1.1\r\nHost: x\r\n\r\n",
    "headers": b"GET / HTTP/1.1\r\nHost: x\r\nX-Two: 1\r\nX-Two: 2\r\nAccept: a\r\nCookie: a=1\r\nCookie: b=2\r\nForwarded: x\r\n\r\n",
    "form": b"POST /f HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\na=1&b=2",
    "large": b"POST /l HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (3 * MIB) + bytes(range(256)) * (3 * MIB // 256),
    "head": b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n",
    "not modified": b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n",
    "in pieces": b"GET /pieces HTTP/1.1\r\nHost: x\r\n\r\n",
    "body unread": b"POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100_000,
    "broken": b"GET /broken HTTP/1.1\r\nHost: x\r\n\r\n",
}


REFUSED = {
    "chunked": (411, b"POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\ny\r\n0\r\n\r\n"),
    "too large": (400, b"POST /l HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (BODY_BYTES_MAX + 1)),
    "without Host": (400, b"GET / HTTP/1.1\r\n\r\n"),
    "for two hosts": (400, b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"),
    "for two hosts in one": (400, b"GET / HTTP/1.1\r\nHost: x,y\r\n\r\n"),
    "for what is no host": (400, b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
    "for a host with a user": (400, b"GET / HTTP/1.1\r\nHost: user@x\r\n\r\n"),
    "for a host with a path": (400, b"GET / HTTP/1.1\r\nHost: x/../y\r\n\r\n"),
    "for half an address": (400, b"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"),
    "coded twice": (400, b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    "coded twice in two headers": (
        400,
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
    "chunked twice": (400, b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
    "with another coding": (400, b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n"),
    "with two lengths": (400, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
    "with a list of lengths": (400, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3, 3\r\n\r\nabc"),
    "with a folded header": (400, b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n"),
    "with a space before the colon": (400, b"GET / HTTP/1.1\r\nHost : x\r\n\r\n"),
    "in chunks and old": (400, b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
}
BOTH_LENGTHS = (
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
)


def a_free_port(address: str) -> int:
    with closing(socket.create_server((address, 0), family=socket.AF_INET6 if ":" in address else socket.AF_INET)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def serving(kind: str, address: str = "127.0.0.1") -> Iterator[int]:
    """Give the port of a server that answers."""
    port = a_free_port(address)
    process = subprocess.Popen([sys.executable, "-m", "tests.web.gateway_process", kind, str(port), address], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            with suppress(OSError), closing(socket.create_connection((address, port), 1)):
                break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(ANSWER_SECONDS_MAX)


@pytest.fixture(scope="module")
def ours() -> Iterator[int]:
    with serving("rsgi") as port:
        yield port


@pytest.fixture(scope="module")
def theirs() -> Iterator[int]:
    with serving("wsgi") as port:
        yield port


def exchange(port: int, request: bytes, address: str = "127.0.0.1", *, hang_up: bool = False) -> Answer | None:
    """Return status, headers and body of the answer to a request sent as it is; None for a closed connection."""
    with closing(socket.create_connection((address, port), ANSWER_SECONDS_MAX)) as connection:
        connection.sendall(request)
        if hang_up:
            connection.shutdown(socket.SHUT_WR)
        answer = http.client.HTTPResponse(connection, method=request.split(b" ", 1)[0].decode())
        try:
            answer.begin()
        except ConnectionError:
            return None
        headers = [(name.lower(), value) for name, value in answer.getheaders() if name.lower() != "date"]
        return answer.status, sorted(headers), answer.read()


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_is_answered_as_by_the_servers_own_interface(name: str, ours: int, theirs: int) -> None:
    framed = ("content-length", "transfer-encoding", "connection", "server")  # how an answer is framed may differ
    answers = [exchange(port, REQUESTS[name]) for port in (ours, theirs)]
    mine, other = [answer and (answer[0], [each for each in answer[1] if each[0] not in framed], answer[2]) for answer in answers]
    assert mine == other


def test_what_an_application_returns_is_closed(ours: int) -> None:
    exchange(ours, REQUESTS["in pieces"])
    answer = exchange(ours, b"GET /closed HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer is not None
    assert b"closed" in answer[2]


@pytest.mark.parametrize("name", REFUSED)
def test_a_request_that_others_may_read_differently_is_refused(name: str, ours: int) -> None:
    status, request = REFUSED[name]
    answer = exchange(ours, request)
    assert answer is not None
    assert answer[0] == status


@pytest.mark.parametrize("request_of_both", BOTH_LENGTHS)
def test_behind_a_request_of_both_lengths_nothing_more_is_read(request_of_both: bytes, ours: int) -> None:
    """The web server hides one of the two; so what follows could be the rest of the body to a proxy, and is not served."""
    with closing(socket.create_connection(("127.0.0.1", ours), ANSWER_SECONDS_MAX)) as connection:
        connection.sendall(request_of_both + REQUESTS["plain"])
        with connection.makefile("rb") as answers:
            everything = answers.read()
    assert everything.count(b"HTTP/1.1 ") == 1
    assert everything.startswith(b"HTTP/1.1 411 ")


def test_a_body_that_breaks_off_is_refused(ours: int) -> None:
    answer = exchange(ours, b"POST /cut HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nshort", hang_up=True)
    assert answer is None or answer[0] == 400


def test_bodies_that_come_slowly_take_no_thread(ours: int) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(closing(socket.create_connection(("127.0.0.1", ours), ANSWER_SECONDS_MAX))) for _ in range(THREADS_ALL)]
        for connection in slow:
            connection.sendall(REQUESTS["form"][:-3])
        answer = exchange(ours, REQUESTS["form"])
        assert answer is not None
        assert answer[0] == 201
        for connection in slow:
            connection.sendall(REQUESTS["form"][-3:])
        assert [connection.recv(12) for connection in slow] == [b"HTTP/1.1 201"] * THREADS_ALL


def test_an_address_of_ipv6_is_told_without_brackets() -> None:
    with serving("rsgi", "::1") as port:
        answer = exchange(port, REQUESTS["plain"], "::1")
    assert answer is not None
    assert b'"::1"' in answer[2]
