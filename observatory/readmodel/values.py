"""Describe what is known of the observed services: all that page, open data, metrics and the rest have to say."""

from dataclasses import dataclass
from datetime import datetime

from observatory.model.catalogue import Agency, Menu, Service, Site
from observatory.model.check import CheckOutcome, TelemetryCompleteness
from observatory.model.figure import DayLoadMark, DayMark, ServiceFigures, State
from observatory.model.incident import Incident
from observatory.model.maintenance import Maintenance
from observatory.model.scheduled_message import ScheduledMessage
from observatory.model.signoff import SignOff, SignOffState
from observatory.signoff.state import NO_EMERGENCY, Emergencies, SignOffNote


@dataclass(frozen=True, slots=True)
class MenuSummary:
    """A menu as a row of the service page."""

    menu: Menu
    state: State
    disagreement: bool = False
    """Only one of users and checks sees a failure just now."""


@dataclass(frozen=True, slots=True)
class CheckSummary:
    """What our own checks of a menu come to at one place."""

    menu: Menu
    vantage: str
    outcome: CheckOutcome
    since: datetime
    """When a check first came to that."""
    last_at: datetime
    """When a check was made there, a few hours behind."""
    certificate_ends_at: datetime | None
    """Of the certificate that was shown last, also after its end and while no check gets that far."""


@dataclass(frozen=True, slots=True)
class MaintenanceSummary:
    """Announced maintenance with what becomes of its minutes."""

    maintenance: Maintenance
    service: Service
    excluded_minutes: int
    """Of it, what is left out of what is measured; the rest counts like any other time."""
    excluded_elsewhere_minutes: int = 0
    """Of it, what is left out as well, but told of other maintenance of the same time: each minute is told once."""
    reminders: tuple[ScheduledMessage, ...] = ()
    """Those that were published, newest first."""

    @property
    def minutes(self) -> int:
        """How long it was to last."""
        return int((self.maintenance.end - self.maintenance.start).total_seconds()) // 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCard:
    """What lists say about one service."""

    service: Service
    agency: Agency
    state: State
    state_since: datetime | None
    menus: tuple[MenuSummary, ...]
    figures: ServiceFigures
    """Of the last 30 full local days; in lists without those of menus."""
    figures_day: ServiceFigures | None
    """Of the last 24 hours, in lists only where those of 30 days say nothing yet."""
    failing_since: datetime | None = None
    """When the incident began that goes on."""
    disagreement: bool = False
    """Only one of users and checks sees a failure just now."""
    signoff_state: SignOffState
    signoff: SignOff | None
    """The newest one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSummary(ServiceCard):
    """Everything a public surface says about one service."""

    figures_day: ServiceFigures
    """Of the last 24 hours, so that a new service shows at once."""
    days: tuple[DayMark, ...]
    """The last 90 local days, today last."""
    incidents: tuple[Incident, ...]
    """Of the last 90 days, newest first."""
    signoffs: tuple[SignOff, ...] = ()
    """All of them, newest first."""
    signoff_notes: tuple[SignOffNote, ...] = ()
    """What became of each of them."""
    emergencies: Emergencies = NO_EMERGENCY
    """Openings of the gate without a sign-off."""
    daily_load: tuple[DayLoadMark, ...] = ()
    """One mark for each of `days`, of the source of `figures.load_time`."""
    maintenance: tuple[MaintenanceSummary, ...] = ()
    """Running, or to start within two weeks, by start; cancelled ones are left out."""
    checks: tuple[CheckSummary, ...] = ()
    """Of menus that are checked, by places that do so; by menu, then by place."""
    completeness: TelemetryCompleteness | None = None
    """How many of our checks of the last days are in the service's own telemetry; None where it sends no traces."""


@dataclass(frozen=True, slots=True)
class SiteSummary:
    """Everything the front page says."""

    site: Site
    as_of: datetime
    services: tuple[ServiceCard, ...]
    """Failing first, then in catalogue order."""
