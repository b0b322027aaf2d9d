"""Take OTLP/HTTP bodies, store their counters, and answer in the sender's own encoding.

A part of a file that a command on this host imports is answered like any other part of a file, by a LinesAnswer.

Success is an empty Export...ServiceResponse, a part refused is `partial_success`, an error is `google.rpc.Status`.
Whatever goes wrong on our side is 503: exporters drop their data on 429 and on 500, and send again on this.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

import msgspec
from flask import Blueprint, Flask, Response, current_app, request
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsPartialSuccess, ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsPartialSuccess, ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTracePartialSuccess, ExportTraceServiceResponse

from observatory.access.programs.senders import sender
from observatory.decode.otlp import json as otlp_json
from observatory.decode.otlp import json_to_protobuf as otlp_json_rewriting
from observatory.decode.otlp import metrics_json as otlp_metrics_json
from observatory.decode.otlp import metrics_protobuf as otlp_metrics_wire
from observatory.decode.otlp import protobuf as otlp_wire
from observatory.flows.submitting import LATE_MAX
from observatory.flows.take_in import take_in
from observatory.flows.take_in_points import take_in_points
from observatory.model.catalogue import Catalogue
from observatory.model.columns import DecodedBodies, RequestColumns
from observatory.model.delivery import Delivery, Receipt, Sender
from observatory.model.metric_points import MetricPoints
from observatory.parts import Parts
from observatory.receive.body import media_type, whole_body
from observatory.receive.deliveries import answer_of_records, delivery_of
from observatory.receive.intake_counts import IntakeCounts, count_intake
from observatory.rollup.points.counters import REQUESTS_MAX, SPAN_MAX
from observatory.store.telemetry import TelemetryWriter
from observatory.web.context import parts_of
from observatory.web.error_pages import problem_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PROTOBUF, JSON = "application/x-protobuf", "application/json"

RPC_CODE = {400: 3, 401: 16, 403: 7, 404: 5, 408: 4, 411: 3, 413: 3, 415: 3, 503: 14}
"""google.rpc.Code by HTTP status: INVALID_ARGUMENT, UNAUTHENTICATED, PERMISSION_DENIED, NOT_FOUND, DEADLINE_EXCEEDED, UNAVAILABLE."""
RPC_UNKNOWN = 2

REASON_TEXT = {
    "too_late": f"older than {LATE_MAX.total_seconds() / 3600:.0f} h",
    "unknown_service": "service.namespace and service.name are not in the catalogue",
    "out_of_scope": "the token may not send for this service",
    "removed_service": "the service is no longer in the catalogue",
    "not_production": "deployment.environment.name is not production",
    "bad_point": "counts, sum and buckets contradict each other or cannot be",
    "no_time": "timeUnixNano, or startTimeUnixNano of a delta, is missing",
    "no_temporality": "aggregationTemporality is neither delta nor cumulative",
    "unknown_unit": "the unit is neither s nor ms",
    "span_too_long": f"spans more than {SPAN_MAX.total_seconds() / 60:.0f} min, which is no evidence of a minute",
    "too_many_requests": f"more than {REQUESTS_MAX} requests in one point",
    "out_of_order": "a newer point of the series is stored",
    "too_many_series": "the service has as many series as it may",
}

bp = Blueprint("otlp", __name__)
count_intake(bp)

Decoded = TypeVar("Decoded", RequestColumns, MetricPoints)


@dataclass(frozen=True, slots=True)
class Signal(Generic[Decoded]):
    """A kind of OTLP telemetry."""

    name: str
    rewrite: Callable[[bytes], bytes | None]
    """A body in JSON as protobuf, None if it has to be decoded as it is."""
    decode: Mapping[str, Callable[[bytes], Decoded]]
    """By media type."""
    decode_many: Callable[[Sequence[bytes]], DecodedBodies] | None
    """Small bodies in protobuf together, None where that is not faster."""
    take_in: Callable[[Decoded, Delivery, Catalogue, TelemetryWriter], Receipt]
    response: Callable[[int, str], Message]
    """The Export...ServiceResponse with a partial success of so many rejected records and why."""
    rejected_field: str
    """The JSON name of the number of rejected records."""


LOGS: Signal[RequestColumns] = Signal(
    "logs",
    otlp_json_rewriting.rewritten_logs,
    {PROTOBUF: otlp_wire.decode_logs, JSON: otlp_json.decode_logs},
    otlp_wire.decode_many_logs,
    take_in,
    lambda count, text: ExportLogsServiceResponse(partial_success=ExportLogsPartialSuccess(rejected_log_records=count, error_message=text)),
    "rejectedLogRecords",
)
TRACES: Signal[RequestColumns] = Signal(
    "traces",
    otlp_json_rewriting.rewritten_traces,
    {PROTOBUF: otlp_wire.decode_traces, JSON: otlp_json.decode_traces},
    otlp_wire.decode_many_traces,
    take_in,
    lambda count, text: ExportTraceServiceResponse(partial_success=ExportTracePartialSuccess(rejected_spans=count, error_message=text)),
    "rejectedSpans",
)
METRICS: Signal[MetricPoints] = Signal(
    "metrics",
    lambda _: None,
    {PROTOBUF: otlp_metrics_wire.decode_metrics, JSON: otlp_metrics_json.decode_metrics},
    None,
    take_in_points,
    lambda count, text: ExportMetricsServiceResponse(
        partial_success=ExportMetricsPartialSuccess(rejected_data_points=count, error_message=text)
    ),
    "rejectedDataPoints",
)

SIGNALS: Mapping[str, Signal[Any]] = {signal.name: signal for signal in (LOGS, TRACES, METRICS)}


@bp.post("/v1/logs", endpoint="logs")
@bp.post("/otlp/v1/logs", endpoint="logs")
def logs() -> Response:
    """Take log records that are access events."""
    return _view(LOGS)


@bp.post("/v1/traces", endpoint="traces")
@bp.post("/otlp/v1/traces", endpoint="traces")
def traces() -> Response:
    """Take server spans."""
    return _view(TRACES)


@bp.post("/v1/metrics", endpoint="metrics")
@bp.post("/otlp/v1/metrics", endpoint="metrics")
def metrics() -> Response:
    """Take histograms of request durations."""
    return _view(METRICS)


def _view(signal: Signal[Decoded]) -> Response:
    """Serve a door the framework's way."""
    answer = export(signal, request.environ, sender(), intake_of(current_app))
    return Response(answer.body, 200, content_type=answer.media_type)


@dataclass(frozen=True, slots=True)
class Intake:
    """What the doors of one application work with."""

    parts: Parts
    counts: IntakeCounts


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back after a body that was taken, all or in part: status 200."""

    body: bytes
    media_type: str


ALL_TAKEN = {PROTOBUF: Answer(b"", PROTOBUF), JSON: Answer(b"{}", JSON)}


def intake_of(app: Flask) -> Intake:
    """Return what the doors of an application work with."""
    parts = parts_of(app)
    return Intake(parts, parts.get(IntakeCounts))


class Opened(NamedTuple):
    """A body that was read."""

    encoding: str
    """Its media type, and so the answer's."""
    content: bytes
    content_type: str
    """A body in JSON is protobuf by now, unless it has to be decoded as it is."""
    delivery: Delivery


def export(signal: Signal[Decoded], environ: "WSGIEnvironment", asking: Sender, intake: Intake) -> Answer:
    """Read, decode and store the body of a request; when it returns, what was accepted is durable."""
    encoding = encoding_of(environ)
    with whole_body(environ, intake.parts.settings.body_bytes_max) as body:
        return store(signal, opened(signal, encoding, body, delivery_of(environ, asking, signal.name, body, intake.parts)), intake)


def opened(signal: Signal[Decoded], encoding: str, body: bytes, delivery: Delivery) -> Opened:
    """Return a body that was read, ready to be stored."""
    plain = body if encoding == PROTOBUF else signal.rewrite(body)
    return Opened(encoding, body, JSON, delivery) if plain is None else Opened(encoding, plain, PROTOBUF, delivery)


def store(signal: Signal[Decoded], opened: Opened, intake: Intake) -> Answer:
    """Decode and store a body; when it returns, what was accepted is durable. Raises BadTelemetry or Overloaded."""
    decoded, delivery = signal.decode[opened.content_type](opened.content), opened.delivery
    receipt = signal.take_in(decoded, delivery, intake.parts.register.recent_catalogue(), intake.parts.writer)
    columns = columns_of(decoded)
    intake.counts.note_records(signal.name, receipt, columns.end_ms, delivery.received_at.timestamp() * 1000)
    if delivery.position is not None:
        return Answer(msgspec.json.encode(answer_of_records(receipt, columns)), JSON)
    return answer_of(signal, opened.encoding, receipt)


def encoding_of(environ: "WSGIEnvironment") -> str:
    """Return the media type of a request's body. Raises UnsupportedMedia."""
    return media_type(environ.get("CONTENT_TYPE"), PROTOBUF, JSON)


def columns_of(decoded: RequestColumns | MetricPoints) -> RequestColumns:
    """Return a row for each record, or for each data point of metrics."""
    return decoded.columns if isinstance(decoded, MetricPoints) else decoded


def answer_of(signal: Signal[Decoded], encoding: str, receipt: Receipt) -> Answer:
    """Return what goes back in the sender's encoding."""
    count = sum(receipt.rejected.values())
    if not count:
        return ALL_TAKEN[encoding]
    text = rejection_text(receipt.rejected)
    if encoding == PROTOBUF:
        return Answer(signal.response(count, text).SerializeToString(), encoding)
    partial = {signal.rejected_field: str(count), "errorMessage": text}
    return Answer(json.dumps({"partialSuccess": partial}).encode(), encoding)


def rejection_text(rejected: Mapping[str, int]) -> str:
    """Return how many records were refused and why, most frequent reason first."""
    ordered = sorted(rejected.items(), key=lambda item: (-item[1], item[0]))
    return "; ".join(f"{count} {reason} ({REASON_TEXT.get(reason, reason)})" for reason, count in ordered)


@bp.errorhandler(Exception)
def refuse(error: Exception) -> Response:
    """Answer an error as `google.rpc.Status`, as protobuf to those who sent protobuf, else as JSON."""
    problem = problem_of(error)
    code = RPC_CODE.get(problem.status, RPC_UNKNOWN)
    if request.mimetype == PROTOBUF:
        body = Status(code=code, message=problem.detail).SerializeToString()
        return Response(body, problem.status, dict(problem.headers), content_type=PROTOBUF)
    text = json.dumps({"code": code, "message": problem.detail}, ensure_ascii=False)
    return Response(text, problem.status, dict(problem.headers), content_type=JSON)
