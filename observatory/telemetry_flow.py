"""FLOW 1. Telemetry comes in and becomes what is published; read from top to bottom.

bytes -> RequestColumns -> MinuteCounters (`take_in`) -> verdicts -> incidents -> day strips (`judge_service`)
-> figures (`figures_of`) ; `forget_old` ends what is past its retention.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from observatory.model.catalogue import Catalogue
from observatory.model.columns import ProbeRows, RequestColumns
from observatory.rollup.attribution import Attribution
from observatory.rollup.minutes import RolledUp, probe_counters, roll_up
from observatory.rollup.probe_names import attribute_probes
from observatory.store.interface import Batch, ImportPosition, TelemetryWriter


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a body, and for which services it may speak."""

    name: str
    """Token id, "admin" or "import": part of the duplicate key, never a secret."""
    service_ids: frozenset[str] | None
    """None: every service."""
    backfill: bool = False
    """Whether records of any age are welcome (commands on this host); else 72 hours."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of the records of one body."""

    accepted: int
    rejected: Mapping[str, int] = field(default_factory=dict)
    """Count by reason: unknown_service, out_of_scope, too_late, ..."""
    skipped: int = 0
    clamped: int = 0
    duplicate: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a body came."""

    sender: Sender
    received_at: datetime
    key: bytes | None = None
    """`duplicate_key`, or None where the position in a file tells what is new."""
    position: ImportPosition | None = None
    body_bytes: int = 0
    """What the body weighs while its sender waits."""


LATE_MAX = timedelta(hours=72)
"""What network doors take: older records would change what was published for good."""
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
    return _store(rolled, attributed.rejected, columns.skipped_count, delivery, writer)


def take_in_probes(rows: ProbeRows, source: int, delivery: Delivery, catalogue: Catalogue, writer: TelemetryWriter) -> Receipt:
    """Store probe results as `take_in` does records; `source` is the number of the vantage that made them."""
    attributed = attribute_probes(rows, catalogue, delivery.sender.service_ids)
    rolled = probe_counters(rows, attributed, source, delivery.received_at, _oldest(delivery))
    return _store(rolled, attributed.rejected, 0, delivery, writer)


def _oldest(delivery: Delivery) -> datetime | None:
    return None if delivery.sender.backfill else delivery.received_at - LATE_MAX


def _store(rolled: RolledUp, rejected: Mapping[str, int], skipped: int, delivery: Delivery, writer: TelemetryWriter) -> Receipt:
    """Hand the counters to the writer and wait; a body without any is stored only if it moves a file's position."""
    counters = rolled.counters
    fresh = True
    if len(counters) or delivery.position is not None:
        weight = delivery.body_bytes + counters.values.nbytes + 2 * counters.bucket_count.nbytes + BATCH_OVERHEAD_BYTES
        fresh = writer.submit(Batch(counters, delivery.received_at, delivery.key, delivery.position, weight))
    reasons = {**rejected, "too_late": rolled.too_late} if rolled.too_late else dict(rejected)
    return Receipt(rolled.accepted, reasons, skipped, rolled.clamped, duplicate=not fresh)
