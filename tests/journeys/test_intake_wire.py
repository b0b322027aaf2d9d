"""Bodies as only a socket can send them: chunked, cut short, endless, bombs. The server answers, stays small, and goes on."""

import gzip
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from observatory import clock
from tests.journeys.site import Site, open_site
from tests.receive.doors import a_span, traces
from tests.server import Server

pytestmark = pytest.mark.network

MIB = 1 << 20
ANSWER_SECONDS_MAX = 20.0


@pytest.fixture
def site(start_server: Callable[..., Server], tmp_path: Path) -> Site:
    return open_site(start_server, tmp_path)


def fresh_traces(count: int = 3) -> bytes:
    spans = [a_span() for _ in range(count)]
    for span in spans:
        span.end_time_unix_nano = int((clock.now().timestamp() - 60) * 10**6) * 1000
        span.start_time_unix_nano = span.end_time_unix_nano - 10**8
    return traces(*spans)


def exchange(site: Site, headers: dict[str, str], wire: bytes, *, hang_up: bool = False) -> int | None:
    """Send a request as raw bytes; return the status of the answer, None when there is none."""
    head = "POST /v1/traces HTTP/1.1\r\nHost: observatory\r\nConnection: close\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in {**site.headers, **headers}.items()) + "\r\n"
    with closing(socket.create_connection(("127.0.0.1", site.server.port), ANSWER_SECONDS_MAX)) as connection:
        try:
            connection.sendall(head.encode() + wire)
            if hang_up:
                connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(4096)
        except ConnectionError:
            return None
    return int(answer.split(b" ")[1]) if answer else None


def chunked(body: bytes, size: int = 1000) -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def test_chunked_bodies_are_taken_whole(site: Site) -> None:
    assert exchange(site, {"Transfer-Encoding": "chunked"}, chunked(fresh_traces(3))) == 200
    packed = chunked(gzip.compress(fresh_traces(4)))
    assert exchange(site, {"Transfer-Encoding": "chunked", "Content-Encoding": "gzip"}, packed) == 200
    assert site.stored() == 7


def test_a_body_cut_short_is_not_stored(site: Site) -> None:
    body = fresh_traces() + fresh_traces()
    cut = body[: len(body) // 2]  # by itself a whole message
    assert exchange(site, {"Content-Length": str(len(body))}, cut, hang_up=True) in (400, None)
    assert exchange(site, {"Content-Length": str(len(body)), "Content-Encoding": "gzip"}, gzip.compress(cut), hang_up=True) in (400, None)
    assert site.stored() == 0


def test_a_length_or_a_chunk_that_lies_is_refused(site: Site) -> None:
    assert exchange(site, {"Content-Length": "-5"}, b"") == 400
    assert exchange(site, {"Content-Length": "lots"}, b"") == 400
    assert exchange(site, {"Transfer-Encoding": "chunked"}, b"zz\r\nabc\r\n0\r\n\r\n") in (400, None)
    assert exchange(site, {"Content-Length": str(65 * MIB)}, b"") == 413
    assert site.stored() == 0


def endless() -> Iterator[bytes]:
    for _ in range(64):
        yield bytes(MIB)


def test_an_endless_body_is_cut_off(site: Site) -> None:
    try:
        status = requests.post(f"{site.server.url}/v1/traces", data=endless(), headers=site.headers, timeout=ANSWER_SECONDS_MAX).status_code
    except requests.ConnectionError:
        status = 413  # the answer can be lost when the server closes on what is still being sent
    assert status == 413
    assert requests.get(f"{site.server.url}/livez", timeout=5).status_code == 200


def peak_bytes(pid: int) -> int:
    """Return the most memory a process ever had resident."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def test_a_bomb_costs_less_than_32_mib(site: Site) -> None:
    exchange(site, {"Content-Length": str(len(fresh_traces()))}, fresh_traces())
    [worker] = site.server.children()
    before = peak_bytes(worker)
    bomb = gzip.compress(bytes(1000 * MIB), compresslevel=9)
    answer = requests.post(
        f"{site.server.url}/v1/traces", bomb, headers={**site.headers, "Content-Encoding": "gzip"}, timeout=ANSWER_SECONDS_MAX
    )
    assert answer.status_code == 413
    assert peak_bytes(worker) - before < 32 * MIB


def test_the_server_goes_on_after_all_of_it(site: Site) -> None:
    for wire in (b"", b"\xff" * 100, fresh_traces()[:-1]):
        exchange(site, {"Content-Length": str(len(wire))}, wire)
    body = fresh_traces()
    assert exchange(site, {"Content-Length": str(len(body))}, body) == 200
    assert "Traceback" not in site.server.err
