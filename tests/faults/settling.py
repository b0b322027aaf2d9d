"""A server after a fault in; once everything was sent again every stored count, published number and incident must be exact."""

import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from tests.faults.folders import SERVICES, check_files, check_judgements
from tests.faults.oracle import OUTAGE_MINUTES, WINDOW_MINUTES, Oracle
from tests.servers import Server

JUDGED_SECONDS_MAX = 30.0
POLL_SECONDS = 0.1


def settle(oracle: Oracle, server: Server, data: Path) -> None:
    """Hold the folder against the oracle, first as the fault left it, then after all was acknowledged; the server is stopped."""
    oracle.check_bounds(data)
    oracle.send_until_acked(server.port)
    oracle.check_exact(data)
    for service in SERVICES:
        assert published(oracle, server, service, oracle.count_of(service)) == oracle.count_of(service)
    assert server.terminate() == 0
    check_folder(oracle, data)


def check_folder(oracle: Oracle, data: Path) -> None:
    """Hold a folder nobody serves, in which all there is was acknowledged, against everything the oracle knows."""
    oracle.check_exact(data)
    check_files(data)
    incidents = check_judgements(data, oracle.first_minute, oracle.first_minute + WINDOW_MINUTES)
    outage = tuple(oracle.first_minute + minute for minute in (OUTAGE_MINUTES.start, OUTAGE_MINUTES.stop))
    assert {found[0] for found in incidents} <= {SERVICES[1]}
    if oracle.dense:
        assert [found[4:6] for found in incidents if found[1] is None] == [outage]


@contextmanager
def sending(oracle: Oracle, port: int) -> Iterator[None]:
    """Send all that is open over and over while the block lasts."""
    ended = threading.Event()

    def work() -> None:
        while not ended.is_set() and (left := oracle.open):
            oracle.send(port, left, ended.is_set)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def published(oracle: Oracle, server: Server, service: str, expected: int) -> int:
    """Return how many requests of a service the API tells of once it tells of as many as expected, or after a while."""
    deadline = time.monotonic() + JUDGED_SECONDS_MAX
    while True:
        with urllib.request.urlopen(f"{server.url}/api/v1/services/{service}/figures?{window_of(oracle)}", timeout=10) as answer:
            found = int(json.load(answer)["requests"])
        if found == expected or time.monotonic() > deadline:
            return found
        time.sleep(POLL_SECONDS)


def window_of(oracle: Oracle) -> str:
    """Return the full hours of all records as parameters of an address."""
    first, end = oracle.first_minute // 60 * 60, -(-(oracle.first_minute + WINDOW_MINUTES) // 60) * 60
    ends = (("from", first), ("to", end))
    return "&".join(f"{name}={quote(datetime.fromtimestamp(minute * 60, UTC).strftime('%Y-%m-%dT%H:%M:%SZ'))}" for name, minute in ends)
