"""Judge the minutes that changed: verdicts, incidents, day strips and load times are stored, and what waits is cleared last."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Protocol

from observatory.flows.corrections import withhold
from observatory.flows.server_source import choose_source
from observatory.judge import judging
from observatory.judge.days import CivilDay, Span, civil_day, day_of, minute_of
from observatory.judge.newly_observed import newly_observed
from observatory.judge.service_rules import Rules
from observatory.model.catalogue import Service
from observatory.store.register import RegisterStore
from observatory.store.service_history import StoredHistory, rules_of
from observatory.store.telemetry import TelemetryReader, TelemetryStore, Unjudged
from observatory.store.telemetry_writer import TelemetryWriter


class Stores(Protocol):
    """Where the judge reads and writes; `parts.Parts` has it all."""

    @property
    def register(self) -> RegisterStore:
        """Who is observed, and what failed."""

    @property
    def telemetry(self) -> TelemetryReader:
        """What came in."""

    @property
    def writer(self) -> TelemetryWriter:
        """The way to write telemetry."""


def judge_all(stores: Stores, now: datetime) -> None:
    """Judge all that was stored and waits."""
    stores.writer.flush()
    services = {service.index: service for service in stores.register.catalogue().services}
    for seen in stores.telemetry.unjudged():
        if seen.service in services:
            judge_service(services[seen.service], seen, stores, now)


def judge_service(service: Service, seen: Unjudged | None, stores: Stores, now: datetime) -> None:
    """Judge the minutes of a service that changed, or (None) the last ones, which may have passed in silence.

    Verdicts, incidents, strips and the load times of days that are over are stored; minutes after `now` keep no verdict. Incidents
    go first and `seen` is cleared last, so whatever is interrupted is judged again, with the same result. One judge at a time.
    """
    rules, horizon = rules_of(service, stores.register), minute_of(now) + 1
    changed = Span(horizon - judging.TICK_MINUTES, horizon) if seen is None else Span(seen.first_minute, seen.last_minute + 1)
    if choose_source(rules, StoredHistory(service, stores.register, stores.telemetry), changed, stores.register, now):
        rules = rules_of(service, stores.register)
    later = judging.dependent_on(changed, horizon, rules.method)
    touched = False
    for portion in judging.portions(changed, rules):
        _fold_late_rows(rules, portion.span, stores, now)
        touched |= _judge_portion(rules, portion, None if len(later) or not portion.whole else seen, stores, now)
    if len(later):
        _judge_dependents(rules, later if touched else Span(horizon, horizon), stores, now)
        stores.writer.write(lambda store: store.keep_judged(seen, service.index, (), ()))


def sum_days(service: Service, first_day: date, stores: Stores, now: datetime) -> None:
    """Keep the load times of the days from `first_day` on that ended since they were judged; those that have some are left alone."""
    rules, history = rules_of(service, stores.register), StoredHistory(service, stores.register, stores.telemetry)
    today = day_of(minute_of(now), rules.zone)
    days = [civil_day(first_day + timedelta(days=offset), rules.zone) for offset in range((today - first_day).days)]
    summed = {load.day for load in history.load_times(first_day, today)}
    waiting = [day for day in days if day.day not in summed and judging.is_over(day, minute_of(now) + 1, rules.method)]
    if load_times := judging.sum_days(history, rules, waiting):
        stores.writer.write(lambda store: store.keep_judged(None, service.index, (), load_times))


def _judge_portion(rules: Rules, portion: judging.Portion, seen: Unjudged | None, stores: Stores, now: datetime) -> bool:
    """Judge and store a portion; return whether that changed anything."""
    history = StoredHistory(rules.service, stores.register, stores.telemetry)
    judged = judging.judge_portion(history, rules, portion, now)
    if judged.incidents.keep or judged.withheld:
        with stores.register.change() as books:
            books.incidents.keep(judged.incidents.keep)
            withhold(books, rules.service, judged.withheld, now)
    if seen is not None or judged.strips or judged.load_times:
        begun = newly_observed(history, rules, judged.strips, now)
        stores.writer.write(
            lambda store: store.keep_judged(seen, rules.service.index, judged.strips, judged.load_times, at=now, begun=begun)
        )
    return bool(judged.strips)


def _judge_dependents(rules: Rules, span: Span, stores: Stores, now: datetime) -> None:
    """Judge again what was expected by what changed: as far as that, or what it changes in its turn, is looked back to."""
    horizon, first, end = minute_of(now) + 1, span.first, span.end
    while first < end:
        portion = next(judging.portions(Span(first, end), rules))
        if _judge_portion(rules, judging.Portion(portion.span, whole=True), None, stores, now):
            end = max(end, judging.dependent_on(portion.span, horizon, rules.method).end)
        first = portion.span.end


def _fold_late_rows(rules: Rules, span: Span, stores: Stores, now: datetime) -> None:
    """Fold rows that came for settled days into what is kept of those days, so that they can be judged from that."""
    zone, index = rules.zone, rules.service.index
    strips = stores.telemetry.strips(index, day_of(span.first, zone), day_of(span.end - 1, zone) + timedelta(days=1))
    for day in sorted({strip.day for strip in strips if strip.settled}):
        stores.writer.write(partial(_fold_day, rules, civil_day(day, zone), now))


def _fold_day(rules: Rules, day: CivilDay, now: datetime, store: TelemetryStore) -> None:
    """Fold one day on the writer's thread, where nothing comes in between."""
    index, next_day = rules.service.index, day.day + timedelta(days=1)
    rows = store.minutes(index, day.span.first, day.span.end)
    if len(rows):
        folded = judging.fold(rules, day, rows, store.strips(index, day.day, next_day), store.load_times(index, day.day, next_day))
        store.keep_judged(None, index, folded.strips, folded.load_times, folded=True, at=now)
