"""Read what a check saw beside its result from the columns that say so, and gather it as ProbeDetails."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from observatory.model.check import OUTCOMES
from observatory.model.columns import NO_OUTCOME, ProbeDetails

COLUMNS = ("trace_id", "outcome", "certificate_ends_at")
"""None has to be there."""

TRACE_ID_BYTES = 16
NOTHING: tuple[str, ...] = ("",) * len(COLUMNS)

Detail = tuple[bytes, int, int]
"""Of one check: trace id, outcome, end of the certificate."""

_OUTCOMES: tuple[str, ...] = OUTCOMES


def read_detail(fields: Sequence[str]) -> Detail:
    """Return what the fields of COLUMNS say; empty ones say nothing. Raises ValueError or OverflowError for what cannot be."""
    trace_id, outcome, certificate = fields
    return _trace_id(trace_id), _outcome(outcome), _certificate_s(certificate)


def gather(details: Sequence[Detail]) -> ProbeDetails:
    """Return the details of several checks as columns."""
    return ProbeDetails(
        trace_id=np.frombuffer(b"".join(detail[0] for detail in details), np.uint64).reshape(len(details), 2),
        outcome=np.array([detail[1] for detail in details], np.int8),
        certificate_s=np.array([detail[2] for detail in details], np.int64),
    )


def _trace_id(text: str) -> bytes:
    if not text:
        return bytes(TRACE_ID_BYTES)
    if len(text) != 2 * TRACE_ID_BYTES or not text.isascii() or not text.isalnum():
        raise ValueError(text)
    return bytes.fromhex(text)


def _outcome(text: str) -> int:
    return _OUTCOMES.index(text) if text in _OUTCOMES else NO_OUTCOME  # an agent may be newer than the server


def _certificate_s(text: str) -> int:
    if not text:
        return 0
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or not 1971 <= moment.year < 9999:
        raise ValueError(text)
    return int(moment.timestamp())
