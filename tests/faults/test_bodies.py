"""F13 and F14: bodies that lie, never end, burst or mean nothing. Each is refused, costs little, and is never a fault of ours."""

import gzip
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
import requests

from tests.faults.conftest import Known, Start
from tests.faults.oracle import Oracle
from tests.faults.settling import settle
from tests.servers import Server

pytestmark = [pytest.mark.network, pytest.mark.faults]

MIB = 1 << 20
COST_BYTES_MAX = 32 * MIB
BOMBS = 50
BOMBS_COST_BYTES_MAX = 192 * MIB
"""Of all of them at once: several times what a single one may cost, and far from fifty times."""
ANSWER_SECONDS_MAX = 30.0
PROTOBUF, JSON = "application/x-protobuf", "application/json"
PATHS = ("/v1/traces", "/v1/logs")


def peak_bytes(pid: int) -> int:
    """Return the most memory a process had resident since it was last asked to forget that."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


@contextmanager
def costs_at_most(server: Server, bytes_max: int) -> Iterator[None]:
    """Hold what the worker's memory grows by in the block against a limit."""
    worker = server.worker
    Path(f"/proc/{worker}/clear_refs").write_text("5")
    before = peak_bytes(worker)
    yield
    grown = peak_bytes(worker) - before
    assert grown <= bytes_max, f"{grown / MIB:.0f} MiB"


def exchange(server: Server, oracle: Oracle, headers: dict[str, str], pieces: Iterator[bytes]) -> int | None:
    """Send raw bytes after a head, then nothing more; return the status of the answer, None when there is none."""
    sent = {"Authorization": f"Bearer {oracle.token}", "Content-Type": PROTOBUF, "Connection": "close", **headers}
    head = "POST /v1/traces HTTP/1.1\r\nHost: observatory\r\n" + "".join(f"{name}: {value}\r\n" for name, value in sent.items()) + "\r\n"
    with closing(socket.create_connection(("127.0.0.1", server.port), ANSWER_SECONDS_MAX)) as line:
        with suppress(OSError):  # It may have been answered, and closed, before all is sent.
            line.sendall(head.encode())
            for piece in pieces:
                line.sendall(piece)
            line.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            if answer := line.recv(4096):
                return int(answer.split(b" ")[1])
    return None


def chunks(*pieces: bytes, end: bool = True) -> Iterator[bytes]:
    """Yield pieces as HTTP chunks."""
    for piece in pieces:
        yield b"%x\r\n%s\r\n" % (len(piece), piece)
    if end:
        yield b"0\r\n\r\n"


def test_f13_bodies_that_lie_or_never_end_are_refused_and_cost_little(known: Known, start: Start, data: Path) -> None:
    oracle, server = known(100), start()
    oracle.send(server.port, oracle.requests)
    body = oracle.requests[0].body()
    packed = gzip.compress(body)
    in_gzip, in_chunks = {"Content-Encoding": "gzip"}, {"Transfer-Encoding": "chunked"}
    for headers, pieces, status in (
        ({"Content-Length": str(65 * MIB)}, iter([bytes(MIB)] * 65), 413),
        (in_chunks, chunks(*[bytes(MIB)] * 65, end=False), 411),
        ({**in_gzip, **in_chunks}, chunks(*[bytes(MIB)] * 65, end=False), 413),
        ({"Content-Length": str(2 * len(body))}, iter([body]), 400),
        ({**in_gzip, "Content-Length": str(2 * len(packed))}, iter([packed]), 400),
        (in_chunks, chunks(body[:-9], end=False), 411),
        ({**in_gzip, **in_chunks}, chunks(packed[:-9]), 400),
        ({**in_gzip, **in_chunks}, chunks(packed, packed), 400),
        ({**in_gzip, **in_chunks}, chunks(gzip.compress(packed)), 400),
        ({**in_gzip, **in_chunks}, chunks(b"\x1f\x8b" + bytes(100)), 400),
        ({"Content-Encoding": "gzip, gzip", **in_chunks}, chunks(gzip.compress(packed)), 415),
        ({"Content-Encoding": "br", **in_chunks}, chunks(packed), 415),
    ):
        with costs_at_most(server, COST_BYTES_MAX):
            assert exchange(server, oracle, headers, pieces) in (status, None), headers
    settle(oracle, server, data)


def test_f13_fifty_bombs_at_once_are_refused_and_cost_little(known: Known, start: Start, data: Path) -> None:
    oracle, server = known(100), start()
    bomb = gzip.compress(bytes(200 * MIB))
    headers = {"Authorization": f"Bearer {oracle.token}", "Content-Type": PROTOBUF, "Content-Encoding": "gzip"}

    def throw(_: int) -> int:
        return requests.post(f"{server.url}/v1/traces", bomb, headers=headers, timeout=ANSWER_SECONDS_MAX).status_code

    with costs_at_most(server, COST_BYTES_MAX):
        assert throw(0) == 413
    with costs_at_most(server, BOMBS_COST_BYTES_MAX), ThreadPoolExecutor(BOMBS + 1) as throwers:
        answers = throwers.map(throw, range(BOMBS))
        oracle.send_until_acked(server.port)
        assert set(answers) <= {413, 503}
    settle(oracle, server, data)


MALFORMED_PROTOBUF = (
    b"\xff" * 64,
    b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    b"\x0a\x05\x0a",
    b"\x0b\x0b\x0b" * 1000,
    b"\x0a\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
    b"\x00\x01",
    b"\x0a\x03abc",
    b"not protobuf at all",
)
MALFORMED_JSON = (
    b"",
    b"[]",
    b"null",
    b"{",
    b'{"resourceSpans": 5}',
    b'{"resourceSpans": [5]}',
    b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"startTimeUnixNano": NaN}]}]}]}',
    b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"startTimeUnixNano": "1e400"}]}]}]}',
    b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"startTimeUnixNano": -1}]}]}]}',
    b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"endTimeUnixNano": "18446744073709551616"}]}]}]}',
    b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"endTimeUnixNano": 18446744073709551615}]}]}]}',
    b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"kind": "SPAN_KIND_SERVER"}]}]}]}',
    b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "\\ud800"}]}]}]}',
    b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"attributes": [{"key": "http.route", "value": {"stringValue": "\\ud800"}}]}]}]}]}',
    b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"attributes": [{"key": "http.route", "value": {"stringValue": "a\\u0000b"}}]}]}]}]}',
    b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"attributes": [{"key": "http.route", "value": {"intValue": {}}}]}]}]}]}',
    b'{"resourceSpans": [], "resourceSpans": 7}',
    b'{"resourceSpans": ["\xff\xfe"]}',
    b'{"resourceSpans": ' + b"[" * 100_000,
    b'{"a": ' * 100_000 + b"1" + b"}" * 100_000,
    b"\xef\xbb\xbf{}",
    b"\x00" * 100,
    "{}".encode("utf-16"),
)


def test_f14_malformed_bodies_are_400_or_partial_and_never_a_fault_of_ours(known: Known, start: Start, data: Path) -> None:
    oracle, server = known(100), start()
    deep = b""
    for _ in range(2000):
        deep = b"\x0a" + length(len(deep)) + deep
    for media, bodies in ((PROTOBUF, (*MALFORMED_PROTOBUF, deep)), (JSON, MALFORMED_JSON)):
        headers = {"Authorization": f"Bearer {oracle.token}", "Content-Type": media}
        for path in PATHS:
            for body in bodies:
                answer = requests.post(server.url + path, body, headers=headers, timeout=ANSWER_SECONDS_MAX)
                assert answer.status_code in (200, 400), (path, body[:80], answer.status_code, answer.text)
    settle(oracle, server, data)


def length(value: int) -> bytes:
    """Return a length as protobuf writes it."""
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])
