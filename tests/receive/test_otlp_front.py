"""In front of the framework or within it: an OTLP door gives the same answer, and counts it the same way."""

import gzip

import pytest
from flask import Flask
from prometheus_client import generate_latest
from werkzeug.test import Client, TestResponse

from tests.receive.doors import JSON, PROTOBUF, Doors, a_resource, a_span, traces, traces_json

Case = tuple[str, bytes, dict[str, str]]

CASES: dict[str, Case] = {
    "taken": ("/v1/traces", traces(), {}),
    "taken under /otlp": ("/otlp/v1/traces", traces(), {}),
    "taken as JSON": ("/v1/traces", traces_json(), {"Content-Type": JSON}),
    "taken over TLS": ("/v1/traces", traces(), {"X-Scheme": "https"}),
    "empty": ("/v1/metrics", b"", {}),
    "refused in part": ("/v1/traces", traces(resource=a_resource("nobody")), {}),
    "refused in part as JSON": ("/v1/traces", traces_json(name="nobody"), {"Content-Type": JSON}),
    "too late": ("/v1/traces", traces(a_span(age_ns=100 * 3600 * 10**9)), {}),
    "malformed": ("/v1/logs", b"\xff", {}),
    "bad gzip": ("/v1/logs", gzip.compress(traces())[:-4], {"Content-Encoding": "gzip"}),
    "another type": ("/v1/logs", b"x", {"Content-Type": "text/html"}),
    "no token": ("/v1/logs", b"", {"Authorization": ""}),
    "wrong token": ("/v1/logs", b"", {"Authorization": "Bearer obs_x_y"}),
}


def send(application: object, case: Case, doors: Doors) -> TestResponse:
    path, body, headers = case
    scheme = "https" if headers.get("X-Scheme") == "https" else "http"
    headers = {"Content-Type": PROTOBUF, "Authorization": f"Bearer {doors.token}", **headers}
    return Client(application).post(path, data=body, headers=headers, base_url=f"{scheme}://localhost")  # type: ignore[arg-type]


def counted(doors: Doors) -> set[str]:
    """Return what the application says of its intake: everything but times, and not how often."""
    lines = generate_latest(doors.app.extensions["observatory.metrics"]).decode().splitlines()
    kinds = ("observatory_ingest_requests_total", "observatory_http_request_duration_seconds_count")
    return {line.rpartition(" ")[0] for line in lines if line.startswith(kinds)}


@pytest.mark.parametrize("name", CASES)
def test_the_answer_is_that_of_the_framework(name: str, doors: Doors) -> None:
    before = send(doors.app.wsgi_app, CASES[name], doors)
    within = send(Flask.wsgi_app.__get__(doors.app), CASES[name], doors)
    assert (before.status, before.data) == (within.status, within.data)
    assert sorted(before.headers.items()) == sorted(within.headers.items())


def test_requests_are_counted_as_the_framework_counts_them(doors: Doors) -> None:
    for case in CASES.values():
        send(doors.app.wsgi_app, case, doors)
    seen = counted(doors)
    for case in CASES.values():
        send(Flask.wsgi_app.__get__(doors.app), case, doors)
    assert counted(doors) == seen
