"""OTLP protobuf bodies come in, RequestColumns go out; compiled (`otlp_kernel`), at once on any number of threads."""

from collections import deque

import numpy as np

from observatory.decode.interning import SEED
from observatory.decode.otlp_kernel import AT, DONE, NO_ROOM, ROWS, SKIPPED, Walk, advance, is_small, new_walk, with_more_room
from observatory.decode.otlp_schema import Message
from observatory.decode.protobuf_wire import CUT, DEPTH_MAX, MALFORMED, NO_TEXT, TOO_DEEP, TOO_MANY
from observatory.decode.raw_requests import RawRequests, columns_of
from observatory.decode.request_rows import RECORDS_MAX
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

_idle_walks: deque[Walk] = deque(maxlen=64)
"""Walks that nobody uses at the moment: making one costs as much as decoding a record."""


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
    walk = _idle_walk() or new_walk(len(body))
    try:
        walk.position.fill(0)
        text = np.frombuffer(body, np.uint8)
        while (result := advance(text, int(root), walk, SEED)) == NO_ROOM:
            walk = with_more_room(walk)
        if result == TOO_MANY:
            raise TooLarge(f"cannot decode more than {RECORDS_MAX} records at once", "send smaller batches")
        if result != DONE:
            raise BadTelemetry(f"cannot decode OTLP {noun}: {_ERRORS[result]}, in the field at byte {walk.position[AT]}", _HINT)
        raw = RawRequests(walk.rows[: walk.position[ROWS]], walk.paths, walk.agents)
        return columns_of(body, raw, _resources(body, walk), source, int(walk.position[SKIPPED]))
    finally:
        if is_small(walk):
            _idle_walks.append(walk)


def _idle_walk() -> Walk | None:
    try:
        return _idle_walks.pop()
    except IndexError:
        return None


def _resources(body: bytes, walk: Walk) -> list[tuple[TelemetryIdentity, bool]]:
    """Return the identities found, and whether each is quarantined."""
    namespaces = ["", *(body[start:end].decode() for start, end, _ in walk.namespaces.stretches())]
    found = walk.identities.stretches()
    return [(TelemetryIdentity(namespaces[kind // 2], body[start:end].decode()), bool(kind % 2)) for start, end, kind in found]
