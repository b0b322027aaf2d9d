"""Make figures and days of what was judged, as they are published, and follow a minute back to its records."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from observatory.judge import accounting, tally
from observatory.judge.current_state import day_mark
from observatory.judge.days import CivilDay, Span, civil_day, day_of, minute_of, moment_of
from observatory.judge.explaining import explain_minute
from observatory.judge.explanation import Explanation
from observatory.judge.kept_days import KeptDays
from observatory.judge.service_rules import Rules
from observatory.model.catalogue import OTHER_MENU_INDEX, Service
from observatory.model.day import DayStrip
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
    begun = None if telemetry is None else observed_since(service, register, telemetry)
    return begun is not None and at >= begun


def observed_since(service: Service, register: RegisterStore, telemetry: TelemetryReader) -> datetime | None:
    """Return when a service was registered or first heard of, whichever is earlier; None: it never was."""
    minute = accounting.observed_from(StoredHistory(service, register, telemetry))
    return None if minute is None else moment_of(minute)


def day_marks(
    service: Service, register: RegisterStore, telemetry: TelemetryReader, now: datetime, days_count: int = 90
) -> tuple[DayMark, ...]:
    """Return the last local days of a service, today last."""
    rules, horizon = rules_of(service, register), minute_of(now)
    today = day_of(horizon, rules.zone)
    first = today - timedelta(days=days_count - 1)
    kept = KeptDays(tally.accounts_by_subject(telemetry.day_accounts(service.index, first, today, OTHER_MENU_INDEX)), {})
    return tuple(
        day_mark(day.day, _minutes_of_day(service, rules, telemetry, kept, day, Span(0, horizon)))
        for day in (civil_day(first + timedelta(days=offset), rules.zone) for offset in range(days_count))
    )


def _minutes_of_day(
    service: Service, rules: Rules, telemetry: TelemetryReader, kept: KeptDays, day: CivilDay, passed: Span
) -> NDArray[np.int64]:
    """Return how many minutes of each class a service had on a day so far: by its strip where the account is not enough."""
    accounts, strips = kept.accounts.get(OTHER_MENU_INDEX, {}), dict[date, DayStrip]()
    if not kept.tell_minutes(day, passed, rules.hours):
        found = telemetry.strips(service.index, day.day, day.day + timedelta(days=1))
        strips = tally.by_subject(found).get(OTHER_MENU_INDEX, {})
    return tally.minutes_by_class(strips, day.span.within(passed), rules.hours, accounts)


def look_into(service: Service, minute: int, register: RegisterStore, telemetry: TelemetryReader, now: datetime) -> MinuteAccount:
    """Return why a minute of a service was judged as it was, and the records that are kept of it."""
    history = StoredHistory(service, register, telemetry)
    explanation = explain_minute(history, rules_of(service, register), minute, now)
    with register.look() as books:
        vantages = books.probes.vantages()
    return MinuteAccount(service, explanation, tuple(telemetry.exemplars(service.index, minute)), vantages)
