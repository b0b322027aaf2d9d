"""FLOW 1. Telemetry comes in and becomes what is published; read from top to bottom.

bytes -> RequestColumns -> MinuteCounters (`take_in`) -> verdicts -> incidents -> day strips (`judge_service`)
-> figures (`figures_of`) ; `look_into` follows a minute back to its records ; `forget_old` ends what is past its retention.
"""

import hashlib
from collections import Counter as Tally
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import NamedTuple, Protocol

import numpy as np

from observatory.judge import accounting, judging, tally
from observatory.judge.days import CivilDay, Span, civil_day, day_of, minute_of, moment_of
from observatory.judge.explaining import Explanation, explain_minute
from observatory.judge.standing import Standing, day_mark, in_disagreement, standing
from observatory.judge.verdicts import Rules
from observatory.model.catalogue import OTHER_MENU_INDEX, Catalogue, Service
from observatory.model.columns import DecodedBodies, ProbeRows, RequestColumns
from observatory.model.exemplar import Exemplar
from observatory.model.figure import DayMark, ServiceFigures, Window
from observatory.model.metric_points import MetricPoints
from observatory.rollup import latency
from observatory.rollup.attribution import Attribution
from observatory.rollup.minutes import RolledUp, no_counters, probe_counters, roll_up, roll_up_each
from observatory.rollup.point_counters import place_points
from observatory.rollup.point_updates import Counted, SeriesUpdates, count_deltas
from observatory.rollup.probe_names import attribute_probes
from observatory.rollup.sending import notes_of_counted, notes_of_strays
from observatory.store.books import ServiceBooks
from observatory.store.interface import (
    Batch,
    CatalogueRegister,
    ImportPosition,
    RegisterStore,
    TelemetryReader,
    TelemetryStore,
    TelemetryWriter,
    Unjudged,
)

NOTHING_REJECTED: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a body, and for which services it may speak."""

    name: str
    """Token id, "admin" or "import": part of the duplicate key, never a secret."""
    service_ids: frozenset[str] | None
    """None: every service."""
    backfill: bool = False
    """Whether records of any age are welcome (commands on this host); else 72 hours."""


class Receipt(NamedTuple):
    """What became of the records of one body."""

    accepted: int
    rejected: Mapping[str, int] = NOTHING_REJECTED
    """Count by reason: unknown_service, out_of_scope, too_late, ..."""
    skipped: int = 0
    clamped: int = 0
    duplicate: bool = False


class Delivery(NamedTuple):
    """How a body came."""

    sender: Sender
    received_at: datetime
    key: bytes | None = None
    """`duplicate_key`, or None where the position in a file tells what is new."""
    position: ImportPosition | None = None
    body_bytes: int = 0
    """What the body weighs while its sender waits."""


@dataclass(frozen=True, slots=True)
class MinuteAccount:
    """One minute of a service, down to its records."""

    service: Service
    explanation: Explanation
    exemplars: tuple[Exemplar, ...]
    vantages: Mapping[int, str]
    """Names of probe vantages, by source."""


LATE_MAX = timedelta(hours=72)
"""What network doors take: older records would change what was published for good."""
ROW_BYTES = 128
"""What a row of counters weighs; its histogram is no longer than what it was made of, which is weighed as well."""
BATCH_OVERHEAD_BYTES = 512
"""What a batch without a single row weighs."""
DUPLICATES_KEPT = timedelta(minutes=60)
"""For how long the same body again is a duplicate."""

_compiled: list[tuple[Catalogue, Attribution]] = []


def attribution_of(catalogue: Catalogue) -> Attribution:
    """Return the look-ups of a catalogue, compiled once as long as the very same object is asked about."""
    for known, attribution in tuple(_compiled):
        if known is catalogue:
            return attribution
    attribution = Attribution(catalogue)
    _compiled[:] = [(catalogue, attribution)]
    return attribution


def duplicate_key(sender: Sender, door: str, body: bytes) -> bytes:
    """Return what marks a body as sent before: SHA-256 over who sent it, to which door, and its inflated bytes."""
    digest = hashlib.sha256(f"{sender.name}\n{door}\n".encode())
    digest.update(body)
    return digest.digest()


def take_in(
    columns: RequestColumns, delivery: Delivery, catalogue: Catalogue, writer: TelemetryWriter, fixed_service: str | None = None
) -> Receipt:
    """Store the records of one body and say what became of them; when it returns, what it accepted is durable.

    `fixed_service` is the id of the service all records belong to; without it their resource tells. Raises Overloaded,
    then nothing was stored.
    """
    attributed = attribution_of(catalogue).attribute(columns, delivery.sender.service_ids, fixed_service)
    rolled = roll_up(columns, attributed, delivery.received_at, _oldest(delivery))
    writer.note(notes_of_strays(attributed, columns.source, [delivery.sender.name], delivery.received_at))
    return _store(rolled, attributed.rejected, columns.skipped_count, delivery, writer)


def take_in_many(
    decoded: DecodedBodies, deliveries: Sequence[Delivery], catalogue: Catalogue, writer: TelemetryWriter
) -> list[Receipt | Exception]:
    """Do the same for bodies that came through network doors at one moment; return what became of each, or why it was refused.

    Each is stored or not by itself.
    """
    columns, ends, received_at = decoded.columns, decoded.ends, deliveries[0].received_at
    scopes: dict[tuple[str, frozenset[str] | None], int] = {}
    of_body = [scopes.setdefault((delivery.sender.name, delivery.sender.service_ids), len(scopes)) for delivery in deliveries]
    attributed = attribution_of(catalogue).attribute_each(columns, [ids for _, ids in scopes], np.repeat(of_body, decoded.lengths))
    rolled = roll_up_each(columns, ends, attributed, received_at, received_at - LATE_MAX)
    rejected = attributed.rejected_each(ends)
    batches = [_batch(each, delivery, None) for each, delivery in zip(rolled, deliveries, strict=True)]
    stored = iter(writer.submit_all([batch for batch in batches if batch is not None]))
    receipts: list[Receipt | Exception] = []
    notes = notes_of_strays(attributed, columns.source, [name for name, _ in scopes], received_at)
    for each, reasons, skipped, batch, error in zip(rolled, rejected, decoded.skipped, batches, decoded.errors, strict=True):
        fresh = next(stored) if batch is not None else True
        failed = error or (fresh if isinstance(fresh, Exception) else None)
        receipts.append(failed or _receipt(each, reasons, skipped, fresh=bool(fresh)))
    sent = zip(rolled, deliveries, receipts, strict=True)
    fresh_ones = (
        (each, delivery.sender.name) for each, delivery, receipt in sent if isinstance(receipt, Receipt) and not receipt.duplicate
    )
    writer.note(notes + notes_of_counted(fresh_ones, received_at))
    return receipts


def take_in_probes(
    rows: ProbeRows, vantage: str, delivery: Delivery, catalogue: Catalogue, register: CatalogueRegister, writer: TelemetryWriter
) -> Receipt:
    """Store probe results as `take_in` does records; `vantage` is where they were made, registered with its first one that counts.

    Raises Conflict too, then nothing was stored: there are no more vantages.
    """
    attributed = attribute_probes(rows, catalogue, delivery.sender.service_ids)
    rolled = probe_counters(rows, attributed, delivery.received_at, _oldest(delivery))
    if rolled.accepted:
        rolled = rolled.of_source(register.vantage(vantage))
    return _store(rolled, attributed.rejected, 0, delivery, writer)


def take_in_points(points: MetricPoints, delivery: Delivery, catalogue: Catalogue, writer: TelemetryWriter) -> Receipt:
    """Store data points of metrics as `take_in` does records; accepted and rejected are points, each of many requests."""
    attributed = attribution_of(catalogue).attribute(points.columns, delivery.sender.service_ids)
    placed, oldest = place_points(points, attributed), _oldest(delivery)
    writer.note(notes_of_strays(attributed, points.columns.source, [delivery.sender.name], delivery.received_at))
    deltas = count_deltas([each for each in placed if not each.point.cumulative], delivery.received_at, oldest)
    series = SeriesUpdates([each for each in placed if each.point.cumulative], delivery.received_at, oldest)
    stored = _store(deltas.rolled, {**attributed.rejected, **points.rejected}, points.columns.skipped_count, delivery, writer, series)
    later = series.counted or Counted(RolledUp(no_counters(), len(series), 0, 0), {})
    writer.note(notes_of_counted([(later.rolled, delivery.sender.name)], delivery.received_at))
    rejected = Tally(stored.rejected) + Tally(deltas.rejected) + Tally(later.rejected) + Tally(too_late=later.rolled.too_late)
    return stored._replace(
        accepted=stored.accepted + later.rolled.accepted, rejected=dict(rejected), clamped=stored.clamped + later.rolled.clamped
    )


def _oldest(delivery: Delivery) -> datetime | None:
    return None if delivery.sender.backfill else delivery.received_at - LATE_MAX


def _store(
    rolled: RolledUp,
    rejected: Mapping[str, int],
    skipped: int,
    delivery: Delivery,
    writer: TelemetryWriter,
    series: SeriesUpdates | None = None,
) -> Receipt:
    """Hand the counters to the writer and wait; a body without any is stored only if it moves a file's position."""
    batch = _batch(rolled, delivery, series)
    fresh = writer.submit(batch) if batch is not None else True
    if fresh:
        writer.note(notes_of_counted([(rolled, delivery.sender.name)], delivery.received_at))
    return _receipt(rolled, rejected, skipped, fresh=fresh)


def _batch(rolled: RolledUp, delivery: Delivery, series: SeriesUpdates | None) -> Batch | None:
    """Return what is to be stored of a body, None if that is nothing."""
    rows = rolled.rows
    if not (len(rows) or series or delivery.position is not None):
        return None
    exemplar_bytes = rolled.exemplars.size_bytes if len(rolled.exemplars) else 0
    weight = delivery.body_bytes + len(rows) * ROW_BYTES + exemplar_bytes + BATCH_OVERHEAD_BYTES
    return Batch(rows, delivery.received_at, delivery.key, delivery.position, weight, rolled.exemplars, series)


def _receipt(rolled: RolledUp, rejected: Mapping[str, int], skipped: int, *, fresh: bool) -> Receipt:
    reasons = {**rejected, "too_late": rolled.too_late} if rolled.too_late else rejected
    return Receipt(rolled.accepted, reasons, skipped, rolled.clamped, duplicate=not fresh)


class Stores(Protocol):
    """Where the judge reads and writes; `web.context.Parts` has it all."""

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

    Verdicts, incidents, strips and the loads of days that are over are stored; minutes after `now` keep no verdict. Incidents
    go first and `seen` is cleared last, so whatever is interrupted is judged again, with the same result. One judge at a time.
    """
    rules, horizon = rules_of(service, stores.register), minute_of(now) + 1
    changed = Span(horizon - judging.TICK_MINUTES, horizon) if seen is None else Span(seen.first_minute, seen.last_minute + 1)
    later = judging.echo(changed, horizon)
    touched = False
    for portion in judging.portions(changed, rules):
        _fold_late_rows(rules, portion.span, stores)
        touched |= _judge_portion(rules, portion, None if len(later) or not portion.whole else seen, stores, now)
    if len(later):
        _judge_echo(rules, later if touched else Span(horizon, horizon), stores, now)
        stores.writer.run(lambda store: store.keep_judged(seen, service.index, (), ()))


def sum_days(service: Service, first_day: date, stores: Stores, now: datetime) -> None:
    """Keep the loads of the days from `first_day` on that ended since they were judged; those that have some are left alone."""
    rules, books = rules_of(service, stores.register), ServiceBooks(service, stores.register, stores.telemetry)
    today = day_of(minute_of(now), rules.zone)
    days = [civil_day(first_day + timedelta(days=offset), rules.zone) for offset in range((today - first_day).days)]
    summed = {load.day for load in books.loads(first_day, today)}
    waiting = [day for day in days if day.day not in summed and judging.is_over(day, minute_of(now) + 1)]
    if loads := judging.sum_days(books, rules, waiting):
        stores.writer.run(lambda store: store.keep_judged(None, service.index, (), loads))


def rules_of(service: Service, register: RegisterStore) -> Rules:
    """Return what the method needs to know of a service."""
    series = {(each.menu, each.source): each.interval_s for each in register.probe_series(service.index)}
    return Rules(service, register.catalogue().site.zone, series)


def figures_of(service: Service, window: Window, register: RegisterStore, telemetry: TelemetryReader, now: datetime) -> ServiceFigures:
    """Return the figures of a service and its menus in a window of `judge.windows`, which may reach into the future."""
    books = ServiceBooks(service, register, telemetry)
    return accounting.figures_in(books, rules_of(service, register), window, latency.percentile, now)


def states_of(service: Service, register: RegisterStore, telemetry: TelemetryReader, now: datetime) -> tuple[Standing, ...]:
    """Return how a service stands now, and since when, and after that each of its menus."""
    today, minute = day_of(minute_of(now), register.catalogue().site.zone), minute_of(now)
    strips = telemetry.strips(service.index, today - timedelta(days=1), today + timedelta(days=1))

    def stand(menu_id: str | None, index: int) -> Standing:
        newest = next(iter(register.incidents(service.id, menu_id, limit=1)), None)
        of_subject = [strip for strip in strips if strip.menu == index]
        disagreement = in_disagreement(of_subject, minute, service.low_traffic_block_minutes)
        return replace(standing(menu_id, of_subject, newest, minute), disagreement=disagreement)

    return (stand(None, OTHER_MENU_INDEX), *(stand(menu.id, menu.index) for menu in service.menus))


def day_marks(
    service: Service, register: RegisterStore, telemetry: TelemetryReader, now: datetime, days_count: int = 90
) -> tuple[DayMark, ...]:
    """Return the last local days of a service, today last."""
    zone, horizon = register.catalogue().site.zone, minute_of(now)
    today = day_of(horizon, zone)
    days = [civil_day(today - timedelta(days=ago), zone) for ago in range(days_count - 1, -1, -1)]
    days_at_once = max(1, accounting.STRIPS_AT_ONCE // (len(service.menus) + 1))
    marks: list[DayMark] = []
    for start in range(0, days_count, days_at_once):
        some = days[start : start + days_at_once]
        strips = tally.by_subject(telemetry.strips(service.index, some[0].day, some[-1].day + timedelta(days=1))).get(OTHER_MENU_INDEX, {})
        marks += [day_mark(day.day, tally.minutes_by_class(strips, day.span.within(Span(0, horizon)), service.hours, zone)) for day in some]
    return tuple(marks)


def look_into(service: Service, minute: int, register: RegisterStore, telemetry: TelemetryReader, now: datetime) -> MinuteAccount:
    """Return why a minute of a service was judged as it was, and the records that are kept of it."""
    books = ServiceBooks(service, register, telemetry)
    explanation = explain_minute(books, rules_of(service, register), minute, now)
    return MinuteAccount(service, explanation, tuple(telemetry.exemplars(service.index, minute)), register.vantages())


def believed_now(telemetry: TelemetryReader, now: datetime) -> datetime:
    """Return `now`, or the last moment before the clock leapt ahead until it may be believed that it did so rightly."""
    minute = minute_of(now)
    believed = telemetry.believed_minute(minute)
    return now if believed >= minute else moment_of(believed)


def forget_old(stores: Stores, now: datetime, minutes_kept_days: int, strips_kept_days: int) -> int:
    """Delete a bounded amount of what is past its retention; return how many rows, 0 when there is nothing left."""
    today = now.astimezone(stores.register.catalogue().site.zone).date()
    return stores.writer.run(
        lambda store: store.forget(
            now, now - DUPLICATES_KEPT, minute_of(now - timedelta(days=minutes_kept_days)), today - timedelta(days=strips_kept_days)
        )
    )


def _judge_portion(rules: Rules, portion: judging.Portion, seen: Unjudged | None, stores: Stores, now: datetime) -> bool:
    """Judge and store a portion; return whether that changed anything."""
    books = ServiceBooks(rules.service, stores.register, stores.telemetry)
    judgement = judging.judge_portion(books, rules, portion, now)
    if judgement.incidents.keep or judgement.incidents.drop:
        stores.register.keep_incidents(rules.service.id, judgement.incidents.keep, judgement.incidents.drop)
    if seen is not None or judgement.strips or judgement.loads:
        stores.writer.run(lambda store: store.keep_judged(seen, rules.service.index, judgement.strips, judgement.loads))
    return bool(judgement.strips)


def _judge_echo(rules: Rules, span: Span, stores: Stores, now: datetime) -> None:
    """Judge again what was expected by what changed: as far as that, or what it changes in its turn, is looked back to."""
    horizon, first, end = minute_of(now) + 1, span.first, span.end
    while first < end:
        portion = next(judging.portions(Span(first, end), rules))
        if _judge_portion(rules, judging.Portion(portion.span, whole=True), None, stores, now):
            end = max(end, judging.echo(portion.span, horizon).end)
        first = portion.span.end


def _fold_late_rows(rules: Rules, span: Span, stores: Stores) -> None:
    """Fold rows that came for settled days into what is kept of those days, so that they can be judged from that."""
    zone, index = rules.zone, rules.service.index
    strips = stores.telemetry.strips(index, day_of(span.first, zone), day_of(span.end - 1, zone) + timedelta(days=1))
    for day in sorted({strip.day for strip in strips if strip.settled}):
        stores.writer.run(partial(_fold_day, rules, civil_day(day, zone)))


def _fold_day(rules: Rules, day: CivilDay, store: TelemetryStore) -> None:
    """Fold one day on the writer's thread, where nothing comes in between."""
    index, next_day = rules.service.index, day.day + timedelta(days=1)
    rows = store.minutes(index, day.span.first, day.span.end)
    if len(rows):
        folded = judging.fold(rules, day, rows, store.strips(index, day.day, next_day), store.loads(index, day.day, next_day))
        store.keep_judged(None, index, folded.strips, folded.loads, folded=True)
