"""The one read model: what is known of every service now, for page, API and metric alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import cast
from zoneinfo import ZoneInfo

from flask import current_app

from observatory import telemetry_flow
from observatory.errors import NotFound
from observatory.judge.days import civil_day, minute_of, moment_of
from observatory.judge.windows import custom_window, named_window
from observatory.model.catalogue import Agency, Catalogue, Menu, Service, Site
from observatory.model.figure import DayLoadMark, DayMark, LoadTimeSource, ServiceFigures, State, Window
from observatory.model.incident import Incident
from observatory.model.signoff import SignOff, SignOffState
from observatory.publish.daily_load import daily_loads
from observatory.publish.latest import Latest
from observatory.signoff.state import signoff_state
from observatory.signoff_flow import signoffs_by_service
from observatory.store.interface import RegisterStore, TelemetryReader

DAYS_SHOWN = 90
DIGEST_LENGTH = 12
FAILING_FIRST: Mapping[State, int] = {"down": 0, "partial": 1}


@dataclass(frozen=True, slots=True)
class MenuSummary:
    """A menu as a row of the service page."""

    menu: Menu
    state: State


@dataclass(frozen=True, slots=True)
class ServiceSummary:
    """Everything a public surface says about one service."""

    service: Service
    agency: Agency
    state: State
    state_since: datetime | None
    menus: tuple[MenuSummary, ...]
    figures: ServiceFigures
    """Of the last 30 full local days."""
    figures_day: ServiceFigures
    """Of the last 24 hours, so that a new service shows at once."""
    days: tuple[DayMark, ...]
    """The last 90 local days, today last."""
    incidents: tuple[Incident, ...]
    """Of the last 90 days, newest first."""
    signoff_state: SignOffState
    signoff: SignOff | None
    """The newest one."""
    signoffs: tuple[SignOff, ...] = ()
    """All of them, newest first."""
    daily_load: tuple[DayLoadMark, ...] = ()
    """One mark for each of `days`, of the source of `figures.load_time`."""


@dataclass(frozen=True, slots=True)
class SiteSummary:
    """Everything the front page says."""

    site: Site
    as_of: datetime
    services: tuple[ServiceSummary, ...]
    """Failing first, then in catalogue order."""


@dataclass(frozen=True, slots=True)
class _World:
    """What everything shown is made from. Cheap to look at: nothing shown changes while its version stays the same."""

    catalogue: Catalogue
    catalogue_digest: str
    revisions: Mapping[int, int]
    log_size: int
    now: datetime
    """The begin of the present minute: two answers of one minute are the same."""

    @property
    def version(self) -> str:
        return f"{minute_of(self.now)}-{self.log_size}-{self.catalogue_digest}-{sum(self.revisions.values())}"

    def version_of(self, service: Service) -> str:
        """Return the same for one service."""
        return f"{minute_of(self.now)}-{self.log_size}-{self.judged_version_of(service)}"

    def judged_version_of(self, service: Service) -> str:
        """Return what changes only when the service was judged again, or a day has ended."""
        return f"{self.today}-{self.catalogue_digest}-{self.revisions.get(service.index, 0)}"

    @property
    def zone(self) -> ZoneInfo:
        return self.catalogue.site.zone

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class _Judged:
    """What does not depend on the minute."""

    figures: ServiceFigures
    days: tuple[DayMark, ...]
    incidents: tuple[Incident, ...]
    daily_load: Mapping[LoadTimeSource, tuple[DayLoadMark, ...]]


class Summary:
    """The read model: worked out once for each change, for all threads and surfaces; removed services keep theirs."""

    def __init__(self, register: RegisterStore, telemetry: TelemetryReader, now: Callable[[], datetime]) -> None:
        self._register = register
        self._telemetry = telemetry
        self._now = now
        self._digest: tuple[Catalogue, str] | None = None
        self._site = Latest[SiteSummary]()
        self._signoffs = Latest[Mapping[str, Sequence[SignOff]]]()
        self._services: dict[str, Latest[ServiceSummary]] = {}
        self._judged: dict[str, Latest[_Judged]] = {}

    def version(self) -> str:
        """Return a text that changes whenever anything shown may have changed."""
        return self._look().version

    def site(self) -> SiteSummary:
        """Return everything the front page says: the services that are observed now."""
        world = self._look()
        return self._site.get(world.version, lambda: self._make_site(world))

    def service(self, service_id: str) -> ServiceSummary:
        """Return everything said about one service, removed or not. Raises NotFound."""
        world = self._look()
        return self._of(_known(world.catalogue, service_id), world)

    def figures(self, service_id: str, window: Window) -> ServiceFigures:
        """Return the figures of a service in any window. Raises NotFound."""
        world = self._look()
        service = _known(world.catalogue, service_id)
        shown = self._of(service, world)
        kept = next((figures for figures in (shown.figures, shown.figures_day) if figures.window == window), None)
        return kept or self._figures(service, window, world)

    def incidents(
        self,
        service_id: str | None,
        menu_id: str | None,
        start: datetime | None,
        end: datetime | None,
        *,
        limit: int,
        after_id: str | None,
    ) -> list[Incident]:
        """Return incidents as `IncidentRegister.incidents` does."""
        return self._register.incidents(service_id, menu_id, start, end, limit, after_id)

    def incident(self, incident_id: str) -> Incident | None:
        """Return one incident, superseded or not."""
        return self._register.incident(incident_id)

    def _look(self) -> _World:
        catalogue = self._register.catalogue()
        digest = self._digest
        if digest is None or digest[0] is not catalogue:
            digest = self._digest = (catalogue, sha256(repr(catalogue).encode()).hexdigest()[:DIGEST_LENGTH])
        now = self._now().replace(second=0, microsecond=0)
        return _World(catalogue, digest[1], self._telemetry.revisions(), self._register.log_head()[0], now)

    def _make_site(self, world: _World) -> SiteSummary:
        shown = [self._of(service, world) for service in world.catalogue.services if not service.removed]
        shown.sort(key=lambda each: FAILING_FIRST.get(each.state, len(FAILING_FIRST)))
        return SiteSummary(world.catalogue.site, world.now, tuple(shown))

    def _of(self, service: Service, world: _World) -> ServiceSummary:
        latest = self._services.setdefault(service.id, Latest())
        return latest.get(world.version_of(service), lambda: self._make(service, world))

    def _make(self, service: Service, world: _World) -> ServiceSummary:
        kept = self._judged.setdefault(service.id, Latest())
        judged = kept.get(world.judged_version_of(service), lambda: self._make_judged(service, world))
        whole, *menus = telemetry_flow.states_of(service, self._register, self._telemetry, world.now)
        figures_day = self._figures(service, named_window("24h", world.zone, world.now), world)
        signoffs = tuple(self._signed(world).get(service.id, ()))
        source = (judged.figures if judged.figures.load_time.n else figures_day).load_time.source
        return ServiceSummary(
            service=service,
            agency=world.catalogue.agency(service.agency_id) or Agency(service.agency_id, service.agency_id, service.agency_id),
            state=whole.state,
            state_since=whole.since,
            menus=tuple(MenuSummary(menu, standing.state) for menu, standing in zip(service.menus, menus, strict=True)),
            figures=replace(judged.figures, as_of=world.now),
            figures_day=figures_day,
            days=judged.days,
            incidents=judged.incidents,
            signoff_state=signoff_state(signoffs, world.today),
            signoff=signoffs[0] if signoffs else None,
            signoffs=signoffs,
            daily_load=judged.daily_load[source],
        )

    def _make_judged(self, service: Service, world: _World) -> _Judged:
        today, end_day = world.today, world.today + timedelta(days=1)
        first_day = end_day - timedelta(days=DAYS_SHOWN)
        midnight = civil_day(today, world.zone).span.first
        figures_today = self._figures(service, custom_window(moment_of(midnight), world.now + timedelta(minutes=1)), world)
        past = self._telemetry.loads(service.index, first_day, today)
        return _Judged(
            figures=self._figures(service, named_window("30d", world.zone, world.now), world),
            days=telemetry_flow.day_marks(service, self._register, self._telemetry, world.now, DAYS_SHOWN),
            incidents=tuple(self._register.incidents(service.id, start=moment_of(civil_day(first_day, world.zone).span.first))),
            daily_load=daily_loads(past, figures_today.load_time, first_day, today),
        )

    def _figures(self, service: Service, window: Window, world: _World) -> ServiceFigures:
        return telemetry_flow.figures_of(service, window, self._register, self._telemetry, world.now)

    def _signed(self, world: _World) -> Mapping[str, Sequence[SignOff]]:
        return self._signoffs.get(str(world.log_size), lambda: signoffs_by_service(self._register))


def _known(catalogue: Catalogue, service_id: str) -> Service:
    service = catalogue.service(service_id)
    if service is None:
        raise NotFound("cannot find service: there is none of this id", "ids are in /api/v1/services")
    return service


def summary() -> Summary:
    """Return the read model of the application that serves this request."""
    return cast(Summary, current_app.extensions["observatory.summary"])
