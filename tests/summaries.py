"""Read models for tests of pages: what is known of made-up services, and a summary that says exactly that."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from observatory.errors import NotFound
from observatory.judge.beside import MeasuredBeside
from observatory.model.catalogue import Agency, Menu, Service, Site
from observatory.model.figure import DayLoadMark, DayMark, LoadTime, MenuFigures, ServiceFigures, State, Window
from observatory.model.incident import EndReason, Incident, Severity
from observatory.model.incident_update import IncidentUpdate
from observatory.model.maintenance import Announcement, Maintenance
from observatory.model.signoff import SignOff, SignOffState
from observatory.model.text import Text
from observatory.readmodel.counted import Counted
from observatory.readmodel.maintenance import MaintenancePlan, plan_of
from observatory.readmodel.stories import IncidentStory, Stories
from observatory.readmodel.summary import MenuSummary, ServiceSummary, SiteSummary
from observatory.readmodel.values import MaintenanceSummary
from tests.builders import LABOR, a_menu, a_service
from tests.moments import NOW

TODAY = date(2026, 11, 20)
TITLE = Text("서버 교체", "Server replacement")


class FixedSummary:
    """A read model that says what it was given; `fail` makes it as unreachable as a store that is gone."""

    def __init__(self, *services: ServiceSummary, site: Site | None = None) -> None:
        self.services = services
        self.site_shown = site or Site()
        self.revision = 1
        self.reads = 0
        self.failing = False
        self.announced: Sequence[MaintenanceSummary] = ()
        self.written: Mapping[str, Sequence[IncidentUpdate]] = {}
        self.said: Stories = {}
        self.measured: Mapping[str, MeasuredBeside] = {}

    def version(self) -> str:
        self._be_there()
        return str(self.revision)

    def version_of_list(self) -> str:
        return self.version()

    def version_of(self, service_id: str) -> str:
        return f"{service_id}-{self.version()}"

    def site(self) -> SiteSummary:
        self._be_there()
        self.reads += 1
        return SiteSummary(self.site_shown, NOW, self.services)

    def service(self, service_id: str) -> ServiceSummary:
        self._be_there()
        self.reads += 1
        for each in self.services:
            if each.service.id == service_id:
                return each
        raise NotFound(f"cannot find service {service_id!r}")

    def stories(self, incidents: Sequence[Incident]) -> Stories:
        return {each.id: replace(self.said.get(each.id, IncidentStory()), updates=self.written.get(each.id, ())) for each in incidents}

    def beside(self, incident: Incident) -> MeasuredBeside | None:
        return self.measured.get(incident.id)

    def counted(self) -> Mapping[str, Counted]:
        return {}

    def maintenance(self) -> Sequence[MaintenanceSummary]:
        self._be_there()
        return self.announced

    def maintenance_plan(self) -> MaintenancePlan:
        return plan_of(self.maintenance(), NOW)

    def incident(self, incident_id: str) -> Incident | None:
        self._be_there()
        return next((found for each in self.services for found in each.incidents if found.id == incident_id), None)

    def _be_there(self) -> None:
        if self.failing:
            raise OSError("the disk is gone")


def a_load_time(
    mean_ms: float | None = 1240.4, *, n: int = 4321, p75_ms: float | None = 1500.0, rough: bool = False, untimed: int = 0
) -> LoadTime:
    """Return a load time from server records."""
    return LoadTime(
        source="server",
        mean_ms=mean_ms,
        p75_ms=p75_ms,
        p95_ms=None if p75_ms is None else 2 * p75_ms,
        n=n,
        capped=0,
        abandoned=0,
        mean_is_rough=rough,
        p75_low_ms=p75_ms,
        p75_high_ms=p75_ms,
        within_3s_percent=None if mean_ms is None else 91.2,
        within_5s_percent=None if mean_ms is None else 97.3,
        within_8s_percent=None if mean_ms is None else 99.4,
        failed_waits=0 if mean_ms is None else 600,
        failed_wait_mean_ms=None if mean_ms is None else 8100.5,
        not_modified=0,
        untimed=untimed,
    )


FIGURES = ServiceFigures(
    service_id="job-portal",
    window=Window("30d", NOW - timedelta(days=30), NOW),
    method="obs-method/2",
    as_of=NOW,
    revision=7,
    observed_from=NOW - timedelta(days=400),
    judged_to=NOW,
    final=False,
    availability_percent=99.523,
    availability_worst_percent=99.5,
    availability_any_percent=99.4,
    downtime_minutes=200,
    isolated_minutes=4,
    partial_minutes=12,
    partial_share_minutes=3.5,
    blip_minutes=6,
    failures=2,
    failures_scaled=None,
    requests=123_456,
    failed_requests=617,
    failed_requests_permille=5.0,
    request_success_percent=99.5,
    throttled_requests=0,
    excluded_requests=0,
    client_error_requests=0,
    unmatched_requests=0,
    clamped_requests=0,
    rejected_records=0,
    quarantined_records=0,
    late_records=0,
    measured_minutes=42_000,
    unknown_minutes=10,
    unobserved_minutes=0,
    maintenance_minutes=0,
    closed_minutes=0,
    coverage=0.9876,
    mttr_minutes=53.0,
    mttd_minutes=3.0,
    mtbf_minutes=20_000.0,
    target=None,
    load_time=a_load_time(),
    menus=(),
)
"""Of a window that ends now: every number a page shows."""


def some_figures(
    service_id: str = "job-portal",
    *,
    menus: tuple[Menu, ...] = (),
    days: int = 30,
    coverage: float | None = 0.9876,
    downtime_minutes: int | None = 200,
    failures: int | None = 2,
    load_time: LoadTime | None = None,
    measured_minutes: int = 42_000,
) -> ServiceFigures:
    """Return figures of a window that ends now."""
    load_time = load_time or a_load_time()
    return replace(
        FIGURES,
        service_id=service_id,
        window=Window("30d" if days == 30 else "24h", NOW - timedelta(days=days), NOW),
        downtime_minutes=downtime_minutes,
        failures=failures,
        measured_minutes=measured_minutes,
        coverage=coverage,
        load_time=load_time,
        menus=tuple(MenuFigures(menu.id, load_time, 123_456, 617, 5.0, 40, failures, downtime_minutes, 3, 12, coverage) for menu in menus),
    )


def no_figures(service_id: str = "job-portal", *, days: int = 30) -> ServiceFigures:
    """Return the figures of a service nothing came from."""
    empty = some_figures(
        service_id,
        days=days,
        coverage=None,
        downtime_minutes=None,
        failures=None,
        load_time=a_load_time(None, n=0, p75_ms=None),
        measured_minutes=0,
    )
    return replace(
        empty,
        availability_percent=None,
        availability_worst_percent=None,
        availability_any_percent=None,
        isolated_minutes=None,
        partial_minutes=None,
        partial_share_minutes=None,
        blip_minutes=None,
        menus=tuple(replace(menu, isolated_minutes=None, partial_minutes=None) for menu in empty.menus),
        observed_from=None,
        requests=0,
        failed_requests_permille=None,
        request_success_percent=None,
        mttr_minutes=None,
    )


def an_incident(
    incident_id: str = "job-portal-20261118-0904",
    *,
    service_id: str = "job-portal",
    severity: Severity = "major",
    started_at: datetime = datetime(2026, 11, 18, 0, 4, tzinfo=UTC),
    minutes: int | None = 200,
    end_reason: EndReason = "recovered",
    menu_ids: tuple[str, ...] = (),
) -> Incident:
    """Return a failure of a service; `minutes` None: it goes on."""
    return Incident(
        id=incident_id,
        service_id=service_id,
        menu_id=None,
        menu_ids=menu_ids,
        severity=severity,
        started_at=started_at,
        ended_at=None if minutes is None else started_at + timedelta(minutes=minutes),
        detected_at=started_at + timedelta(minutes=3),
        end_reason=None if minutes is None else end_reason,
        detected_by="users",
        down_minutes=minutes or 17,
        partial_minutes=4,
    )


def some_maintenance(
    service: Service | None = None,
    *,
    maintenance_id: str = "job-portal-maintenance-1",
    starts_in: timedelta = timedelta(days=2),
    hours: int = 2,
    excluded_minutes: int = 120,
    cancelled_at: datetime | None = None,
    title: Text = TITLE,
    menu_ids: tuple[str, ...] = (),
) -> MaintenanceSummary:
    """Return announced maintenance of a service."""
    service = service or a_service()
    start = NOW + starts_in
    said = Announcement(NOW - timedelta(days=5), start, start + timedelta(hours=hours), title, menu_ids)
    return MaintenanceSummary(Maintenance(maintenance_id, service.id, (said,), cancelled_at), service, excluded_minutes)


def ninety_days(state: State = "up") -> tuple[DayMark, ...]:
    """Return 90 days up to today: the first ten unknown, one bad day in the middle, today as told."""
    marked: dict[int, State] = {**dict.fromkeys(range(10), "unknown"), 50: "down", 51: "partial", 60: "degraded", 89: state}
    states = [marked.get(index, "up") for index in range(90)]
    return tuple(
        DayMark(
            TODAY - timedelta(days=89 - index),
            day_state,
            200 * (day_state == "down"),
            12 * (day_state == "partial"),
            1440 * (day_state != "unknown"),
        )
        for index, day_state in enumerate(states)
    )


def ninety_loads() -> tuple[DayLoadMark, ...]:
    """Return 90 days of load time between 0.8 and 4 s, with gaps."""
    means = [None if index < 10 or index == 40 else 800.0 + 13 * (index * 7 % 31) + (2800 if index == 51 else 0) for index in range(90)]
    return tuple(DayLoadMark(TODAY - timedelta(days=89 - index), mean, 0 if mean is None else 1000) for index, mean in enumerate(means))


def a_summary(
    service: Service | None = None,
    *,
    state: State = "up",
    agency: Agency = LABOR,
    incidents: tuple[Incident, ...] = (),
    signoffs: tuple[SignOff, ...] = (),
    signoff_state: SignOffState = "none",
    figures: ServiceFigures | None = None,
    figures_day: ServiceFigures | None = None,
) -> ServiceSummary:
    """Return all that is known of a service with two menus and 90 days of history."""
    service = service or a_service(menus=(a_menu("search"), a_menu("apply", index=12)))
    return ServiceSummary(
        service=service,
        agency=agency,
        state=state,
        state_since=NOW - timedelta(minutes=200),
        menus=tuple(MenuSummary(menu, state) for menu in service.menus),
        figures=figures or some_figures(service.id, menus=service.menus),
        figures_day=figures_day or some_figures(service.id, menus=service.menus, days=1, measured_minutes=1400),
        days=ninety_days(state),
        incidents=incidents,
        failing_since=next((each.started_at for each in incidents if each.ended_at is None), None),
        signoff_state=signoff_state,
        signoff=signoffs[0] if signoffs else None,
        signoffs=signoffs,
        daily_load=ninety_loads(),
    )
