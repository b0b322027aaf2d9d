"""Describe published numbers. None means: not enough evidence to say."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from observatory.model.target import TargetFigure

LoadTimeSource = Literal["browser", "probe", "server"]
State = Literal["up", "degraded", "recovering", "partial", "down", "maintenance", "closed", "unknown"]
"""What citizens are told a service is now; recovering: it works again, and its failure is not over yet. No day is. closed: outside
service hours."""


@dataclass(frozen=True, slots=True)
class Window:
    """The half-open span of whole minutes a figure speaks of."""

    name: str
    """24h, 7d, 30d, 90d, month:YYYY-MM, or custom."""
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class LoadTime:
    """How long the pages of a menu that came took, from one source; numbers of too small a sample are None."""

    source: LoadTimeSource
    mean_ms: float | None
    p75_ms: float | None
    p95_ms: float | None
    n: int
    """Pages that came, with a duration; of metrics some may be in the mean alone, or in all but the mean."""
    capped: int
    abandoned: int
    mean_is_rough: bool
    """Whether the sample is so small that a few long ones move the mean."""
    p75_low_ms: float | None
    """The 75th percentile of all such requests is between these two in 95 of 100 samples."""
    p75_high_ms: float | None
    within_3s_percent: float | None
    """Of the pages that came."""
    within_5s_percent: float | None
    within_8s_percent: float | None
    failed_waits: int
    """Requests that failed, of which the duration is known; they are in no load time."""
    failed_wait_mean_ms: float | None
    not_modified: int
    """Answered with "you have it already": nothing was loaded."""
    untimed: int
    """The other requests that worked and are in no load time: no duration was told, or they only redirected."""

    @property
    def untimed_share(self) -> float | None:
        """How many they are of those with a load time and them; None without either."""
        return self.untimed / (self.n + self.untimed) if self.n + self.untimed else None


@dataclass(frozen=True, slots=True)
class MenuFigures:
    """Figures of one menu in a window."""

    menu_id: str
    load_time: LoadTime
    requests: int
    failed_requests: int
    failed_requests_permille: float | None
    client_error_requests: int
    """Answered with a status of 4xx that is no failure of the service by itself; they are in `requests`."""
    failures: int | None
    """None if nothing was measured."""
    downtime_minutes: int | None
    isolated_minutes: int | None
    """Of the downtime, what was too short to be an incident."""
    partial_minutes: int | None
    coverage: float | None


@dataclass(frozen=True, slots=True)
class ServiceFigures:
    """Figures of one service in a window (method section 7)."""

    service_id: str
    window: Window
    method: str
    as_of: datetime
    revision: int
    observed_from: datetime | None
    """When the service was registered or first heard of; None: it never was."""
    judged_to: datetime
    """Up to where minutes have their verdict."""
    final: bool
    """Whether no evidence that still comes can change them."""
    availability_percent: float | None
    """If the unknown minutes were like the measured ones."""
    availability_worst_percent: float | None
    """If it was down in every unknown minute."""
    availability_any_percent: float | None
    """With partial minutes taken off as well."""
    downtime_minutes: int | None
    """Down, in an incident or in isolated minutes; None if nothing was measured, as of the next four."""
    isolated_minutes: int | None
    """Of the downtime, what was too short to be an incident."""
    partial_minutes: int | None
    partial_share_minutes: float | None
    """Partial minutes, each charged by the share that failed."""
    blip_minutes: int | None
    """Partly down outside incidents."""
    failures: int | None
    """None if nothing was measured."""
    failures_scaled: float | None
    """For thirty open days; None where much less than a week was measured."""
    requests: int
    failed_requests: int
    failed_requests_permille: float | None
    request_success_percent: float | None
    throttled_requests: int
    excluded_requests: int
    client_error_requests: int
    """Of `requests`, answered with a status of 4xx."""
    unmatched_requests: int
    """Of no menu: they are in no other figure."""
    clamped_requests: int
    """Their clock ran ahead: they count at the time of receipt."""
    rejected_records: int | None
    """Came in these days and were refused; None where the window is not of whole days, or this was not counted yet. As the next two."""
    quarantined_records: int | None
    """Of no production environment, or of a name nobody knows: in no other figure."""
    late_records: int | None
    """Counted, though the figures of their minute were final."""
    measured_minutes: int
    unknown_minutes: int
    unobserved_minutes: int
    """Before `observed_from`, closed hours left out."""
    maintenance_minutes: int
    closed_minutes: int
    coverage: float | None
    mttr_minutes: float | None
    mttd_minutes: float | None
    mtbf_minutes: float | None
    target: TargetFigure | None
    """None for grades without one."""
    load_time: LoadTime
    menus: tuple[MenuFigures, ...]

    @property
    def seen_share(self) -> float | None:
        """How much of the time since it was observed is measured; None if nothing is."""
        seen = self.measured_minutes + self.unknown_minutes
        return self.measured_minutes / seen if self.measured_minutes else None


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
