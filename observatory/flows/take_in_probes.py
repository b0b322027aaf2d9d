"""Take in probe results: each is attributed to the page it checked, counted for the place it was made from, and submitted."""

from observatory.flows.submitting import oldest_taken, store_one
from observatory.flows.vantages import source_of
from observatory.model.catalogue import Catalogue
from observatory.model.columns import ProbeRows
from observatory.model.delivery import Delivery, Receipt
from observatory.rollup.minutes import probe_counters
from observatory.rollup.probe_names import attribute_probes
from observatory.store.register import RegisterStore
from observatory.store.telemetry import TelemetryWriter


def take_in_probes(
    rows: ProbeRows,
    vantage: str,
    delivery: Delivery,
    catalogue: Catalogue,
    register: RegisterStore,
    writer: TelemetryWriter,
    *,
    of_agency: bool = False,
) -> Receipt:
    """Store probe results as `take_in` does records; `vantage` is where they were made, registered with its first one that counts.

    Those of an agency, which came with its token, are kept and shown and have no vote.
    Raises Conflict too, then nothing was stored: there are no more vantages.
    """
    attributed = attribute_probes(rows, catalogue, delivery.sender.service_ids)
    rolled = probe_counters(rows, attributed, delivery.received_at, oldest_taken(delivery))
    if rolled.accepted:
        rolled = rolled.of_source(source_of(register, vantage, of_agency=of_agency))
    return store_one(rolled, attributed.rejected, 0, delivery, writer)
