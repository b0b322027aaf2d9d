"""Through our gateway an application is called, and its answer sent, as by the web server's own WSGI interface."""

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress

import pytest

from tests.web.gateway_process import THREADS

pytestmark = pytest.mark.network

START_SECONDS_MAX, ANSWER_SECONDS_MAX = 30.0, 20.0
MIB = 1 << 20

Answer = tuple[int, list[tuple[str, str]], bytes]

REQUESTS = {
    "plain": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "old": b"GET / HTTP/1.0\r\n\r\n",
    "path in Korean": b"GET /%ED%95%9C/a%20b%2Fc//d?q=%ED%95%9C&x=a+b HTTP/1.1\r\nHost: x\r\n\r\n",
    "whole address": b"GET http://other.example/a?b HTTP/1.1\r\nHost: x\r\n\r\n",
    "headers": b"GET / HTTP/1.1\r\nHost: x\r\nX-Two: 1\r\nX-Two: 2\r\nAccept: a\r\nCookie: a=1\r\nCookie: b=2\r\nForwarded: x\r\n\r\n",
    "form": b"POST /f HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\na=1&b=2",
    "large": b"POST /l HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (3 * MIB) + bytes(range(256)) * (3 * MIB // 256),
    "chunked": b"POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2710\r\n" + b"z" * 10_000 + b"\r\n1\r\ny\r\n0\r\n\r\n",
    "cut": b"POST /cut HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nshort",
    "head": b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n",
    "not modified": b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n",
    "in pieces": b"GET /pieces HTTP/1.1\r\nHost: x\r\n\r\n",
    "body unread": b"POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100_000,
    "broken": b"GET /broken HTTP/1.1\r\nHost: x\r\n\r\n",
}


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


def exchange(port: int, request: bytes, address: str = "127.0.0.1") -> Answer | None:
    """Return status, headers and body of the answer to a request sent as it is; None for a closed connection."""
    with closing(socket.create_connection((address, port), ANSWER_SECONDS_MAX)) as connection:
        connection.sendall(request)
        if request == REQUESTS["cut"]:
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


def test_slow_bodies_on_every_thread_keep_nobody_from_an_answer_in_the_end(ours: int) -> None:
    half, rest = REQUESTS["chunked"][:2000], REQUESTS["chunked"][2000:]
    with ExitStack() as stack:
        slow = [stack.enter_context(closing(socket.create_connection(("127.0.0.1", ours), ANSWER_SECONDS_MAX))) for _ in range(THREADS)]
        for connection in slow:
            connection.sendall(half)
        waiting = stack.enter_context(ThreadPoolExecutor(1)).submit(exchange, ours, REQUESTS["form"])
        for connection in slow:
            connection.sendall(rest)
        assert [connection.recv(12) for connection in slow] == [b"HTTP/1.1 201"] * THREADS
        answer = waiting.result(ANSWER_SECONDS_MAX)
    assert answer is not None
    assert answer[0] == 201


def test_an_address_of_ipv6_is_told_without_brackets() -> None:
    with serving("rsgi", "::1") as port:
        answer = exchange(port, REQUESTS["plain"], "::1")
    assert answer is not None
    assert b'"::1"' in answer[2]
