"""Take in requests: decoded columns are attributed to menus, rolled up into minutes, submitted, and answered by a receipt.

When a function here returns, what it accepted is durable.
"""

from collections.abc import Sequence

import numpy as np

from observatory.flows.submitting import LATE_MAX, batch_of, oldest_taken, receipt_of, store_one
from observatory.model.catalogue import Catalogue
from observatory.model.columns import DecodedBodies, RequestColumns
from observatory.model.delivery import Delivery, Receipt
from observatory.model.left_out import LeftOut
from observatory.model.minute import Counter
from observatory.rollup.attribution import Attribution
from observatory.rollup.minutes import roll_up, roll_up_each
from observatory.rollup.sending import notes_of_counted, notes_of_strays
from observatory.store.telemetry_writer import TelemetryWriter


def take_in(
    columns: RequestColumns,
    delivery: Delivery,
    catalogue: Catalogue,
    writer: TelemetryWriter,
    fixed_service: str | None = None,
    refused_lines: int = 0,
) -> Receipt:
    """Store the records of one body and say what became of them; when it returns, what it accepted is durable.

    `fixed_service` is the id of the service all records belong to; without it their resource tells. `refused_lines` of that
    service could not be read. Raises Overloaded, then nothing was stored.
    """
    attributed = catalogue.derived(Attribution).attribute(columns, delivery.sender.service_ids, fixed_service)
    rolled = roll_up(columns, attributed, delivery.received_at, oldest_taken(delivery))
    if refused_lines and (service := catalogue.service(fixed_service or "")) is not None:
        rolled = rolled.with_left_out([LeftOut(service.index, "rejected", refused_lines)])
    writer.note(notes_of_strays(attributed, columns.source, [delivery.sender.name], delivery.received_at))
    excluded = int(rolled.counters.values[:, Counter.EXCLUDED].sum())
    receipt = store_one(rolled, attributed.rejected, columns.skipped_count, delivery, writer, catalogue.site.zone)
    return receipt._replace(excluded=excluded)


def take_in_many(
    decoded: DecodedBodies, deliveries: Sequence[Delivery], catalogue: Catalogue, writer: TelemetryWriter
) -> list[Receipt | Exception]:
    """Do the same for bodies that came through network doors at one moment; return what became of each, or why it was refused.

    Each is stored or not by itself.
    """
    columns, ends, received_at = decoded.columns, decoded.ends, deliveries[0].received_at
    scopes: dict[tuple[str, frozenset[str] | None], int] = {}
    of_body = [scopes.setdefault((delivery.sender.name, delivery.sender.service_ids), len(scopes)) for delivery in deliveries]
    attributed = catalogue.derived(Attribution).attribute_each(columns, [ids for _, ids in scopes], np.repeat(of_body, decoded.lengths))
    rolled = roll_up_each(columns, ends, attributed, received_at, received_at - LATE_MAX)
    rejected = attributed.rejected_each(ends)
    batches = [batch_of(each, delivery, catalogue.site.zone) for each, delivery in zip(rolled, deliveries, strict=True)]
    stored = iter(writer.submit_all([batch for batch in batches if batch is not None]))
    receipts: list[Receipt | Exception] = []
    notes = notes_of_strays(attributed, columns.source, [name for name, _ in scopes], received_at)
    for each, reasons, skipped, batch, error in zip(rolled, rejected, decoded.skipped, batches, decoded.errors, strict=True):
        fresh = next(stored) if batch is not None else True
        failed = error or (fresh if isinstance(fresh, Exception) else None)
        receipts.append(failed or receipt_of(each, reasons, skipped, fresh=bool(fresh)))
    sent = zip(rolled, deliveries, receipts, strict=True)
    fresh_ones = (
        (each, delivery.sender.name) for each, delivery, receipt in sent if isinstance(receipt, Receipt) and not receipt.duplicate
    )
    writer.note(notes + notes_of_counted(fresh_ones, received_at))
    return receipts
