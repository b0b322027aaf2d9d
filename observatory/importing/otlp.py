"""Import files of OTLP export requests bundle after bundle, from where the last import of a file stopped."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from observatory.errors import BadTelemetry, TooLarge
from observatory.importing.doors import Door, open_door
from observatory.importing.import_summary import Bar, ImportSummary, progress_bar
from observatory.importing.line_file import LineFile, find_start, open_lines
from observatory.importing.otlp_file import Request, first_bytes, layout_of, requests_of
from observatory.importing.pieces import OtlpPiece
from observatory.model.delivery import ImportPosition
from observatory.receive.signals import JSON, PROTOBUF, SIGNALS, columns_of
from observatory.settings import Settings

BUNDLE_BYTES = 1 << 20
"""Requests are bundled up to this, so that a file of small ones needs few transactions."""
MEMBERS = {"traces": "resourceSpans", "logs": "resourceLogs", "metrics": "resourceMetrics"}
REFUSED, TOO_LARGE = "no_otlp", "too_large"


class _Document(msgspec.Struct, rename="camel"):
    """A JSON export request of any signal, its resources unread."""

    resource_spans: list[msgspec.Raw] | None = None
    resource_logs: list[msgspec.Raw] | None = None
    resource_metrics: list[msgspec.Raw] | None = None


@dataclass(slots=True)
class Bundle:
    """Requests of one signal that follow each other in a file."""

    signal: str
    media_type: str
    requests: list[Request]

    def piece(self, file_id: bytes) -> OtlpPiece:
        """Return all of them as one request: a list of resources goes on with that of the next."""
        bodies = [request.body for request in self.requests]
        body = b"".join(bodies) if self.media_type == PROTOBUF else _joined(self.signal, bodies)
        return OtlpPiece(body, self.signal, self.media_type, ImportPosition(file_id, self.requests[-1].end_offset))


def import_otlp(settings: Settings, paths: Sequence[Path]) -> ImportSummary:
    """Import files one after the other. Raises BadInput for one that cannot be read."""
    for path in paths:
        with open_lines(path) as file:
            layout_of(file.beginning())
    summary = ImportSummary()
    with open_door(settings) as door, progress_bar() as bar:
        for path in paths:
            with open_lines(path) as file:
                _import_file(door, file, summary, bar)
    return summary


def _import_file(door: Door, file: LineFile, summary: ImportSummary, bar: Bar) -> None:
    file.hold()
    beginning = file.beginning()
    layout = layout_of(beginning)
    start = find_start(beginning, "otlp", door.telemetry.position, first_bytes(beginning, layout))
    file.skip_to(start.offset)
    bar.begin(file.path, file.done_bytes)
    for bundle in _bundles(_signals(requests_of(file, layout), layout, file.path, summary)):
        _send(door, bundle, start.file_id, file.path, summary)
        bar.reach(file.done_bytes)


def _send(door: Door, bundle: Bundle, file_id: bytes, path: Path, summary: ImportSummary) -> None:
    """Store a bundle; if a request of it cannot be read, only that one is refused."""
    try:
        summary.note(path, bundle.requests[0].number, door.take(bundle.piece(file_id)))
    except BadTelemetry as error:
        if len(bundle.requests) == 1:
            summary.refuse(path, bundle.requests[0].number, TOO_LARGE if isinstance(error, TooLarge) else REFUSED)
            return
        for request in bundle.requests:
            _send(door, Bundle(bundle.signal, bundle.media_type, [request]), file_id, path, summary)


def _bundles(requests: Iterator[tuple[str, str, Request]]) -> Iterator[Bundle]:
    bundle, size = Bundle("", "", []), 0
    for signal, media_type, request in requests:
        if bundle.requests and (signal != bundle.signal or size + len(request.body) > BUNDLE_BYTES):
            yield bundle
            bundle, size = Bundle("", "", []), 0
        bundle.signal, bundle.media_type = signal, media_type
        bundle.requests.append(request)
        size += len(request.body)
    if bundle.requests:
        yield bundle


def _signals(requests: Iterator[Request], layout: str, path: Path, summary: ImportSummary) -> Iterator[tuple[str, str, Request]]:
    """Yield signal and media type with each request; those that tell no signal are refused."""
    known = ""
    for request in requests:
        if layout in ("lines", "document"):
            signal = _signal_of_json(request.body)
            media_type = JSON
        else:
            signal = known = known or _signal_of_protobuf(request.body)
            media_type = PROTOBUF
            # Nothing in it is ours to count whatever it is, so any door will do.
            signal = signal or "traces"
        if signal:
            yield signal, media_type, request
        else:
            summary.refuse(path, request.number, REFUSED)


def _signal_of_json(body: bytes) -> str:
    try:
        document = msgspec.json.decode(body, type=_Document)
    except msgspec.DecodeError:
        return ""
    members = {"traces": document.resource_spans, "logs": document.resource_logs, "metrics": document.resource_metrics}
    return next((signal for signal, member in members.items() if member is not None), "")


def _signal_of_protobuf(body: bytes) -> str:
    """Return the signal whose decoder finds records to count: the wire format names none."""
    for signal in MEMBERS:
        try:
            if len(columns_of(SIGNALS[signal].decode[PROTOBUF](body))):
                return signal
        except BadTelemetry:
            continue
    return ""


def _joined(signal: str, bodies: Sequence[bytes]) -> bytes:
    if len(bodies) == 1:
        return bodies[0]
    documents = [msgspec.json.decode(body, type=_Document) for body in bodies]
    member = {"traces": "resource_spans", "logs": "resource_logs", "metrics": "resource_metrics"}[signal]
    return msgspec.json.encode({MEMBERS[signal]: [raw for document in documents for raw in getattr(document, member) or ()]})
