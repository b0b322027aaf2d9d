"""F11: what comes twice, late, in any order, in other portions or without its answer is counted as what comes well."""

import json
import random
import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.faults.conftest import Known, Start
from tests.faults.folders import MENUS, SERVICES
from tests.faults.oracle import MINUTE_NS, OUTAGE_MINUTES, WINDOW_MINUTES, Line, Oracle, Outcome, stored_sums
from tests.faults.settling import window_of
from tests.receive.doors import a_resource, a_span, traces
from tests.servers import Server

pytestmark = [pytest.mark.network, pytest.mark.faults]

RECORDS_PER_MENU = 24
JUDGED_SECONDS_MAX = 30.0
OWN = ("service_id", "as_of", "revision", "mttd_minutes", "id", "url", "detected_at")
"""What may differ between two services with the same records."""


def spans_of(oracle: Oracle) -> list[list[Span]]:
    """Return the spans of each minute of the window."""
    minutes = []
    for minute in range(WINDOW_MINUTES):
        spans = [
            a_span(duration_ms=20 + 7 * number + minute, status=500 if minute in OUTAGE_MINUTES else 200, route=f"/{menu}")
            for menu in MENUS
            for number in range(RECORDS_PER_MENU)
        ]
        for number, span in enumerate(spans):
            took = span.end_time_unix_nano - span.start_time_unix_nano
            span.end_time_unix_nano = (oracle.first_minute + minute) * MINUTE_NS + 10**9 + number * 10**6
            span.start_time_unix_nano = span.end_time_unix_nano - took
        minutes.append(spans)
    return minutes


def in_portions(spans: list[Span], chance: random.Random) -> Iterator[list[Span]]:
    """Yield the same spans in bodies of other sizes and in another order."""
    left = chance.sample(spans, len(spans))
    while left:
        size = chance.randint(1, len(left))
        yield left[:size]
        left = left[size:]


def hang_up_early(server: Server, oracle: Oracle, body: bytes) -> None:
    """Send a body and go away before its answer comes."""
    head = f"POST /v1/traces HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {oracle.token}\r\nContent-Type: application/x-protobuf\r\n"
    with closing(socket.create_connection(("127.0.0.1", server.port))) as line:
        line.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)


def test_f11_deliveries_that_go_wrong_in_every_way_give_the_same_figures(known: Known, start: Start, data: Path) -> None:
    oracle, server, chance = known(0), start(), random.Random()
    well, badly = (a_resource(service) for service in SERVICES)
    minutes = spans_of(oracle)
    with closing(Line(server.port, oracle.token)) as line:
        for spans in minutes:
            assert line.post(traces(*spans, resource=well), oracle.errors) is Outcome.ACKED
        bodies = [traces(*portion, resource=badly) for spans in minutes for portion in in_portions(spans, chance)]
        chance.shuffle(bodies)
        late = len(bodies) // 2
        for body in bodies[:late]:
            hang_up_early(server, oracle, body)
        figures(server, SERVICES[0], oracle, WINDOW_MINUTES * len(MENUS) * RECORDS_PER_MENU)
        line.close()  # that took a while, in which the server hangs up
        for body in (*bodies, *chance.sample(bodies, len(bodies))):
            assert line.post(body, oracle.errors) is Outcome.ACKED
    stored = stored_sums(data)
    of = [{key[1:]: value for key, value in stored.items() if key[0] == service} for service in SERVICES]
    assert of[0] == of[1]
    expected = WINDOW_MINUTES * len(MENUS) * RECORDS_PER_MENU
    told = [figures(server, service, oracle, expected) for service in SERVICES]
    assert told[0]["requests"] == expected
    assert told[0] == told[1]
    assert incidents(server, SERVICES[0]) == incidents(server, SERVICES[1])
    assert not oracle.errors


def ask(server: Server, path: str) -> dict[str, Any]:
    with urllib.request.urlopen(server.url + path, timeout=10) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def figures(server: Server, service: str, oracle: Oracle, expected: int) -> dict[str, Any]:
    """Return what is published of a service once as many requests as expected are judged, or after a while."""
    deadline = time.monotonic() + JUDGED_SECONDS_MAX
    while True:
        found = ask(server, f"/api/v1/services/{service}/figures?{window_of(oracle)}")
        if (found["requests"], found["measured_minutes"]) == (expected, WINDOW_MINUTES) or time.monotonic() > deadline:
            return {name: value for name, value in found.items() if name not in OWN}
        time.sleep(0.1)


def incidents(server: Server, service: str) -> list[dict[str, Any]]:
    """Return the published incidents of a service, as another one could have them."""
    found = ask(server, f"/api/v1/incidents?service={service}")["incidents"]
    assert found
    return [{name: value for name, value in each.items() if name not in OWN} for each in found]
