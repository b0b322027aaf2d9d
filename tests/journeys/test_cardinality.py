"""A million distinct routes through a real server (F29): every request is counted, memory stays flat, few routes are kept."""

from collections import Counter as Tally
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans

from observatory.clock import now
from observatory.judge.days import minute_of
from observatory.judge.explaining import name_of
from observatory.model.exemplar import EXEMPLARS_PER_KIND_MAX
from observatory.store.opening import open_reader
from tests.journeys.site import Site, open_site
from tests.receive.doors import a_resource, a_span, traces
from tests.servers import Server, observatory

pytestmark = pytest.mark.network

BODIES, ROUTES_PER_BODY = 32, 31_250
WARMING_BODIES = 5
GROWTH_BYTES_MAX = 48 << 20
LETTERS = np.frombuffer(b"bcdfghjklmnpqrst", np.uint8)
"""Sixteen, and no word can be made of them that looks like a number in hex."""
PLACEHOLDER = "/" + "@" * 8
MARK_NS = 0x0102_0304_0506_0708


def bodies_of_distinct_routes(end_ns: int) -> Iterator[bytes]:
    """Yield bodies in which no route ever comes again, each a minute older than the one before.

    One is written as a sender would; in it routes and end times are replaced, which are as far apart in each of its spans.
    """
    span = a_span(status=503, route=PLACEHOLDER)
    span.start_time_unix_nano, span.end_time_unix_nano = 0, MARK_NS
    scope = ScopeSpans(spans=[span] * ROUTES_PER_BODY)
    written = ExportTraceServiceRequest(resource_spans=[ResourceSpans(resource=a_resource(), scope_spans=[scope])]).SerializeToString()
    text = np.frombuffer(written, np.uint8)
    route = np.flatnonzero((text[:-1] == ord("/")) & (text[1:] == ord("@"))) + 1
    end = route + written.index(MARK_NS.to_bytes(8, "little")) - int(route[0])
    assert len(route) == ROUTES_PER_BODY
    for body in range(BODIES):
        number = body * ROUTES_PER_BODY + np.arange(ROUTES_PER_BODY)
        replaced = text.copy()
        for digit in range(8):
            replaced[route + digit] = LETTERS[number >> 4 * digit & 15]
        for byte, value in enumerate((end_ns - body * 60 * 10**9).to_bytes(8, "little")):
            replaced[end + byte] = value
        yield replaced.tobytes()


def resident_bytes(pid: int) -> int:
    """Return how much memory a process has resident."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


@pytest.fixture
def site(start_server: Callable[..., Server], tmp_path: Path) -> Site:
    return open_site(start_server, tmp_path)


def test_a_million_routes_are_counted_in_flat_memory(site: Site) -> None:
    [worker] = site.server.children()
    at, warm = now(), 0
    with requests.Session() as session:
        for number, body in enumerate(bodies_of_distinct_routes(int(at.timestamp() * 1e9))):
            answer = session.post(f"{site.server.url}/v1/traces", body, headers=site.headers, timeout=60)
            assert (answer.status_code, answer.content) == (200, b"")
            if number == WARMING_BODIES:
                warm = resident_bytes(worker)
    assert resident_bytes(worker) - warm < GROWTH_BYTES_MAX
    assert site.stored() == BODIES * ROUTES_PER_BODY
    reader = open_reader(site.server.data)
    kept = [reader.exemplars(1, minute_of(at) - age) for age in range(BODIES)]
    reader.close()
    assert {len(of_minute) for of_minute in kept} == {EXEMPLARS_PER_KIND_MAX}
    templates = Tally(exemplar.template for of_minute in kept for exemplar in of_minute)
    assert templates.keys() <= {"/{id}", "/{text}"}, "none of a million made-up words is one of a site"


def test_a_minute_is_explained_beside_the_running_server(site: Site) -> None:
    end_ns = int(now().timestamp() * 1e9)
    failed = a_span(status=503, route="/jobs/{id}")
    failed.start_time_unix_nano, failed.end_time_unix_nano, failed.trace_id = end_ns - 10**8, end_ns, bytes(range(16))
    requests.post(f"{site.server.url}/v1/traces", traces(failed), headers=site.headers, timeout=30).raise_for_status()
    said = observatory("explain", "job-portal", name_of(end_ns // 60_000_000_000), "--data", site.server.data)
    assert said.returncode == 0, said.stderr
    assert "/jobs/{id}  OTLP spans  000102030405060708090a0b0c0d0e0f" in said.stdout
