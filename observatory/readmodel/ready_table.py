"""Keep a document of every service in memory: read once, and after that only what changed."""

from dataclasses import replace
from threading import Lock
from typing import Generic, TypeVar

from observatory.model.published_part import PartName, PublishedPart
from observatory.readmodel.documents import of_json
from observatory.store.telemetry import TelemetryReader

T = TypeVar("T")


class ReadyTable(Generic[T]):
    """The documents of one name. Any number of threads."""

    def __init__(self, telemetry: TelemetryReader, name: PartName, kind: type[T]) -> None:
        self._telemetry = telemetry
        self._name = name
        self._kind = kind
        self._known: dict[int, tuple[PublishedPart, T]] = {}
        self._change = 0
        self._lock = Lock()

    def look(self, made_ready: int) -> dict[int, tuple[PublishedPart, T]]:
        """Return every document, by the index of its service; `made_ready` is how often anything was made ready."""
        with self._lock:
            if made_ready > self._change:
                for part in self._telemetry.published_since(self._name, self._change):
                    if (document := of_json(self._kind, part.document)) is not None:
                        self._known[part.service] = replace(part, document=b""), document
                self._change = made_ready
        return self._known
