"""The trace id of a record comes through every decoder as its sixteen bytes; what is no trace id is none."""

import json

import pytest

from observatory.decode.otlp import json as otlp_json

TRACE = bytes(range(240, 256))
NONE = bytes(16)


def json_span(trace_id: str | None) -> bytes:
    attributes = [{"key": "http.route", "value": {"stringValue": "/jobs"}}]
    span = {"kind": 2, "endTimeUnixNano": "1000000000", "attributes": attributes} | ({"traceId": trace_id} if trace_id is not None else {})
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()


def json_log(trace_id: str) -> bytes:
    attributes = [{"key": "http.route", "value": {"stringValue": "/jobs"}}]
    record = {"timeUnixNano": "1000000000", "attributes": attributes, "traceId": trace_id}
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}).encode()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (TRACE.hex(), TRACE),
        (TRACE.hex().upper(), TRACE),
        (None, NONE),
        ("", NONE),
        ("f" * 31, NONE),
        ("f" * 34, NONE),
        (" " + "f" * 31, NONE),
        ("g" * 32, NONE),
        ("\uff46" * 32, NONE),
    ],
)
def test_an_id_in_json_is_32_hex_digits(written: str | None, read: bytes) -> None:
    assert otlp_json.decode_traces(json_span(written)).trace_id.tobytes() == read


def test_logs_in_json_have_trace_ids_too() -> None:
    assert otlp_json.decode_logs(json_log(TRACE.hex())).trace_id.tobytes() == TRACE
