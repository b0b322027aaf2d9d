"""Decode OTLP/JSON bodies into RequestColumns.

Only what is read is typed; fields nobody reads, known or not, are skipped unseen.
"""

import msgspec

from observatory.decode.otlp.attribute_slots import RECORD_SLOTS, RESOURCE_SLOTS
from observatory.decode.otlp.json_values import KeyValue, moment_ns, parse, slots_in, trace_id_in
from observatory.decode.request_rows import RequestRows
from observatory.model.columns import RequestColumns, Source

_SERVER_SPAN, _ERROR_STATUS = 2, 2


class _Resource(msgspec.Struct, gc=False):
    attributes: list[KeyValue] | None = None


class _LogRecord(msgspec.Struct, rename="camel", gc=False):
    time_unix_nano: int | str | None = None
    observed_time_unix_nano: int | str | None = None
    trace_id: str | None = None
    attributes: list[KeyValue] | None = None


class _ScopeLogs(msgspec.Struct, rename="camel", gc=False):
    log_records: list[_LogRecord] | None = None


class _ResourceLogs(msgspec.Struct, rename="camel", gc=False):
    resource: _Resource | None = None
    scope_logs: list[_ScopeLogs] | None = None


class _Logs(msgspec.Struct, rename="camel", gc=False):
    resource_logs: list[_ResourceLogs] | None = None


class _Status(msgspec.Struct, gc=False):
    code: int | None = None


class _Span(msgspec.Struct, rename="camel", gc=False):
    trace_id: str | None = None
    kind: int | None = None
    start_time_unix_nano: int | str | None = None
    end_time_unix_nano: int | str | None = None
    status: _Status | None = None
    attributes: list[KeyValue] | None = None


class _ScopeSpans(msgspec.Struct, rename="camel", gc=False):
    spans: list[_Span] | None = None


class _ResourceSpans(msgspec.Struct, rename="camel", gc=False):
    resource: _Resource | None = None
    scope_spans: list[_ScopeSpans] | None = None


class _Traces(msgspec.Struct, rename="camel", gc=False):
    resource_spans: list[_ResourceSpans] | None = None


_LOGS = msgspec.json.Decoder(_Logs)
_TRACES = msgspec.json.Decoder(_Traces)


def decode_logs(body: bytes) -> RequestColumns:
    """Return the access events of an ExportLogsServiceRequest in JSON. Raises BadTelemetry."""
    rows = RequestRows(Source.OTLP_LOG)
    for group in parse(_LOGS, body).resource_logs or ():
        resource = _resource(rows, group.resource)
        for scope in group.scope_logs or ():
            for record in scope.log_records or ():
                time_ns = moment_ns(record.time_unix_nano, "timeUnixNano")
                observed_ns = moment_ns(record.observed_time_unix_nano, "observedTimeUnixNano")
                values = slots_in(record.attributes, RECORD_SLOTS)
                rows.add_log(resource, values, (time_ns or observed_ns) // 1_000_000, trace_id_in(record.trace_id))
    return rows.columns()


def decode_traces(body: bytes) -> RequestColumns:
    """Return the server spans of an ExportTraceServiceRequest in JSON. Raises BadTelemetry."""
    rows = RequestRows(Source.OTLP_SPAN)
    for group in parse(_TRACES, body).resource_spans or ():
        resource = _resource(rows, group.resource)
        for scope in group.scope_spans or ():
            for span in scope.spans or ():
                start_ns = moment_ns(span.start_time_unix_nano, "startTimeUnixNano")
                end_ns = moment_ns(span.end_time_unix_nano, "endTimeUnixNano")
                values = slots_in(span.attributes, RECORD_SLOTS)
                if span.kind == _SERVER_SPAN:
                    failed = span.status is not None and span.status.code == _ERROR_STATUS
                    rows.add_server_span(resource, values, (start_ns, end_ns), trace_id_in(span.trace_id), failed=failed)
                else:
                    rows.skip()
    return rows.columns()


def _resource(rows: RequestRows, resource: _Resource | None) -> int:
    return rows.resource(slots_in(resource.attributes if resource else None, RESOURCE_SLOTS))
