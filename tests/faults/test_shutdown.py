"""F21: SIGTERM while two hundred requests are under way."""

import random
import socket
import threading
import time
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.faults.conftest import Known, Start
from tests.faults.machine import foreign_lock
from tests.faults.oracle import Oracle, Outcome, Request
from tests.faults.settling import settle
from tests.servers import Server

pytestmark = pytest.mark.network

IN_FLIGHT = 200
HEARD_SECONDS = 0.5
"""After which the server has read what was sent; it cannot answer meanwhile, for its file is locked."""
EXIT_SECONDS_MAX = 30.0


@pytest.mark.faults
def test_f21_requests_under_way_at_sigterm_are_all_answered(known: Known, start: Start, data: Path) -> None:
    oracle, server = known(IN_FLIGHT), start()
    stop_under_way(oracle, server, data, oracle.requests)
    settle(oracle, start(), data)


@pytest.mark.faults_long
def test_f21_requests_under_way_at_two_hundred_sigterms_are_all_answered(known: Known, start: Start, data: Path) -> None:
    oracle, chance = known(2000), random.Random()
    for _ in range(200):
        under_way = chance.sample(oracle.requests, chance.randint(1, IN_FLIGHT))
        stop_under_way(oracle, start(), data, under_way)
        oracle.check_bounds(data)
    settle(oracle, start(), data)


def stop_under_way(oracle: Oracle, server: Server, data: Path, requests: list[Request]) -> None:
    """Stop a server that has heard all of these requests and answered none; each must get its answer."""
    with ExitStack() as stack:
        lines = [stack.enter_context(closing(socket.create_connection(("127.0.0.1", server.port)))) for _ in requests]
        with foreign_lock(data / "telemetry.sqlite"):
            for request, line in zip(requests, lines, strict=True):
                line.sendall(request_text(oracle, request.body()))
            time.sleep(HEARD_SECONDS)
            stopping = threading.Thread(target=server.terminate)
            began = time.monotonic()
            stopping.start()
            time.sleep(HEARD_SECONDS)
        for request, line in zip(requests, lines, strict=True):
            line.settimeout(EXIT_SECONDS_MAX)
            oracle.note(request, outcome_of(line.makefile("rb").readline()))
        stopping.join()
    assert time.monotonic() - began <= EXIT_SECONDS_MAX
    assert server.process.returncode == 0
    assert oracle.unknown_count == 0, f"{oracle.unknown_count} of {len(requests)} have no answer"


def request_text(oracle: Oracle, body: bytes) -> bytes:
    head = f"POST /v1/traces HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {oracle.token}\r\nContent-Type: application/x-protobuf\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def outcome_of(status_line: bytes) -> Outcome:
    if not status_line:
        return Outcome.UNKNOWN
    status = int(status_line.split(b" ")[1])
    assert status in (200, 503), status_line
    return Outcome.ACKED if status == 200 else Outcome.REFUSED
