"""Find in the records of services which are of our own checks, by their trace ids, and who sends any at all."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from observatory.model.catalogue import Catalogue, Service, TelemetryIdentity
from observatory.model.check import TRACE_MARK
from observatory.model.columns import Offsets, RequestColumns
from observatory.model.delivery import Delivery

MARKED_AT_ONCE_MAX = 4096
"""Records of one moment that are looked at."""

_MARK = np.uint64(int.from_bytes(TRACE_MARK, "little"))
_MARK_BITS = np.uint64((1 << 8 * len(TRACE_MARK)) - 1)


class CheckTraces(NamedTuple):
    """What was found; services by number."""

    traced: frozenset[int]
    """Services of which some record may have a trace id."""
    seen: tuple[tuple[int, bytes], ...]
    """Service and trace id of records that look like those of our checks."""


NO_TRACES = CheckTraces(frozenset(), ())


def find_check_traces(columns: RequestColumns, ends: Offsets, deliveries: Sequence[Delivery], catalogue: Catalogue) -> CheckTraces:
    """Return what is in the records of some bodies, each of which counts for services its sender may speak for."""
    if not len(columns.trace_id) or not columns.trace_id.any():
        return NO_TRACES
    owners = [catalogue.derived(_ServicesByIdentity).get(identity) for identity in columns.resources]
    for resource, quarantined in enumerate(columns.quarantined):
        if quarantined:
            owners[resource] = None
    marked = np.flatnonzero((columns.trace_id[:, 0] & _MARK_BITS) == _MARK)[:MARKED_AT_ONCE_MAX].tolist()
    bodies = np.searchsorted(ends, marked, side="right").tolist()
    seen = (
        (_index(owners[columns.resource_index[row]], deliveries[body]), columns.trace_id[row].tobytes())
        for row, body in zip(marked, bodies, strict=True)
    )
    return CheckTraces(frozenset(_traced(columns, ends, deliveries, owners)) - {0}, tuple(each for each in seen if each[0]))


def _traced(columns: RequestColumns, ends: Offsets, deliveries: Sequence[Delivery], owners: Sequence[Service | None]) -> Iterator[int]:
    begun = 0
    for end, delivery in zip(ends.tolist(), deliveries, strict=True):
        if end > begun:
            resources = set(columns.resource_index[begun:end].tolist()) if len(owners) > 1 else (0,)
            yield from (_index(owners[resource], delivery) for resource in resources)
        begun = end


def _index(service: Service | None, delivery: Delivery) -> int:
    """Return the number of a service, 0 for none and for one that the sender may not speak for."""
    allowed = delivery.sender.service_ids
    return service.index if service is not None and (allowed is None or service.id in allowed) else 0


class _ServicesByIdentity(dict[TelemetryIdentity, Service]):
    """The services of a catalogue by what means them in telemetry."""

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__((identity, service) for service in catalogue.services if not service.removed for identity in service.telemetry)
