"""Take in probe results: each is attributed to the page it checked, counted for the place it was made from, and submitted."""

from observatory.flows.checks_seen import keep_seen
from observatory.flows.submitting import oldest_taken, store_one
from observatory.flows.vantages import Place, declare_intervals, source_of
from observatory.model.catalogue import Catalogue
from observatory.model.columns import ProbeRows
from observatory.model.delivery import Delivery, Receipt
from observatory.rollup.minutes import probe_counters
from observatory.rollup.probe_names import attribute_probes
from observatory.store.register import RegisterStore
from observatory.store.telemetry_writer import TelemetryWriter


def take_in_probes(
    rows: ProbeRows, place: Place, delivery: Delivery, catalogue: Catalogue, register: RegisterStore, writer: TelemetryWriter
) -> Receipt:
    """Store probe results as `take_in` does records; the place they were made from is registered with its first one that counts.

    Raises Conflict too, then nothing was stored: there are no more places.
    """
    attributed = attribute_probes(rows, catalogue, delivery.sender.service_ids)
    rolled = probe_counters(rows, attributed, delivery.received_at, oldest_taken(delivery))
    source = 0
    if rolled.accepted:
        source = source_of(register, place.name, of_agency=place.of_agency)
        rolled = rolled.of_source(source)
        if place.scheduled:
            declare_intervals(register, source, attributed, catalogue)
    receipt = store_one(rolled, attributed.rejected, 0, delivery, writer, catalogue.site.zone)
    if rolled.accepted and place.scheduled:
        keep_seen(register, source, rows, attributed, delivery.received_at)
    return receipt
