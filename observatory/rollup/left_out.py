"""Count what is left out of the records of each body, and what came late, by the service it is ascribed to. Method section 7."""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from observatory.model.columns import Offsets
from observatory.model.left_out import LEFT_OUT_REASONS, LeftOut, LeftOutReason
from observatory.rollup.attribution import NOT_PRODUCTION, REASONS, REJECTED, UNKNOWN_SERVICE, Attributed
from observatory.rollup.counting import MINUTE_MS, TOO_LATE, Counted

FINAL_AFTER_MINUTES, FINAL_AFTER_HOURS = 10, 72
"""`Method.provisional_minutes` and `Method.final_hours`: what is older than these is imported history, which is told apart."""

_REJECTED_AT, _QUARANTINED_AT, _LATE_AT = (LEFT_OUT_REASONS.index(reason) for reason in ("rejected", "quarantined", "late"))
_NOT = -1
_POSITIONS = np.array([_QUARANTINED_AT if reason in (UNKNOWN_SERVICE, NOT_PRODUCTION) else _REJECTED_AT for reason in REASONS], np.int64)


def left_out_each(attributed: Attributed, counted: Counted, ends: Offsets, received_ms: int) -> list[tuple[LeftOut, ...]]:
    """Return what is left out of each body, and what is late; nothing is looked at record by record where nothing is."""
    old = (counted.minute < _late(received_ms)[1]).any()
    if attributed.ascribed is None and not old and not counted.placed[:, TOO_LATE].any():
        return [()] * len(ends)
    service, position = attributed.service_index.astype(np.int64), np.full(len(counted.record_row), _NOT, np.int64)
    counts = counted.record_row >= 0
    position[(service >= 0) & ~counts] = _REJECTED_AT
    position[counts & _late_minutes(counted.record_minute, received_ms)] = _LATE_AT
    _ascribe(attributed, service, position)
    return [_added_up(service[start:end], position[start:end]) for start, end in pairwise([0, *ends.tolist()])]


def refused_of(attributed: Attributed) -> tuple[LeftOut, ...]:
    """Return what is left out of one body because of whose its records say they are."""
    service, position = attributed.service_index.astype(np.int64), np.full(len(attributed.service_index), _NOT, np.int64)
    _ascribe(attributed, service, position)
    return _added_up(service, position)


def _late_minutes(minute: NDArray[np.int64], received_ms: int) -> NDArray[np.bool_]:
    """Return which minutes were final when something came for them; what is older than doors take is imported and not late."""
    first, end = _late(received_ms)
    return (minute >= first) & (minute < end)


def is_late(end_ms: int, received_ms: int) -> bool:
    """Say the same of the minute of one record."""
    first, end = _late(received_ms)
    return first <= end_ms // MINUTE_MS < end


def _late(received_ms: int) -> tuple[int, int]:
    received = received_ms // MINUTE_MS
    return received - 60 * FINAL_AFTER_HOURS, received - FINAL_AFTER_MINUTES


def add_up_left_out(parts: Iterable[LeftOut]) -> tuple[LeftOut, ...]:
    """Return one for each service and reason."""
    records: dict[tuple[int, LeftOutReason], int] = {}
    for part in parts:
        records[part.service, part.reason] = records.get((part.service, part.reason), 0) + part.records
    return tuple(LeftOut(*key, count) for key, count in records.items())


def _ascribe(attributed: Attributed, service: NDArray[np.int64], position: NDArray[np.int64]) -> None:
    """Fill in service and position of the records nobody may count."""
    if attributed.ascribed is not None:
        refused = attributed.ascribed > REJECTED
        position[refused] = _POSITIONS[REJECTED - service[refused]]
        service[refused] = attributed.ascribed[refused]


def _added_up(service: NDArray[np.int64], position: NDArray[np.int64]) -> tuple[LeftOut, ...]:
    told = position != _NOT
    keys, counts = np.unique(service[told] * len(LEFT_OUT_REASONS) + position[told], return_counts=True)
    found = (divmod(key, len(LEFT_OUT_REASONS)) for key in keys.tolist())
    return tuple(LeftOut(owner, LEFT_OUT_REASONS[at], count) for (owner, at), count in zip(found, counts.tolist(), strict=True))
