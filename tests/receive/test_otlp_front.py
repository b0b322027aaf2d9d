"""In front of the framework or within it: an OTLP door gives the same answer, and counts it the same way."""

import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest
import requests

from tests.decode.json_messages import as_json
from tests.journeys.site import Site, open_site
from tests.receive.doors import JSON, a_resource, a_span, fresh_traces, traces, traces_json
from tests.servers import Server

pytestmark = pytest.mark.network

SECONDS_MAX = 20.0
NOBODYS_ENDPOINT = "http://127.0.0.1:9"
"""With traces of its own the observatory hooks into the framework, and nothing stands in front of it."""
PASSING = ("date", "connection")
INCOMPRESSIBLE = os.urandom(40_000)


def in_json(body: bytes) -> bytes:
    return as_json(body, "traces", Random(1)) or b""


Case = tuple[str, bytes, dict[str, str]]

CASES: dict[str, Case] = {
    "taken": ("/v1/traces", fresh_traces(1), {}),
    "taken under /otlp": ("/otlp/v1/traces", fresh_traces(2), {}),
    "taken in gzip": ("/v1/traces", gzip.compress(fresh_traces()), {"Content-Encoding": "gzip"}),
    "taken as JSON": ("/v1/traces", in_json(fresh_traces()), {"Content-Type": JSON}),
    "taken with a charset": ("/v1/traces", b"{}", {"Content-Type": f"{JSON}; charset=utf-8"}),
    "empty": ("/v1/metrics", b"", {}),
    "refused in part": ("/v1/traces", traces(resource=a_resource("nobody")), {}),
    "refused in part as JSON": ("/v1/traces", traces_json(name="nobody"), {"Content-Type": JSON}),
    "too late": ("/v1/traces", traces(a_span(age_ns=100 * 3600 * 10**9)), {}),
    "malformed": ("/v1/logs", b"\xff", {}),
    "malformed JSON": ("/v1/logs", b'{"resourceLogs":[NaN]}', {"Content-Type": JSON}),
    "malformed and large": ("/v1/logs", INCOMPRESSIBLE, {}),
    "bad gzip": ("/v1/logs", gzip.compress(traces())[:-4], {"Content-Encoding": "gzip"}),
    "bad gzip and large": ("/v1/logs", gzip.compress(INCOMPRESSIBLE)[:-4], {"Content-Encoding": "gzip"}),
    "gzip shorter than it says": ("/v1/logs", gzip.compress(traces())[:-4] + bytes((0, 255, 0, 0)), {"Content-Encoding": "gzip"}),
    "gzip longer than it says": ("/v1/logs", gzip.compress(bytes(300_000))[:-4] + bytes((9, 0, 0, 0)), {"Content-Encoding": "gzip"}),
    "a bomb": ("/v1/logs", gzip.compress(bytes(17 << 20)), {"Content-Encoding": "gzip"}),
    "too large": ("/v1/logs", bytes(17 << 20), {}),
    "another type": ("/v1/logs", b"x", {"Content-Type": "text/html"}),
    "another encoding": ("/v1/logs", b"x", {"Content-Encoding": "br"}),
    "a position in a file": ("/v1/logs", b"", {"X-Observatory-File": "00", "X-Observatory-Offset": "1"}),
    "no token": ("/v1/logs", b"", {"Authorization": ""}),
    "wrong token": ("/v1/logs", b"", {"Authorization": "Bearer obs_x_y"}),
    "another header for the token": ("/v1/logs", b"", {"Authorization": "", "X-Observatory-Token": "obs_x_y"}),
}


@contextmanager
def opened(folder: Path, **variables: str) -> Iterator[Site]:
    servers: list[Server] = []

    def start(*arguments: str | Path) -> Server:
        servers.append(Server(folder / "data", *arguments, port=0, **variables))
        return servers[0].wait_until_ready()

    folder.mkdir()
    try:
        yield open_site(start, folder)
    finally:
        for server in servers:
            server.stop()


@pytest.fixture(scope="module")
def in_front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with opened(tmp_path_factory.mktemp("front") / "site") as site:
        yield site


@pytest.fixture(scope="module")
def within(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with opened(tmp_path_factory.mktemp("within") / "site", OBSERVATORY_OTLP_ENDPOINT=NOBODYS_ENDPOINT) as site:
        yield site


def send(site: Site, case: Case) -> tuple[int, bytes, list[tuple[str, str]]]:
    """Return status, body and headers of an answer, without its date and whether the connection is kept."""
    path, body, headers = case
    answer = requests.post(site.server.url + path, data=body, headers={**site.headers, **headers}, timeout=SECONDS_MAX)
    return (
        answer.status_code,
        answer.content,
        sorted((name.lower(), value) for name, value in answer.headers.items() if name not in PASSING),
    )


def counted(site: Site) -> set[str]:
    """Return what a server says of its intake: everything but times, and not how often."""
    lines = requests.get(site.server.url + "/metrics", timeout=SECONDS_MAX).text.splitlines()
    taken = 'observatory_http_request_duration_seconds_count{code="2'
    kinds = ("observatory_ingest_requests_total", "observatory_ingest_items_total", taken)
    return {line.rpartition(" ")[0] for line in lines if line.startswith(kinds)}


@pytest.mark.parametrize("name", CASES)
def test_the_answer_is_that_of_the_framework(name: str, in_front: Site, within: Site) -> None:
    assert send(in_front, CASES[name]) == send(within, CASES[name])


@pytest.mark.parametrize("media", ["application/x-protobuf", JSON])
def test_a_chunked_body_without_gzip_is_refused_in_its_own_encoding(media: str, in_front: Site, within: Site) -> None:
    answers = [
        requests.post(
            f"{site.server.url}/v1/traces", data=iter([b"{}"]), headers={**site.headers, "Content-Type": media}, timeout=SECONDS_MAX
        )
        for site in (in_front, within)
    ]
    assert [(answer.status_code, answer.headers["Content-Type"]) for answer in answers] == [(411, media)] * 2
    assert answers[0].content == answers[1].content


def test_requests_are_counted_as_the_framework_counts_them(in_front: Site, within: Site) -> None:
    for site in (in_front, within):
        for case in [*CASES.values()] * 2:  # taken, then known again
            send(site, case)
    assert counted(in_front) == counted(within)


@pytest.mark.parametrize("spans", [1, 40, 400, 20_000])
def test_bodies_of_any_size_count_alike(spans: int, in_front: Site) -> None:
    """On the event loop, inflated on a thread, among others or by itself."""
    before = in_front.stored()
    for headers, body in (({}, fresh_traces(spans)), ({"Content-Encoding": "gzip"}, gzip.compress(fresh_traces(spans + 1)))):
        assert send(in_front, ("/v1/traces", body, headers))[:2] == (200, b"")
        assert send(in_front, ("/v1/traces", body, headers))[:2] == (200, b"")
    assert in_front.stored() - before == 2 * spans + 1
