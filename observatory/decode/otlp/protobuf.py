"""Decode OTLP protobuf bodies into RequestColumns; compiled (`kernel`), at once on any number of threads."""

from collections import deque
from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from observatory.decode.otlp.kernel import (
    BODY_COLUMNS,
    DONE,
    END,
    NO_ROOM,
    RESULT,
    ROWS,
    ROWS_END,
    SKIPPED_HERE,
    WHERE,
    Walk,
    advance,
    is_small,
    new_walk,
    with_more_room,
)
from observatory.decode.otlp.protobuf_wire import CUT, DEPTH_MAX, MALFORMED, NO_TEXT, TOO_DEEP, TOO_MANY
from observatory.decode.otlp.schema import Message
from observatory.decode.raw_requests import RawRequests, columns_of
from observatory.decode.request_rows import RECORDS_MAX
from observatory.errors import BadTelemetry, TooLarge
from observatory.kernels.interning import new_interned, with_room
from observatory.kernels.seed import SEED
from observatory.model.catalogue import TelemetryIdentity
from observatory.model.columns import DecodedBodies, RequestColumns, Source

_HINT = "send the serialized Export…ServiceRequest of OTLP/HTTP, as every OpenTelemetry exporter does"

_ERRORS = {
    CUT: "something there is longer than what contains it",
    MALFORMED: "no field of a protobuf message",
    NO_TEXT: "text that is no UTF-8",
    TOO_DEEP: f"messages nested more than {DEPTH_MAX} deep",
}


class _IdleWalks:
    """Walks that nobody uses at the moment, sixteen at most: making one costs as much as decoding a record. Any number of threads."""

    def __init__(self) -> None:
        self._walks: deque[Walk] = deque(maxlen=16)

    def take(self) -> Walk | None:
        """Return one, None if there is none."""
        try:
            return self._walks.pop()
        except IndexError:
            return None

    def give_back(self, walk: Walk) -> None:
        """Keep one for whoever needs it next, unless it has grown."""
        if is_small(walk):
            self._walks.append(walk)


_IDLE_WALKS = _IdleWalks()


def decode_logs(body: bytes) -> RequestColumns:
    """Return the access events of an ExportLogsServiceRequest. Raises BadTelemetry."""
    return _only(decode_many_logs([body]))


def decode_traces(body: bytes) -> RequestColumns:
    """Return the server spans of an ExportTraceServiceRequest. Raises BadTelemetry."""
    return _only(decode_many_traces([body]))


def decode_many_logs(bodies: Sequence[bytes]) -> DecodedBodies:
    """Return the access events of some ExportLogsServiceRequests: much faster than one by one if they are small."""
    return _decode(bodies, Message.LOGS_REQUEST, Source.OTLP_LOG, "logs")


def decode_many_traces(bodies: Sequence[bytes]) -> DecodedBodies:
    """Return the server spans of some ExportTraceServiceRequests: much faster than one by one if they are small."""
    return _decode(bodies, Message.TRACES_REQUEST, Source.OTLP_SPAN, "traces")


def warm() -> None:
    """Compile what the first request would otherwise wait for."""
    decode_logs(b"")
    with_room(new_interned(0))


def _only(decoded: DecodedBodies) -> RequestColumns:
    """Return the columns of a single body. Raises its error."""
    (error,) = decoded.errors
    if error is not None:
        raise error
    return decoded.columns


def _decode(bodies: Sequence[bytes], root: Message, source: Source, noun: str) -> DecodedBodies:
    joined = bodies[0] if len(bodies) == 1 else b"".join(bodies)
    told = np.zeros((len(bodies), BODY_COLUMNS), np.int64)
    told[:, END] = list(accumulate(map(len, bodies)))
    walk = _IDLE_WALKS.take() or new_walk(len(joined))
    try:
        walk.position.fill(0)
        text = np.frombuffer(joined, np.uint8)
        while advance(text, int(root), told, walk, SEED) == NO_ROOM:
            walk = with_more_room(walk)
        raw = RawRequests(walk.rows[: walk.position[ROWS]], walk.paths, walk.agents)
        skipped = told[:, SKIPPED_HERE].tolist()
        columns = columns_of(joined, raw, _resources(joined, walk), source, sum(skipped))
        errors = [_error(result, where, noun) for result, where in told[:, (RESULT, WHERE)].tolist()]
        return DecodedBodies(columns, told[:, ROWS_END].copy(), skipped, errors)
    finally:
        _IDLE_WALKS.give_back(walk)


def _error(result: int, where: int, noun: str) -> BadTelemetry | TooLarge | None:
    if result == DONE:
        return None
    if result == TOO_MANY:
        return TooLarge(f"cannot decode more than {RECORDS_MAX} records at once", "send smaller batches")
    return BadTelemetry(f"cannot decode OTLP {noun}: {_ERRORS[result]}, in the field at byte {where}", _HINT)


def _resources(text: bytes, walk: Walk) -> list[tuple[TelemetryIdentity, bool]]:
    """Return the identities found, and whether each is quarantined."""
    namespaces = ["", *(text[start:end].decode() for start, end, _ in walk.namespaces.stretches())]
    found = walk.identities.stretches()
    return [(TelemetryIdentity(namespaces[kind // 2], text[start:end].decode()), bool(kind % 2)) for start, end, kind in found]
