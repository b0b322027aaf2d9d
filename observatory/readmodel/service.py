"""Return everything published about a service, and keep what stays true.

Past days are read again only when one of them was judged again, today whenever it was, and the present every minute.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

from observatory.flows.figures import day_marks, figures_of, states_of
from observatory.judge.current_state import CurrentState
from observatory.judge.days import civil_day, minute_of, moment_of
from observatory.judge.windows import custom_window, named_window
from observatory.model.catalogue import Agency, Catalogue, Service
from observatory.model.check import TelemetryCompleteness
from observatory.model.figure import DayLoadMark, DayMark, LoadTimeSource, ServiceFigures, Window
from observatory.model.incident import Incident
from observatory.model.signoff import SignOff
from observatory.model.text import Text
from observatory.readmodel.checks import checks_of, lately_complete
from observatory.readmodel.daily_load import daily_load_times
from observatory.readmodel.few_at_once import FewAtOnce
from observatory.readmodel.incident_so_far import so_far
from observatory.readmodel.maintenance import MaintenanceOfServices, soon
from observatory.readmodel.single_flight import SingleFlight
from observatory.readmodel.values import CheckSummary, MenuSummary, ServiceSummary
from observatory.signoff.state import signoff_state
from observatory.store.register import RegisterStore
from observatory.store.telemetry import TelemetryReader

DAYS_SHOWN = 90

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SiteState:
    """What everything published is made from. Cheap to look at; as long as its version stays, nothing published changes."""

    catalogue: Catalogue
    catalogue_digest: str
    revisions: Mapping[int, int]
    log_size: int
    signoffs: Mapping[str, Sequence[SignOff]]
    """By service id, newest first."""
    maintenance: MaintenanceOfServices
    now: datetime
    """The begin of the present minute, so that two answers of one minute are the same."""

    @property
    def version(self) -> str:
        """Changes whenever anything published may have changed."""
        return f"{minute_of(self.now)}-{self.log_size}-{self.catalogue_digest}-{sum(self.revisions.values())}"

    def version_of(self, service: Service) -> str:
        """Return the same for one service, its sign-offs left out."""
        return f"{minute_of(self.now)}-{self.catalogue_digest}-{self.revisions.get(service.index, 0)}"

    @property
    def zone(self) -> ZoneInfo:
        """The zone of civil days."""
        return self.catalogue.site.zone

    @property
    def today(self) -> date:
        """The civil day it is."""
        return self.now.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class _Past:
    """What the days before today left behind."""

    figures: ServiceFigures
    days: tuple[DayMark, ...]
    load_times: Mapping[LoadTimeSource, tuple[DayLoadMark, ...]]


@dataclass(frozen=True, slots=True)
class _Present:
    """How the service stands, and what lasts."""

    states: tuple[CurrentState, ...]
    incidents: tuple[Incident, ...]
    today: DayMark
    checks: tuple[CheckSummary, ...]
    completeness: TelemetryCompleteness | None


@dataclass(frozen=True, slots=True)
class _Recent:
    """Sums that change with every request: the dearest to read."""

    figures_day: ServiceFigures
    figures_today: ServiceFigures


class ServiceReadModel:
    """One service as it is published. Any number of threads."""

    def __init__(self, register: RegisterStore, telemetry: TelemetryReader, few: FewAtOnce) -> None:
        """`few` is shared by all services: what is read of one takes megabytes."""
        self._register = register
        self._telemetry = telemetry
        self._few = few
        self._past = SingleFlight[_Past]()
        self._present = SingleFlight[_Present]()
        self._recent = SingleFlight[_Recent]()
        self._full = SingleFlight[ServiceSummary]()

    def in_full(self, service: Service, site: SiteState) -> ServiceSummary:
        """Return everything, as it is now."""

        def make() -> ServiceSummary:
            recent = self._recent.get(site.version_of(service), partial(self._alone, partial(self._read_recent, service, site)))
            return self._summary(service, site, self._read_past(service, site), recent)

        return self._full.get((site.version_of(service), site.log_size), make)

    def at_a_glance(self, service: Service, site: SiteState) -> ServiceSummary:
        """Return the same, but for the figures of the last 24 hours, which may be as of an earlier moment.

        Where there are figures of the last 30 days nobody looks at them in a list, and they cost more than all the rest.
        """
        recent, past = self._recent.kept(), self._read_past(service, site)
        if recent is None or not past.figures.measured_minutes:
            return self.in_full(service, site)
        return self._summary(service, site, past, recent)

    def figures(self, service: Service, window: Window, site: SiteState) -> ServiceFigures:
        """Return the figures of any window."""
        return figures_of(service, window, self._register, self._telemetry, site.now)

    def _summary(self, service: Service, site: SiteState, past: _Past, recent: _Recent) -> ServiceSummary:
        present = self._read_present(service, site)
        whole, *menus = present.states
        signoffs = tuple(site.signoffs.get(service.id, ()))
        source = (past.figures if past.figures.load_time.n else recent.figures_day).load_time.source
        return ServiceSummary(
            service=service,
            agency=site.catalogue.agency(service.agency_id) or Agency(service.agency_id, Text(service.agency_id, service.agency_id)),
            state=whole.state,
            state_since=whole.since,
            menus=tuple(MenuSummary(menu, state.state) for menu, state in zip(service.menus, menus, strict=True)),
            figures=replace(past.figures, as_of=site.now),
            figures_day=recent.figures_day,
            days=(*past.days, present.today),
            incidents=present.incidents,
            signoff_state=signoff_state(signoffs, site.today),
            signoff=signoffs[0] if signoffs else None,
            signoffs=signoffs,
            daily_load=(*past.load_times[source], _mark_of(recent.figures_today, source, site.today)),
            maintenance=soon(site.maintenance.get(service.id, ()), site.now),
            checks=present.checks,
            completeness=present.completeness,
        )

    def _read_present(self, service: Service, site: SiteState) -> _Present:
        def read() -> _Present:
            first_minute = civil_day(site.today - timedelta(days=DAYS_SHOWN - 1), site.zone).span.first
            with self._register.look() as books:
                listed = books.incidents.incidents(service.id, start=moment_of(first_minute))
            return _Present(
                states=states_of(service, self._register, self._telemetry, site.now),
                incidents=tuple(so_far(found, service, self._register, self._telemetry, site.now) for found in listed),
                today=day_marks(service, self._register, self._telemetry, site.now, 1)[0],
                checks=checks_of(service, self._register, site.now),
                completeness=lately_complete(service, self._register, site.today),
            )

        return self._present.get(site.version_of(service), partial(self._alone, read))

    def _read_past(self, service: Service, site: SiteState) -> _Past:
        first_day = site.today - timedelta(days=DAYS_SHOWN - 1)

        def read() -> _Past:
            load_times = self._telemetry.load_times(service.index, first_day, site.today)
            return _Past(
                figures=self.figures(service, named_window("30d", site.zone, site.now), site),
                days=day_marks(service, self._register, self._telemetry, site.now, DAYS_SHOWN)[:-1],
                load_times=daily_load_times(load_times, first_day, site.today),
            )

        judged = self._telemetry.day_revisions(service.index, first_day, site.today)
        left_out = self._telemetry.left_out(service.index, first_day, site.today)
        told = tuple(judged.items()), tuple(left_out.items())
        version = (site.today, site.catalogue_digest, *told, self._read_present(service, site).incidents)
        return self._past.get(version, partial(self._alone, read))

    def _read_recent(self, service: Service, site: SiteState) -> _Recent:
        midnight = moment_of(civil_day(site.today, site.zone).span.first)
        return _Recent(
            figures_day=self.figures(service, named_window("24h", site.zone, site.now), site),
            figures_today=self.figures(service, custom_window(midnight, site.now + timedelta(minutes=1)), site),
        )

    def _alone(self, read: Callable[[], T]) -> T:
        """Read when it is this one's turn; ! what is read must not wait for another turn."""
        with self._few.turn():
            return read()


def _mark_of(today: ServiceFigures, source: LoadTimeSource, day: date) -> DayLoadMark:
    load_time = today.load_time
    return DayLoadMark(day, load_time.mean_ms, load_time.n) if load_time.source == source else DayLoadMark(day, None, 0)
