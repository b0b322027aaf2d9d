"""Make figures, states and days of what was judged, as they are published, and follow a minute back to its records."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from observatory.judge import accounting, tally
from observatory.judge.current_state import CurrentState, current_state, day_mark, in_disagreement
from observatory.judge.days import Span, civil_day, day_of, minute_of, moment_of
from observatory.judge.explaining import explain_minute
from observatory.judge.explanation import Explanation
from observatory.model.catalogue import OTHER_MENU_INDEX, Service
from observatory.model.exemplar import Exemplar
from observatory.model.figure import DayMark, ServiceFigures, Window
from observatory.rollup import latency
from observatory.store.register import RegisterStore
from observatory.store.service_history import StoredHistory, rules_of
from observatory.store.telemetry import TelemetryReader


@dataclass(frozen=True, slots=True)
class MinuteAccount:
    """One minute of a service, down to its records."""

    service: Service
    explanation: Explanation
    exemplars: tuple[Exemplar, ...]
    vantages: Mapping[int, str]
    """Names of probe vantages, by source."""


def figures_of(service: Service, window: Window, register: RegisterStore, telemetry: TelemetryReader, now: datetime) -> ServiceFigures:
    """Return the figures of a service and its menus in a window of `judge.windows`, which may reach into the future.

    A removed service is frozen: nothing that comes after it left the catalogue counts.
    """
    if service.removed:
        with register.look() as books:
            now = min(now, books.services.removed_at(service.id) or now)
    history = StoredHistory(service, register, telemetry)
    return accounting.figures_in(history, rules_of(service, register), window, latency.percentile, now)


def was_observed(service: Service, at: datetime, register: RegisterStore, telemetry: TelemetryReader | None) -> bool:
    """Return whether a service was registered by then or, as far as `telemetry` tells, heard of."""
    with register.look() as books:
        registered_at = books.services.registered_at(service.id)
    if registered_at is None or at >= registered_at.replace(second=0, microsecond=0):
        return True
    begun = None if telemetry is None else accounting.observed_from(StoredHistory(service, register, telemetry))
    return begun is not None and at >= moment_of(begun)


def states_of(service: Service, register: RegisterStore, telemetry: TelemetryReader, now: datetime) -> tuple[CurrentState, ...]:
    """Return how a service stands now, and since when, and after that each of its menus."""
    minute, rules = minute_of(now), rules_of(service, register)
    today, closed_since = day_of(minute, rules.zone), rules.hours.closed_since(minute)
    strips = telemetry.strips(service.index, today - timedelta(days=1), today + timedelta(days=1))
    subjects = [None, *(menu.id for menu in service.menus)]
    with register.look() as books:
        newest = {menu_id: next(iter(books.incidents.incidents(service.id, menu_id, limit=1)), None) for menu_id in subjects}

    def stand(menu_id: str | None, index: int) -> CurrentState:
        of_subject = [strip for strip in strips if strip.menu == index]
        disagreement = in_disagreement(of_subject, minute, rules.blocks.on(today), rules.method)
        maintained = next((span for span in rules.maintenance_of(index) if span.first <= minute < span.end), None)
        state = current_state(menu_id, of_subject, newest[menu_id], minute, rules.method, closed_since, maintained)
        return replace(state, disagreement=disagreement)

    return (stand(None, OTHER_MENU_INDEX), *(stand(menu.id, menu.index) for menu in service.menus))


def day_marks(
    service: Service, register: RegisterStore, telemetry: TelemetryReader, now: datetime, days_count: int = 90
) -> tuple[DayMark, ...]:
    """Return the last local days of a service, today last."""
    rules, horizon = rules_of(service, register), minute_of(now)
    zone = rules.zone
    today = day_of(horizon, zone)
    days = [civil_day(today - timedelta(days=ago), zone) for ago in range(days_count - 1, -1, -1)]
    days_at_once = max(1, accounting.STRIPS_AT_ONCE // (len(service.menus) + 1))
    marks: list[DayMark] = []
    for start in range(0, days_count, days_at_once):
        some = days[start : start + days_at_once]
        strips = tally.by_subject(telemetry.strips(service.index, some[0].day, some[-1].day + timedelta(days=1))).get(OTHER_MENU_INDEX, {})
        marks += [day_mark(day.day, tally.minutes_by_class(strips, day.span.within(Span(0, horizon)), rules.hours)) for day in some]
    return tuple(marks)


def look_into(service: Service, minute: int, register: RegisterStore, telemetry: TelemetryReader, now: datetime) -> MinuteAccount:
    """Return why a minute of a service was judged as it was, and the records that are kept of it."""
    history = StoredHistory(service, register, telemetry)
    explanation = explain_minute(history, rules_of(service, register), minute, now)
    with register.look() as books:
        vantages = books.probes.vantages()
    return MinuteAccount(service, explanation, tuple(telemetry.exemplars(service.index, minute)), vantages)
