"""OTLP messages in, the JSON that one exporter or another would make of them out, and what is left of it after an accident."""

import json
from random import Random

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

PIECES = (
    *(b'"', b"{", b"}", b"[", b"]", b",", b":", b" ", b"{}", b"[]", b"null", b"true", b"0", b"-", b"1.5", b"1e2", b"\x00", b"\xff"),
    *(b"\\", b"\\u", b"\\ud83d", b"\\ude00", b"\\n", b"12345678901234567890", b"0.1234567890123456789", "가".encode()),
    *(b'"key"', b'"value"', b'"stringValue"', b'"intValue"', b'"doubleValue"', b'"kind"'),
)


def a_record(**members: object) -> bytes:
    """Return a request of one log record."""
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [members]}]}]}).encode()


def an_attribute(key: str, **value: object) -> dict[str, object]:
    return {"key": key, "value": value}


ROUTE = an_attribute("http.route", stringValue="/jobs")


def as_json(body: bytes, kind: str, chance: Random) -> bytes | None:
    """Return a request in JSON, spaced and escaped in one of the ways there are; None of bytes that are no request."""
    request = ExportLogsServiceRequest() if kind == "logs" else ExportTraceServiceRequest()
    try:
        request.ParseFromString(body)
    except DecodeError:
        return None
    separators = chance.choice(((",", ":"), (", ", ": "), (" ,\n", "\t: ")))
    text = json.dumps(MessageToDict(request, use_integers_for_enums=True), ensure_ascii=chance.random() < 0.5, separators=separators)
    if chance.random() < 0.3:
        text = text.replace("/", "\\/")
    return text.encode()


def mutated_text(text: bytes, chance: Random) -> bytes:
    """Return a text with some of it lost, repeated or replaced."""
    for _ in range(chance.randint(1, 3)):
        start = chance.randint(0, len(text))
        stop = min(len(text), start + chance.choice((0, 0, 1, 1, 2, 20)))
        piece = chance.choice((b"", text[start:stop] * 2, chance.choice(PIECES)))
        text = text[:start] + piece + text[stop:]
    return text
