"""Make the request that brings a part of a file through a server's door."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from observatory.model.delivery import ImportPosition


@dataclass(frozen=True, slots=True)
class DoorRequest:
    """What a piece says at a server's door."""

    path: str
    question: Mapping[str, str]
    media_type: str


class Piece(Protocol):
    """A part of a file as it is sent."""

    @property
    def body(self) -> bytes:
        """Its bytes, as the door takes them."""

    @property
    def position(self) -> ImportPosition:
        """How far its file is stored once it is."""

    @property
    def request(self) -> DoorRequest:
        """Which door it goes to."""


@dataclass(frozen=True, slots=True)
class LogPiece:
    """Whole lines of an access log."""

    body: bytes
    service_id: str
    log_format: str
    position: ImportPosition

    @property
    def request(self) -> DoorRequest:
        """The door for access logs."""
        return DoorRequest("/v1/access-log", {"service": self.service_id, "format": self.log_format}, "text/plain")


@dataclass(frozen=True, slots=True)
class OtlpPiece:
    """One export request."""

    body: bytes
    signal: str
    """traces, logs or metrics."""
    media_type: str
    position: ImportPosition

    @property
    def request(self) -> DoorRequest:
        """The door of its signal."""
        return DoorRequest(f"/v1/{self.signal}", {}, self.media_type)


@dataclass(frozen=True, slots=True)
class ProbePiece:
    """A table of probe results with its header."""

    body: bytes
    vantage: str
    position: ImportPosition

    @property
    def request(self) -> DoorRequest:
        """The door for probe results."""
        return DoorRequest("/v1/probes", {"vantage": self.vantage}, "text/csv")
