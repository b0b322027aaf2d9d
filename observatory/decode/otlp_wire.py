"""OTLP protobuf bodies come in, RequestColumns go out; compiled (`otlp_kernel`), at once on any number of threads."""

import numpy as np

from observatory.decode.interning import SEED
from observatory.decode.otlp_kernel import Walked, walk
from observatory.decode.otlp_records import RECORDS_MAX
from observatory.decode.otlp_schema import Message
from observatory.decode.protobuf_wire import CUT, DEPTH_MAX, MALFORMED, NO_TEXT, TOO_DEEP, TOO_MANY
from observatory.decode.raw_requests import columns_of
from observatory.errors import BadTelemetry, TooLarge
from observatory.model.catalogue import TelemetryIdentity
from observatory.model.columns import RequestColumns, Source

_HINT = "send the serialized Export…ServiceRequest of OTLP/HTTP, as every OpenTelemetry exporter does"

_ERRORS = {
    CUT: "something there is longer than what contains it",
    MALFORMED: "no field of a protobuf message",
    NO_TEXT: "text that is no UTF-8",
    TOO_DEEP: f"messages nested more than {DEPTH_MAX} deep",
}


def decode_logs(body: bytes) -> RequestColumns:
    """Return the access events of an ExportLogsServiceRequest. Raises BadTelemetry."""
    return _decode(body, Message.LOGS_REQUEST, Source.OTLP_LOG, "logs")


def decode_traces(body: bytes) -> RequestColumns:
    """Return the server spans of an ExportTraceServiceRequest. Raises BadTelemetry."""
    return _decode(body, Message.TRACES_REQUEST, Source.OTLP_SPAN, "traces")


def warm() -> None:
    """Compile what the first request would otherwise wait for."""
    decode_logs(b"")


def _decode(body: bytes, root: Message, source: Source, noun: str) -> RequestColumns:
    walked = walk(np.frombuffer(body, np.uint8), int(root), SEED)
    if walked.error == TOO_MANY:
        raise TooLarge(f"cannot decode OTLP {noun}: more than {RECORDS_MAX} records", "send smaller batches")
    if walked.error:
        raise BadTelemetry(f"cannot decode OTLP {noun}: {_ERRORS[walked.error]}, in the field at byte {walked.at}", _HINT)
    return columns_of(body, walked.raw, _resources(body, walked), source, walked.skipped_count)


def _resources(body: bytes, walked: Walked) -> list[tuple[TelemetryIdentity, bool]]:
    """Return the identities found, and whether each is quarantined."""
    spaces = walked.namespaces.stretches[: int(walked.namespaces.size[0])].tolist()
    namespaces = ["", *(body[start:end].decode() for start, end, _ in spaces)]
    found = walked.identities.stretches[: int(walked.identities.size[0])].tolist()
    return [(TelemetryIdentity(namespaces[kind // 2], body[start:end].decode()), bool(kind % 2)) for start, end, kind in found]
