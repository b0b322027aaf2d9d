"""FLOW 1. Telemetry comes in and becomes what is published; read from top to bottom.

bytes -> RequestColumns -> MinuteCounters (`take_in`) -> verdicts -> incidents -> day strips (`judge_service`)
-> figures (`figures_of`) ; `forget_old` ends what is past its retention.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from observatory.model.catalogue import Service
from observatory.model.columns import RequestColumns
from observatory.model.figure import ServiceFigures, Window
from observatory.store.interface import (
    ImportPosition,
    RegisterStore,
    TelemetryReader,
    TelemetryWriter,
    Unjudged,
)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a body, and for which services it may speak."""

    name: str
    """Token id, "admin" or "import": part of the duplicate key, never a secret."""
    service_ids: frozenset[str] | None
    """None: every service."""
    backfill: bool = False
    """Whether records of any age are welcome (commands on this host); else 72 hours."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of the records of one body."""

    accepted: int
    rejected: Mapping[str, int] = field(default_factory=dict)
    """Count by reason: unknown_service, out_of_scope, too_late, ..."""
    skipped: int = 0
    clamped: int = 0
    duplicate: bool = False
