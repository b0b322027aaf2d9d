"""Describe published numbers. None means: not enough evidence to say."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

LoadTimeSource = Literal["browser", "probe", "server"]
State = Literal["up", "degraded", "recovering", "partial", "down", "maintenance", "unknown"]
"""What citizens are told a service is now; recovering: it works again, and its failure is not over yet. No day is."""


@dataclass(frozen=True, slots=True)
class Window:
    """The half-open span of whole minutes a figure speaks of."""

    name: str
    """24h, 7d, 30d, 90d, month:YYYY-MM, or custom."""
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class LoadTime:
    """How long a menu takes to answer, from one source; numbers are None below 30 answered requests."""

    source: LoadTimeSource
    mean_ms: float | None
    p75_ms: float | None
    p95_ms: float | None
    n: int
    capped: int
    abandoned: int


@dataclass(frozen=True, slots=True)
class MenuFigures:
    """Figures of one menu in a window."""

    menu_id: str
    load_time: LoadTime
    requests: int
    failed_requests: int
    failed_requests_permille: int | None
    failures: int | None
    """None: observed too short to say."""
    downtime_minutes: int
    partial_minutes: int
    coverage: float | None


@dataclass(frozen=True, slots=True)
class ServiceFigures:
    """Figures of one service in a window (method section 7)."""

    service_id: str
    window: Window
    method: str
    as_of: datetime
    revision: int
    availability_percent: float | None
    availability_any_percent: float | None
    downtime_minutes: int
    partial_minutes: int
    failures: int | None
    failures_scaled: float | None
    """F * 43200 / M where less than nine tenths of the window was measured."""
    requests: int
    failed_requests: int
    failed_requests_permille: int | None
    throttled_requests: int
    measured_minutes: int
    unknown_minutes: int
    maintenance_minutes: int
    closed_minutes: int
    coverage: float | None
    mttr_minutes: float | None
    mttd_minutes: float | None
    mtbf_minutes: float | None
    load_time: LoadTime
    menus: tuple[MenuFigures, ...]


@dataclass(frozen=True, slots=True)
class DayMark:
    """One civil day of the 90-day strip."""

    day: date
    state: State
    """The worst that lasted: down or partial if in an incident, else degraded, up, or unknown."""
    downtime_minutes: int
    partial_minutes: int
    measured_minutes: int


@dataclass(frozen=True, slots=True)
class DayLoadMark:
    """The mean load time of one civil day, pooled over the menus, from one kind of source."""

    day: date
    mean_ms: float | None
    """None: fewer than 30 answered requests."""
    n: int
