"""OTLP/JSON bodies come in, RequestColumns go out.

Only what is read is typed; fields nobody reads, known or not, are skipped unseen. OTLP differs from plain protobuf
JSON: ids are hex, enums are numbers, keys are lowerCamelCase only; int64 come as strings or numbers.
"""

from collections.abc import Sequence
from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from observatory.compiled import compiled
from observatory.decode.attribute_slots import RECORD_SLOTS, RESOURCE_SLOTS
from observatory.decode.request_rows import RequestRows, Value
from observatory.errors import BadTelemetry
from observatory.model.columns import RequestColumns, Source

NESTING_MAX = 200
"""Objects and arrays within each other; a protobuf body may nest its values 100 messages deep, about as much."""

_HINT = "send OTLP/JSON as the OpenTelemetry protocol describes it (lowerCamelCase keys, enums as numbers)"
_SERVER_SPAN, _ERROR_STATUS = 2, 2
_UINT64_MAX = 2**64 - 1
_SPECIAL_NUMBERS = {"NaN", "Infinity", "-Infinity"}


class _AnyValue(msgspec.Struct, rename="camel", gc=False):
    string_value: str | None = None
    int_value: int | str | None = None
    double_value: float | str | None = None


class _KeyValue(msgspec.Struct, gc=False):
    key: str | None = None
    value: _AnyValue | None = None


class _Resource(msgspec.Struct):
    attributes: list[_KeyValue] | None = None


class _LogRecord(msgspec.Struct, rename="camel"):
    time_unix_nano: int | str | None = None
    observed_time_unix_nano: int | str | None = None
    attributes: list[_KeyValue] | None = None


class _ScopeLogs(msgspec.Struct, rename="camel"):
    log_records: list[_LogRecord] | None = None


class _ResourceLogs(msgspec.Struct, rename="camel"):
    resource: _Resource | None = None
    scope_logs: list[_ScopeLogs] | None = None


class _Logs(msgspec.Struct, rename="camel"):
    resource_logs: list[_ResourceLogs] | None = None


class _Status(msgspec.Struct, gc=False):
    code: int | None = None


class _Span(msgspec.Struct, rename="camel"):
    kind: int | None = None
    start_time_unix_nano: int | str | None = None
    end_time_unix_nano: int | str | None = None
    status: _Status | None = None
    attributes: list[_KeyValue] | None = None


class _ScopeSpans(msgspec.Struct, rename="camel"):
    spans: list[_Span] | None = None


class _ResourceSpans(msgspec.Struct, rename="camel"):
    resource: _Resource | None = None
    scope_spans: list[_ScopeSpans] | None = None


class _Traces(msgspec.Struct, rename="camel"):
    resource_spans: list[_ResourceSpans] | None = None


_LOGS = msgspec.json.Decoder(_Logs)
_TRACES = msgspec.json.Decoder(_Traces)

_Request = TypeVar("_Request")


def decode_logs(body: bytes) -> RequestColumns:
    """Return the access events of an ExportLogsServiceRequest in JSON. Raises BadTelemetry."""
    rows = RequestRows(Source.OTLP_LOG)
    for group in _parse(_LOGS, body).resource_logs or ():
        resource = _resource(rows, group.resource)
        for scope in group.scope_logs or ():
            for record in scope.log_records or ():
                time_ns = _time_ns(record.time_unix_nano, "timeUnixNano")
                observed_ns = _time_ns(record.observed_time_unix_nano, "observedTimeUnixNano")
                rows.add_log(resource, _values(record.attributes, RECORD_SLOTS), (time_ns or observed_ns) // 1_000_000)
    return rows.columns()


def decode_traces(body: bytes) -> RequestColumns:
    """Return the server spans of an ExportTraceServiceRequest in JSON. Raises BadTelemetry."""
    rows = RequestRows(Source.OTLP_SPAN)
    for group in _parse(_TRACES, body).resource_spans or ():
        resource = _resource(rows, group.resource)
        for scope in group.scope_spans or ():
            for span in scope.spans or ():
                start_ns = _time_ns(span.start_time_unix_nano, "startTimeUnixNano")
                end_ns = _time_ns(span.end_time_unix_nano, "endTimeUnixNano")
                values = _values(span.attributes, RECORD_SLOTS)
                if span.kind == _SERVER_SPAN:
                    failed = span.status is not None and span.status.code == _ERROR_STATUS
                    rows.add_server_span(resource, values, start_ns, end_ns, failed=failed)
                else:
                    rows.skip()
    return rows.columns()


def _parse(decoder: msgspec.json.Decoder[_Request], body: bytes) -> _Request:
    try:
        if not body.isascii():
            body.decode()
        if _nesting(np.frombuffer(body, np.uint8)) > NESTING_MAX:
            raise BadTelemetry(f"cannot decode OTLP/JSON: nested more than {NESTING_MAX} deep", _HINT)
        return decoder.decode(body)
    except UnicodeDecodeError as error:
        raise BadTelemetry(f"cannot decode OTLP/JSON: no UTF-8 at byte {error.start}", _HINT) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadTelemetry(f"cannot decode OTLP/JSON: {error}", _HINT) from None


@compiled
def _nesting(text: NDArray[np.uint8]) -> int:
    """Return how deep objects and arrays lie within each other; of text that is no JSON, anything."""
    depth = deepest = 0
    in_string = False
    i = 0
    while i < len(text):
        byte = text[i]
        if in_string:
            i += byte == 92  # a backslash: what it escapes does not end the string
            in_string = byte != 34
        elif byte == 34:
            in_string = True
        elif byte == 123 or byte == 91:
            depth += 1
            deepest = max(deepest, depth)
        elif byte == 125 or byte == 93:
            depth -= 1
        i += 1
    return deepest


def _resource(rows: RequestRows, resource: _Resource | None) -> int:
    return rows.resource(_values(resource.attributes if resource else None, RESOURCE_SLOTS))


def _values(attributes: Sequence[_KeyValue] | None, slots: dict[str, int]) -> list[Value]:
    values: list[Value] = [None] * len(slots)
    for attribute in attributes or ():
        value = attribute.value
        if value is not None and (value.int_value.__class__ is str or value.double_value.__class__ is str):
            _check_numbers(value)
        slot = slots.get(attribute.key or "")
        if slot is not None:
            values[slot] = None if value is None else _value(value)
    return values


def _value(value: _AnyValue) -> Value:
    if value.string_value is not None:
        return value.string_value
    if value.int_value is not None:
        return _integer(value.int_value, "intValue", -(2**63), 2**63 - 1)
    return None if value.double_value is None else float(value.double_value)


def _check_numbers(value: _AnyValue) -> None:
    """Refuse text that is no number where a number must be, also in attributes nobody reads."""
    if isinstance(value.int_value, str):
        _integer(value.int_value, "intValue", -(2**63), 2**63 - 1)
    if isinstance(value.double_value, str) and value.double_value not in _SPECIAL_NUMBERS:
        try:
            float(value.double_value)
        except ValueError:
            raise BadTelemetry("cannot decode OTLP/JSON: doubleValue is no number", _HINT) from None


def _time_ns(value: int | str | None, name: str) -> int:
    return 0 if value is None else _integer(value, name, 0, _UINT64_MAX)


def _integer(value: int | str, name: str, least: int, most: int) -> int:
    """Return an int64 or uint64, which JSON writes as text or number."""
    if isinstance(value, str):
        if len(value) > 20 or not value.isascii() or not value.removeprefix("-").isdigit():
            raise BadTelemetry(f"cannot decode OTLP/JSON: {name} is no integer", _HINT)
        value = int(value)
    if not least <= value <= most:
        raise BadTelemetry(f"cannot decode OTLP/JSON: {name} is out of range", _HINT)
    return value
