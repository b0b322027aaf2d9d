"""The doors of a whole application, with a catalogue and tokens: what the intake tests knock at."""

import gzip
import json
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span
from werkzeug.test import TestResponse

from observatory import clock
from observatory.access.programs.tokens import new_token
from observatory.flows.catalogue import apply_catalogue
from observatory.parts import Parts
from tests.builders import a_catalogue, a_service
from tests.moments import NOW
from tests.registers import in_change

PROTOBUF, JSON = "application/x-protobuf", "application/json"
NOW_NS = int(NOW.timestamp()) * 10**9
HOUR_NS = 3600 * 10**9


def text_attribute(key: str, value: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value))


def a_resource(name: str = "job-portal", namespace: str = "labor") -> Resource:
    return Resource(attributes=[text_attribute("service.namespace", namespace), text_attribute("service.name", name)])


def a_span(*, age_ns: int = 0, duration_ms: int = 100, status: int = 200, route: str = "/jobs") -> Span:
    """Return a server span that ended `age_ns` before the test's now."""
    end = NOW_NS - age_ns
    return Span(
        kind=Span.SPAN_KIND_SERVER,
        start_time_unix_nano=end - duration_ms * 10**6,
        end_time_unix_nano=end,
        attributes=[
            text_attribute("http.route", route),
            KeyValue(key="http.response.status_code", value=AnyValue(int_value=status)),
        ],
    )


def traces(*spans: Span, resource: Resource | None = None) -> bytes:
    """Return an export request of these spans, or of one."""
    scope = ScopeSpans(spans=spans or [a_span()])
    return ExportTraceServiceRequest(
        resource_spans=[ResourceSpans(resource=resource or a_resource(), scope_spans=[scope])]
    ).SerializeToString()


def fresh_traces(count: int = 3) -> bytes:
    """Return so many spans that ended a minute ago by the real clock; other bytes each time."""
    spans = [a_span() for _ in range(count)]
    for span in spans:
        span.end_time_unix_nano = int((clock.now().timestamp() - 60) * 10**6) * 1000
        span.start_time_unix_nano = span.end_time_unix_nano - 10**8
    return traces(*spans)


def no_logs() -> bytes:
    return ExportLogsServiceRequest().SerializeToString()


def traces_json(count: int = 1, *, name: str = "job-portal", end_ns: int = NOW_NS) -> bytes:
    """Return an export request of so many equal spans, as OTLP/JSON."""
    span = {
        "kind": 2,
        "startTimeUnixNano": str(end_ns - 10**8),
        "endTimeUnixNano": str(end_ns),
        "attributes": [
            {"key": "http.route", "value": {"stringValue": "/jobs"}},
            {"key": "http.response.status_code", "value": {"intValue": "200"}},
        ],
    }
    attributes = [
        {"key": "service.namespace", "value": {"stringValue": "labor"}},
        {"key": "service.name", "value": {"stringValue": name}},
    ]
    resource = {"attributes": attributes}
    return json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span] * count}]}]}).encode()


@dataclass
class Doors:
    """An application whose catalogue has two services; its sender's token is for the first, job-portal."""

    app: Flask
    token: str = ""
    client: FlaskClient = field(init=False)
    parts: Parts = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.app.test_client()
        found = self.app.extensions["observatory"]
        assert isinstance(found, Parts)
        self.parts = found
        apply_catalogue(found.register, a_catalogue(a_service("job-portal"), a_service("pensions")), NOW)
        token, self.token = new_token(["job-portal"], found.keys, NOW)
        in_change(found.register).tokens.add(token)

    def post(self, path: str, body: bytes, media: str = PROTOBUF, token: str | None = None, **options: Any) -> TestResponse:
        """Knock with the sender's token, or with another."""
        headers = {"Authorization": f"Bearer {token or self.token}", **options.pop("headers", {})}
        return self.client.post(path, data=body, content_type=media, headers=headers, **options)

    def post_gzip(self, path: str, body: bytes, media: str = PROTOBUF) -> TestResponse:
        return self.post(path, gzip.compress(body), media, headers={"Content-Encoding": "gzip"})

    def count(self, service_id: str = "job-portal") -> int:
        """Return how many requests are stored of a service."""
        service = self.parts.register.catalogue().service(service_id)
        assert service is not None
        self.parts.writer.flush()
        return sum(row[3] for row in self.parts.telemetry.request_totals() if row[0] == service.index)

    @property
    def admin(self) -> str:
        return self.parts.keys.admin
