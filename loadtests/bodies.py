"""How many records per body in, realistic OTLP bodies out: many services, menus, routes, durations and a few failures.

Every body is distinct, so that neither caches nor the duplicate check flatter a measurement.
"""

import base64
import gzip
import json
import random
from collections.abc import Callable
from typing import Literal

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import SeverityNumber
from opentelemetry.proto.trace.v1.trace_pb2 import Span

Signal = Literal["logs", "traces"]

SERVICE_COUNT = 100
MENU_COUNT = 10
AGENTS = (
    "Mozilla/5.0 (Linux; Android 15; SM-S931N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148",
)


def service_id(number: int) -> str:
    """Return the id of a benchmark service."""
    return f"service-{number:03d}"


def catalogue_toml() -> str:
    """Return the catalogue of the benchmark: 100 services with 10 menus each."""
    parts = ['[[agency]]\nid = "bench"\nname_ko = "성능 시험"\nname_en = "Benchmark"\n']
    for number in range(SERVICE_COUNT):
        name = service_id(number)
        parts.append(
            f'[[service]]\nid = "{name}"\nagency = "bench"\nname_ko = "{name}"\nname_en = "{name}"\nurl = "https://{name}.example"\n'
            f'telemetry = [{{ namespace = "bench", name = "{name}" }}]\n'
        )
        parts.extend(
            f'[[service.menu]]\nid = "menu-{menu}"\nname_ko = "메뉴 {menu}"\nname_en = "Menu {menu}"\n'
            f'routes = ["/menu-{menu}", "/menu-{menu}/*"]\n'
            for menu in range(MENU_COUNT)
        )
    return "\n".join(parts)


def _attributes(target: Callable[[], KeyValue], rng: random.Random, *, with_duration_s: float | None) -> None:
    menu = rng.randrange(MENU_COUNT)
    status = 503 if rng.random() < 0.01 else rng.choice((200, 200, 200, 200, 200, 304, 404))
    for key, value in (
        ("http.request.method", rng.choice(("GET", "GET", "GET", "POST"))),
        ("http.route", f"/menu-{menu}/{rng.choice(('list', 'item/{id}', 'search', 'form'))}"),
        ("url.path", f"/menu-{menu}/item/{rng.randrange(10**6)}"),
        ("url.scheme", "https"),
        ("server.address", "www.example.go.kr"),
        ("network.protocol.version", "2"),
        ("user_agent.original", rng.choice(AGENTS)),
        ("client.address", f"198.51.100.{rng.randrange(256)}"),
    ):
        pair = target()
        pair.key, pair.value.string_value = key, value
    pair = target()
    pair.key, pair.value.int_value = "http.response.status_code", status
    if with_duration_s is not None:
        pair = target()
        pair.key, pair.value.double_value = "http.server.request.duration", with_duration_s


def _resource(attributes: Callable[[], KeyValue], rng: random.Random) -> None:
    for key, value in (
        ("service.namespace", "bench"),
        ("service.name", service_id(rng.randrange(SERVICE_COUNT))),
        ("deployment.environment.name", "production"),
        ("host.name", f"node-{rng.randrange(20)}"),
        ("telemetry.sdk.language", "python"),
    ):
        pair = attributes()
        pair.key, pair.value.string_value = key, value


def logs_request(records: int, now_ns: int, rng: random.Random) -> ExportLogsServiceRequest:
    """Return one export of access-event log records, from one service."""
    request = ExportLogsServiceRequest()
    group = request.resource_logs.add()
    _resource(group.resource.attributes.add, rng)
    scope = group.scope_logs.add()
    scope.scope.name = "bench"
    for _ in range(records):
        record = scope.log_records.add()
        record.time_unix_nano = record.observed_time_unix_nano = now_ns - rng.randrange(90 * 10**9)
        record.severity_number = SeverityNumber.SEVERITY_NUMBER_INFO
        record.trace_id, record.span_id = rng.randbytes(16), rng.randbytes(8)
        _attributes(record.attributes.add, rng, with_duration_s=rng.lognormvariate(-1.2, 0.8))
    return request


def traces_request(records: int, now_ns: int, rng: random.Random) -> ExportTraceServiceRequest:
    """Return one export of server spans, from one service."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    _resource(group.resource.attributes.add, rng)
    scope = group.scope_spans.add()
    scope.scope.name = "bench"
    for _ in range(records):
        span = scope.spans.add()
        span.trace_id, span.span_id, span.name, span.kind = rng.randbytes(16), rng.randbytes(8), "GET", Span.SPAN_KIND_SERVER
        span.end_time_unix_nano = now_ns - rng.randrange(90 * 10**9)
        span.start_time_unix_nano = span.end_time_unix_nano - int(rng.lognormvariate(-1.2, 0.8) * 10**9)
        _attributes(span.attributes.add, rng, with_duration_s=None)
    return request


def _as_otlp_json(request: ExportLogsServiceRequest | ExportTraceServiceRequest) -> bytes:
    """Return OTLP/JSON, which is not the standard mapping: ids are hex, enums are integers."""
    tree = MessageToDict(request, use_integers_for_enums=True)
    groups = tree.get("resourceLogs", tree.get("resourceSpans", []))
    for group in groups:
        for scope in group.get("scopeLogs", group.get("scopeSpans", [])):
            for record in scope.get("logRecords", scope.get("spans", [])):
                record["traceId"], record["spanId"] = (base64.b64decode(record[name]).hex() for name in ("traceId", "spanId"))
    return json.dumps(tree).encode()


def bodies(signal: Signal, records: int, count: int, now_ns: int, *, seed: int = 1, as_json: bool = False) -> list[bytes]:
    """Return `count` distinct gzipped request bodies with `records` records each."""
    rng = random.Random(seed)
    make = logs_request if signal == "logs" else traces_request
    made = []
    for _ in range(count):
        request = make(records, now_ns, rng)
        made.append(gzip.compress(_as_otlp_json(request) if as_json else request.SerializeToString(), 6))
    return made
