"""STORY 1. Telemetry comes in: decoded columns are attributed to menus, rolled up into minutes, and submitted; a receipt goes out.

When a function here returns, what it accepted is durable.
"""

import hashlib
from collections import Counter as Tally
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np

from observatory.flows.vantages import source_of
from observatory.model.catalogue import Catalogue
from observatory.model.columns import DecodedBodies, ProbeRows, RequestColumns
from observatory.model.delivery import Delivery, Receipt, Sender
from observatory.model.metric_points import MetricPoints
from observatory.rollup.attribution import Attribution
from observatory.rollup.minutes import RolledUp, no_counters, probe_counters, roll_up, roll_up_each
from observatory.rollup.points.counters import place_points
from observatory.rollup.points.updates import Counted, SeriesUpdates, count_deltas
from observatory.rollup.probe_names import attribute_probes
from observatory.rollup.sending import notes_of_counted, notes_of_strays
from observatory.store.register import RegisterStore
from observatory.store.telemetry import Batch, TelemetryWriter

LATE_MAX = timedelta(hours=72)
"""What network doors take: older records would change what was published for good."""
ROW_BYTES = 128
"""What a row of counters weighs; its histogram is no longer than what it was made of, which is weighed as well."""
BATCH_OVERHEAD_BYTES = 512
"""What a batch without a single row weighs."""
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
    rows: ProbeRows, vantage: str, delivery: Delivery, catalogue: Catalogue, register: RegisterStore, writer: TelemetryWriter
) -> Receipt:
    """Store probe results as `take_in` does records; `vantage` is where they were made, registered with its first one that counts.

    Raises Conflict too, then nothing was stored: there are no more vantages.
    """
    attributed = attribute_probes(rows, catalogue, delivery.sender.service_ids)
    rolled = probe_counters(rows, attributed, delivery.received_at, _oldest(delivery))
    if rolled.accepted:
        rolled = rolled.of_source(source_of(register, vantage))
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
