"""Describe what one check saw, and within what limits it is made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from observatory.model.check import CheckOutcome, Phase


@dataclass(frozen=True, slots=True)
class Caps:
    """How much of our time and memory a target may take, whatever it does."""

    resolve_s: float = 3.0
    connect_s: float = 4.0
    tls_s: float = 4.0
    processing_s: float = 8.0
    """Until the status came."""
    transfer_s: float = 8.0
    total_s: float = 10.0
    """Of a step, redirects and all."""
    journey_s: float = 20.0
    """Of all steps together."""
    addresses_tried_max: int = 3
    header_bytes_max: int = 1 << 15
    body_bytes_max: int = 1 << 20
    """What comes behind is not waited for; the check is none the worse for it."""
    pieces_max: int = 10_000
    """Of a body: to read one byte a piece costs a second for each 100 kB."""
    redirects_max: int = 3

    def of(self, phase: Phase) -> float:
        """Return the seconds of a phase."""
        seconds: float = getattr(self, f"{phase}_s")
        return seconds


class CheckFailed(Exception):
    """A check came to nothing, and that is the service's fault; the message says what was seen."""

    def __init__(self, outcome: CheckOutcome, detail: str) -> None:
        self.outcome: CheckOutcome = outcome
        super().__init__(detail)


@dataclass(frozen=True, slots=True)
class Check:
    """What one check saw."""

    ended_at: datetime
    outcome: CheckOutcome
    detail: str
    """Why it did not pass."""
    urls: tuple[str, ...]
    """The one that was asked, and those it was redirected to."""
    trace_id: str
    address: str = ""
    """The last that was connected to."""
    status: int = 0
    """0: no answer came."""
    body_bytes: int = 0
    capped: bool = False
    """Whether there was more than is waited for."""
    certificate_ends_at: datetime | None = None
    phases_ms: Mapping[Phase, float] | None = None
    """Those that were reached, added up over redirects; of a journey those of the last step that was asked."""
    step: int = 1
    """The last that was asked, counted from 1: the one that failed, if any did."""

    @property
    def passed(self) -> bool:
        """Whether the service answered as it has to."""
        return self.outcome == "passed"

    @property
    def is_verdict(self) -> bool:
        """Whether it says anything about the service."""
        return self.outcome not in ("refused", "unable")

    @property
    def duration_ms(self) -> float:
        """All phases together."""
        return sum((self.phases_ms or {}).values())
