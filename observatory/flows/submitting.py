"""Submit what was rolled up of one body as one batch, and write its receipt once it is durable: a step of every story that stores."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from observatory.model.delivery import Delivery, Receipt, Sender
from observatory.rollup.minutes import RolledUp
from observatory.rollup.points.updates import SeriesUpdates
from observatory.rollup.sending import notes_of_counted
from observatory.store.telemetry import Batch
from observatory.store.telemetry_writer import TelemetryWriter

LATE_MAX = timedelta(hours=72)
"""What network doors take: older records would change what was published for good."""
ROW_BYTES = 128
"""What a row of counters weighs; its histogram is no longer than what it was made of, which is weighed as well."""
BATCH_OVERHEAD_BYTES = 512
"""What a batch without a single row weighs."""


def duplicate_key(sender: Sender, door: str, body: bytes) -> bytes:
    """Return what marks a body as sent before: SHA-256 over who sent it, to which door, and its inflated bytes."""
    digest = hashlib.sha256(f"{sender.name}\n{door}\n".encode())
    digest.update(body)
    return digest.digest()


def oldest_taken(delivery: Delivery) -> datetime | None:
    """Return the moment before which records are too late, None if they may be of any age."""
    return None if delivery.sender.backfill else delivery.received_at - LATE_MAX


def store_one(
    rolled: RolledUp,
    rejected: Mapping[str, int],
    skipped: int,
    delivery: Delivery,
    writer: TelemetryWriter,
    zone: ZoneInfo,
    series: SeriesUpdates | None = None,
) -> Receipt:
    """Hand the counters to the writer and wait; a body without any is stored only if it moves a file's position, or is to be told of."""
    batch = batch_of(rolled, delivery, zone, series)
    fresh = writer.submit(batch) if batch is not None else True
    if fresh:
        writer.note(notes_of_counted([(rolled, delivery.sender.name)], delivery.received_at))
    return receipt_of(rolled, rejected, skipped, fresh=fresh)


def batch_of(rolled: RolledUp, delivery: Delivery, zone: ZoneInfo, series: SeriesUpdates | None = None) -> Batch | None:
    """Return what is to be stored of a body, None if that is nothing; what is left out is told of the day of receipt in a zone."""
    rows = rolled.rows
    if not (len(rows) or series or rolled.left_out or delivery.position is not None):
        return None
    exemplar_bytes = rolled.exemplars.size_bytes if len(rolled.exemplars) else 0
    weight = delivery.body_bytes + len(rows) * ROW_BYTES + exemplar_bytes + BATCH_OVERHEAD_BYTES
    day = delivery.received_at.astimezone(zone).date() if rolled.left_out or series else None
    return Batch(rows, delivery.received_at, delivery.key, delivery.position, weight, rolled.exemplars, series, rolled.left_out, day)


def receipt_of(rolled: RolledUp, rejected: Mapping[str, int], skipped: int, *, fresh: bool) -> Receipt:
    """Return what became of a body."""
    reasons = {**rejected, "too_late": rolled.too_late} if rolled.too_late else rejected
    return Receipt(rolled.accepted, reasons, skipped, rolled.clamped, duplicate=not fresh)
