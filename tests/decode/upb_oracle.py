"""The oracle of the compiled decoder: the official library parses, plain Python reads; slow, and easy to believe."""

from collections.abc import Iterable

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from observatory.decode.otlp.attribute_slots import RECORD_SLOTS, RESOURCE_SLOTS
from observatory.decode.request_rows import RequestRows, Value
from observatory.errors import BadTelemetry
from observatory.model.columns import RequestColumns, Source

_HINT = "send a serialized Export…ServiceRequest of opentelemetry-proto 1.x, as every OTLP/HTTP exporter does"


def decode_logs(body: bytes) -> RequestColumns:
    """Return the access events of an ExportLogsServiceRequest. Raises BadTelemetry."""
    try:
        request = ExportLogsServiceRequest.FromString(body)
    except DecodeError as error:
        raise BadTelemetry(f"cannot decode OTLP logs: {error}", _HINT) from None
    rows = RequestRows(Source.OTLP_LOG)
    for group in request.resource_logs:
        resource = _resource(rows, group.resource)
        for scope in group.scope_logs:
            for record in scope.log_records:
                time_ns = record.time_unix_nano or record.observed_time_unix_nano
                rows.add_log(resource, _values(record.attributes, RECORD_SLOTS), time_ns // 1_000_000, record.trace_id)
    return rows.columns()


def decode_traces(body: bytes) -> RequestColumns:
    """Return the server spans of an ExportTraceServiceRequest. Raises BadTelemetry."""
    try:
        request = ExportTraceServiceRequest.FromString(body)
    except DecodeError as error:
        raise BadTelemetry(f"cannot decode OTLP traces: {error}", _HINT) from None
    rows = RequestRows(Source.OTLP_SPAN)
    for group in request.resource_spans:
        resource = _resource(rows, group.resource)
        for scope in group.scope_spans:
            for span in scope.spans:
                if span.kind != Span.SPAN_KIND_SERVER:
                    rows.skip()
                    continue
                failed = span.status.code == Status.STATUS_CODE_ERROR
                values = _values(span.attributes, RECORD_SLOTS)
                span_ns = span.start_time_unix_nano, span.end_time_unix_nano
                rows.add_server_span(resource, values, span_ns, span.trace_id, failed=failed)
    return rows.columns()


def _resource(rows: RequestRows, resource: Resource) -> int:
    return rows.resource(_values(resource.attributes, RESOURCE_SLOTS))


def _values(attributes: Iterable[KeyValue], slots: dict[str, int]) -> list[Value]:
    return _slots_of(((attribute.key, _value(attribute)) for attribute in attributes), slots)


def _value(attribute: KeyValue) -> Value:
    kind = attribute.value.WhichOneof("value")
    if kind in ("string_value", "int_value", "double_value"):
        value: Value = getattr(attribute.value, kind)
        return value
    return None


def _slots_of(attributes: Iterable[tuple[str, Value]], slots: dict[str, int]) -> list[Value]:
    """Return the values of the attributes that are read, by slot; absent ones and those of another type are None."""
    values: list[Value] = [None] * len(slots)
    for key, value in attributes:
        slot = slots.get(key)
        if slot is not None:
            values[slot] = value
    return values
