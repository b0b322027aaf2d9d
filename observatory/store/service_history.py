"""Read what both stores say of one service: what the judge reads, and nothing else."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from observatory.judge.days import Span, minute_of, moment_of
from observatory.judge.declared import declared_minutes
from observatory.judge.maintenance import excluded
from observatory.judge.method import IN_FORCE
from observatory.judge.service_rules import Rules
from observatory.model.catalogue import OTHER_MENU_INDEX, Service
from observatory.model.changed_rule import ALL_SERVICES
from observatory.model.correction import Correction
from observatory.model.day import DayAccount, DayLoad, DayStrip
from observatory.model.incident import Incident
from observatory.model.left_out import LeftOutCounts
from observatory.model.maintenance import Maintenance
from observatory.model.minute import MinuteCounters
from observatory.store.dated_rules import critical_of, holidays_of, number_of
from observatory.store.register import RegisterStore
from observatory.store.telemetry import TelemetryReader


@dataclass(frozen=True, slots=True)
class StoredHistory:
    """The `judge.history.ServiceHistory` of a service, as both stores have it."""

    service: Service
    register: RegisterStore
    telemetry: TelemetryReader

    def minutes(self, span: Span) -> MinuteCounters:
        """Return its minute rows."""
        return self.telemetry.minutes(self.service.index, span.first, span.end)

    def strips(self, first_day: date, end_day: date) -> list[DayStrip]:
        """Return its strips with first_day <= day < end_day."""
        return self.telemetry.strips(self.service.index, first_day, end_day)

    def load_times(self, first_day: date, end_day: date) -> list[DayLoad]:
        """Return its load times with first_day <= day < end_day."""
        return self.telemetry.load_times(self.service.index, first_day, end_day)

    def day_accounts(self, first_day: date, end_day: date) -> list[DayAccount]:
        """Return what is kept for ever of its minutes."""
        return self.telemetry.day_accounts(self.service.index, first_day, end_day)

    def first_account(self) -> DayAccount | None:
        """Return the earliest account of the service as a whole."""
        return self.telemetry.first_account(self.service.index)

    def first_day(self) -> date | None:
        """Return the first day it has a strip of."""
        return self.telemetry.first_day(self.service.index)

    def client_errors_from(self) -> int:
        """Return from which minute on client errors were counted: 0 if always."""
        return self.telemetry.client_errors_from()

    def left_out(self, first_day: date, end_day: date) -> LeftOutCounts:
        """Return how many of its records that came on days with first_day <= day < end_day were left out, or late, by reason."""
        return self.telemetry.left_out(self.service.index, first_day, end_day)

    def left_out_from(self) -> int:
        """Return from which minute on that was counted: 0 if always."""
        return self.telemetry.left_out_from()

    def blind(self, span: Span) -> list[tuple[int, int]]:
        """Return half-open spans of minutes in which no observatory was awake."""
        return self.telemetry.blind_minutes(span.first, span.end)

    def unjudged(self) -> Span | None:
        """Return the minutes that wait for the judge."""
        waiting = (entry for entry in self.telemetry.unjudged() if entry.service == self.service.index)
        return next((Span(entry.first_minute, entry.last_minute + 1) for entry in waiting), None)

    def revision(self) -> int:
        """Return how often it was judged."""
        return self.telemetry.revision(self.service.index)

    def incidents(self, menu_id: str | None, span: Span) -> list[Incident]:
        """Return its incidents, or those of a menu, that overlap a span, superseded ones left out."""
        with self.register.look() as books:
            return books.incidents.incidents(self.service.id, menu_id, moment_of(span.first), moment_of(span.end))

    def incident(self, incident_id: str) -> Incident | None:
        """Return an incident, superseded or not."""
        with self.register.look() as books:
            return books.incidents.incident(incident_id)

    def registered_at(self) -> datetime | None:
        """Return when it was first registered."""
        with self.register.look() as books:
            return books.services.registered_at(self.service.id)


def rules_of(service: Service, register: RegisterStore) -> Rules:
    """Return what the method needs to know of a service."""
    site = register.catalogue().site
    with register.look() as books:
        series = {(each.menu, each.source): each.interval_s for each in books.probes.series(service.index)}
        known = books.corrections.corrections(service.id)
        declared = declared_minutes(service, books.declarations.of_service(service.id), known)
        hours = tuple((change.from_day, change.hours) for change in books.services.hours_changes(service.id))
        choices = tuple((choice.from_day, choice.source) for choice in books.services.source_choices(service.id))
        changes, of_all = books.services.rule_changes(service.id), books.services.rule_changes(ALL_SERVICES)
        maintenance = tuple(_excluded(service, books.maintenance.announced(service.id), site.zone))
    return Rules(
        service=service,
        zone=site.zone,
        intervals_s=series,
        method=IN_FORCE,
        blocks=number_of("low_traffic_block_minutes", changes, service.low_traffic_block_minutes),
        critical=critical_of(changes, frozenset(menu.index for menu in service.menus if menu.critical)),
        grades=number_of("grade", changes, service.grade),
        choices=choices,
        corrections=tuple(_corrections(service, known)),
        hour_changes=hours,
        holidays=holidays_of(of_all, site.holidays),
        maintenance=maintenance,
        declared=declared,
    )


def _excluded(service: Service, announced: Iterable[Maintenance], zone: ZoneInfo) -> Iterator[tuple[int, Span]]:
    """Yield the minutes of maintenance that are left out of what is measured, by subject."""
    for piece in excluded(announced, zone, IN_FORCE):
        menu = service.menu(piece.menu_id) if piece.menu_id is not None else None
        if menu is not None or piece.menu_id is None:
            yield menu.index if menu else OTHER_MENU_INDEX, piece.span


def _corrections(service: Service, corrections: Iterable[Correction]) -> Iterator[tuple[int, Span]]:
    """Yield the minutes that auditors let be judged anew, by subject."""
    for correction in corrections:
        menu = service.menu(correction.menu_id) if correction.menu_id is not None else None
        if correction.approved_at is not None and (menu is not None or correction.menu_id is None):
            yield menu.index if menu else OTHER_MENU_INDEX, Span(minute_of(correction.start), minute_of(correction.end))
