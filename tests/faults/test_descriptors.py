"""F07: the process may have only 64 files and connections open."""

import socket
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.faults.conftest import Known, Start
from tests.faults.oracle import Line, Oracle, Outcome, Request
from tests.faults.settling import settle

pytestmark = [pytest.mark.network, pytest.mark.faults]

DESCRIPTORS = 64
CONNECTIONS = 100
SENDERS = 8
CROWD = 40
FLOOD_SECONDS = 2.0


def test_f07_with_64_descriptors_connections_wait_and_files_do_not(known: Known, start: Start, data: Path) -> None:
    oracle = known(600)
    server = start(under=("prlimit", f"--nofile={DESCRIPTORS}:{DESCRIPTORS}"))
    with ExitStack() as stack:
        lines = [stack.enter_context(closing(Line(server.port, oracle.token))) for _ in range(SENDERS)]
        post_on(lines, oracle, oracle.requests[:SENDERS])
        flood = stack.enter_context(ExitStack())
        for _ in range(CONNECTIONS):
            flood.enter_context(closing(socket.create_connection(("127.0.0.1", server.port), 5)))
        time.sleep(FLOOD_SECONDS)
        post_on(lines, oracle, oracle.requests[SENDERS : 20 * SENDERS])
        assert len(oracle.of(Outcome.ACKED)) == 20 * SENDERS, "whoever was connected before the flood is served"
    oracle.send(server.port, oracle.open[:300], senders=CROWD)
    oracle.check_bounds(data)
    with urllib.request.urlopen(f"{server.url}/", timeout=20) as page:
        assert page.status == 200
    settle(oracle, server, data)


def post_on(lines: list[Line], oracle: Oracle, requests: list[Request]) -> None:
    """Post requests on connections that are kept, on all at once."""
    with ThreadPoolExecutor(len(lines)) as senders:
        for start in range(0, len(requests), len(lines)):
            portion = requests[start : start + len(lines)]
            for request, outcome in zip(
                portion, senders.map(lambda line, each: line.post(each.body(), oracle.errors), lines, portion), strict=True
            ):
                oracle.note(request, outcome)
