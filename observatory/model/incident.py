"""Describe verdicts of minutes, and the incidents they form."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Literal

from observatory.errors import BadInput


class Verdict(IntEnum):
    """What one minute was (method section 4), the worse the larger; UNKNOWN is neither good nor bad."""

    UNKNOWN = 0
    UP = 1
    DEGRADED = 2
    PARTIAL = 3
    DOWN = 4

    @property
    def bad(self) -> bool:
        """Whether such a minute can open an incident."""
        return self >= Verdict.PARTIAL


class MinuteClass(IntEnum):
    """The partition of a window's minutes (method section 6)."""

    UNKNOWN = 0
    UP = 1
    DEGRADED = 2
    BLIP = 3
    PARTIAL = 4
    DOWN = 5
    MAINTENANCE = 6
    CLOSED = 7
    ISOLATED = 8
    """Down outside incidents."""


Severity = Literal["major", "partial"]
EndReason = Literal["recovered", "evidence_lost"]
DetectedBy = Literal["users", "probes", "declared"]
"""Declared: those who run it said so before anything was measured."""
WithdrawnReason = Literal["correction", "judged_anew"]
"""An auditor corrected its minutes; or they were judged by another version of the method, or before they were final."""


@dataclass(frozen=True, slots=True)
class Incident:
    """A failure of a service (`menu_id` None) or of one of its menus. Half-open [started_at, ended_at), whole minutes, UTC."""

    id: str
    service_id: str
    menu_id: str | None
    """None: the service as a whole."""
    menu_ids: tuple[str, ...]
    """Menus that had an incident of their own meanwhile."""
    severity: Severity
    started_at: datetime
    ended_at: datetime | None
    detected_at: datetime | None
    """When it was first seen; None of one that was long over then: imported history, or what came in late."""
    end_reason: EndReason | None
    detected_by: DetectedBy
    down_minutes: int
    partial_minutes: int
    """Measured minutes of the incident that were not down."""
    superseded_by: str | None = None
    withdrawn: WithdrawnReason | None = None
    """Why it is no incident any more; its page stays."""

    def __post_init__(self) -> None:
        if self.ended_at is not None and self.ended_at <= self.started_at:
            raise BadInput(f"incident {self.id} ends before it starts")

    @property
    def measured_minutes(self) -> int:
        """Minutes of the incident in which it was measured: its downtime plus its partial minutes."""
        return self.down_minutes + self.partial_minutes
