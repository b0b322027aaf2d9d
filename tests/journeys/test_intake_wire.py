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
from tests.receive.doors import fresh_traces
from tests.servers import Server

pytestmark = pytest.mark.network

MIB = 1 << 20
ANSWER_SECONDS_MAX = 20.0


@pytest.fixture
def site(start_server: Callable[..., Server], tmp_path: Path) -> Site:
    return open_site(start_server, tmp_path)


def exchange(site: Site, headers: dict[str, str], wire: bytes, *, hang_up: bool = False, door: str = "/v1/traces") -> int | None:
    """Send a request as raw bytes; return the status of the answer, None when there is none."""
    head = f"POST {door} HTTP/1.1\r\nHost: observatory\r\nConnection: close\r\n"
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


def test_chunked_bodies_are_taken_whole_or_not_at_all(site: Site) -> None:
    in_gzip = {"Transfer-Encoding": "chunked", "Content-Encoding": "gzip"}
    assert exchange(site, in_gzip, chunked(gzip.compress(fresh_traces(4)))) == 200
    assert exchange(site, {"Transfer-Encoding": "chunked"}, chunked(fresh_traces(3))) == 411
    assert site.stored() == 4


LINE = '203.0.113.1 - - [{:%d/%b/%Y:%H:%M:%S} +0000] "GET /jobs/{} HTTP/1.1" 200 5 "-" "Firefox"\n'
PROBES = "checked_at,service,state,http_status,response_ms\n" + "{:%Y-%m-%dT%H:%M:%SZ},job-portal,up,200,120\n" * 10


def test_half_a_chunked_body_is_nowhere_taken_for_the_whole(site: Site) -> None:
    """Five of ten lines, then the end of the connection: what a proxy that dies, or a cut line, looks like."""
    at = clock.now()
    lines = "".join(LINE.format(at, number) for number in range(10)).encode()
    for door, media, body in (
        ("/v1/access-log?service=job-portal&format=combined", "text/plain", lines),
        ("/v1/probes", "text/csv", PROBES.format(*[at] * 10).encode()),
        ("/v1/traces", "application/x-protobuf", fresh_traces()),
        ("/otlp/v1/metrics", "application/x-protobuf", b""),
    ):
        for cut in (b"%x\r\n%s\r\n" % (len(body) // 2, body[: len(body) // 2]), b""):
            headers = {"Content-Type": media, "Transfer-Encoding": "chunked"}
            assert exchange(site, headers, cut, hang_up=True, door=door) in (411, None), door
    assert site.stored() == 0
    whole = {"Content-Type": "text/plain", "Content-Length": str(len(lines))}
    assert exchange(site, whole, lines, door="/v1/access-log?service=job-portal&format=combined") == 200
    assert site.stored() == 10


def test_bodies_that_are_cut_short_or_lie_about_their_length_are_not_stored(site: Site) -> None:
    body = fresh_traces() + fresh_traces()
    cut = body[: len(body) // 2]  # by itself a whole message
    for headers, wire in (
        ({"Content-Length": str(len(body))}, cut),
        ({"Content-Length": str(len(body)), "Content-Encoding": "gzip"}, gzip.compress(cut)),
        ({"Content-Length": "-5"}, b""),
        ({"Content-Length": "lots"}, b""),
        ({"Transfer-Encoding": "chunked", "Content-Encoding": "gzip"}, chunked(gzip.compress(body), 50)[:90]),
    ):
        assert exchange(site, headers, wire, hang_up=True) in (400, None), headers
    assert exchange(site, {"Content-Length": str(65 * MIB)}, b"") == 413
    assert site.stored() == 0
    assert exchange(site, {"Content-Length": str(len(body))}, body) == 200
    assert "Traceback" not in site.server.err


@pytest.mark.parametrize("door", ["/v1/traces", "/v1/probes"])
def test_requests_that_others_may_read_differently_are_refused(door: str, site: Site) -> None:
    packed = gzip.compress(fresh_traces())
    for headers in (
        {"Host": "other", "Content-Length": str(len(packed))},
        {"Transfer-Encoding": "gzip, chunked"},
        {"Transfer-Encoding": "chunked, chunked"},
        {"Transfer-Encoding": "identity"},
        {"Content-Length": f"{len(packed)}\r\nContent-Length: {len(packed) + 1}"},
    ):
        wire = chunked(packed) if "Transfer-Encoding" in headers else packed
        assert exchange(site, {"Content-Encoding": "gzip", **headers}, wire, door=door) == 400, headers
    assert site.stored() == 0


def test_behind_a_chunked_body_the_connection_is_closed(site: Site) -> None:
    """Had it a Content-Length too, the web server would have hidden it; so what follows is not taken for a request."""
    headers = {**site.headers, "Content-Encoding": "gzip", "Transfer-Encoding": "chunked", "Content-Length": "5"}
    head = "POST /v1/traces HTTP/1.1\r\nHost: x\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
    with closing(socket.create_connection(("127.0.0.1", site.server.port), ANSWER_SECONDS_MAX)) as connection:
        connection.sendall(2 * (head.encode() + chunked(gzip.compress(fresh_traces(2)))))
        with connection.makefile("rb") as answers:
            assert answers.read().count(b"HTTP/1.1 200 OK") == 1
    assert site.stored() == 2


def endless() -> Iterator[bytes]:
    for _ in range(64):
        yield bytes(MIB)


def peak_bytes(pid: int) -> int:
    """Return the most memory a process ever had resident."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def test_bombs_and_endless_bodies_are_cut_off_and_cost_little(site: Site) -> None:
    body = fresh_traces()
    assert exchange(site, {"Content-Length": str(len(body))}, body) == 200
    [worker] = site.server.children()
    before = peak_bytes(worker)
    bomb, packed = gzip.compress(bytes(500 * MIB)), {**site.headers, "Content-Encoding": "gzip"}
    assert requests.post(f"{site.server.url}/v1/traces", bomb, headers=packed, timeout=ANSWER_SECONDS_MAX).status_code == 413
    assert peak_bytes(worker) - before < 32 * MIB
    assert post_endless(site) in (413, None)
    assert peak_bytes(worker) - before < 64 * MIB
    assert requests.get(f"{site.server.url}/livez", timeout=5).status_code == 200


def post_endless(site: Site) -> int | None:
    """Return the status of the answer, None if it was lost because the server closes on what is still being sent."""
    headers = {**site.headers, "Content-Encoding": "gzip"}
    try:
        return requests.post(f"{site.server.url}/v1/traces", data=endless(), headers=headers, timeout=ANSWER_SECONDS_MAX).status_code
    except requests.ConnectionError:
        return None
