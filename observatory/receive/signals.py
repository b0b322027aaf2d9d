"""Describe the kinds of OTLP telemetry: how each is decoded, stored and answered.

Success is an empty Export...ServiceResponse, a part refused is `partial_success`, an error is `google.rpc.Status`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsPartialSuccess, ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsPartialSuccess, ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTracePartialSuccess, ExportTraceServiceResponse

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
from observatory.model.delivery import Delivery, Receipt
from observatory.model.metric_points import MetricPoints
from observatory.receive.body import media_type
from observatory.rollup.points.counters import REQUESTS_MAX, SPAN_MAX
from observatory.store.telemetry_writer import TelemetryWriter

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PROTOBUF, JSON = "application/x-protobuf", "application/json"

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


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back after a body that was taken, all or in part: status 200."""

    body: bytes
    media_type: str


ALL_TAKEN = {PROTOBUF: Answer(b"", PROTOBUF), JSON: Answer(b"{}", JSON)}


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
