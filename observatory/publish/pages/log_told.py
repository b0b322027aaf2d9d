"""Gather what pages say of the public log: how it stands, who has signed it, when it was last read again."""

from dataclasses import dataclass

from observatory.flows.log_signing import LogState
from observatory.flows.log_views import whole_check_of
from observatory.flows.public_log import SignedLog
from observatory.parts import Parts
from observatory.store.log_books import WholeCheck


@dataclass(frozen=True, slots=True)
class LogTold:
    """What can be said of the log just now."""

    state: LogState
    witnessed_size: int | None
    """How many entries the witnesses have signed who must; None if nobody must."""
    checked: WholeCheck | None


def log_told(parts: Parts) -> LogTold:
    """Return what can be said of the log of an application."""
    signed_log, now = parts.get(SignedLog), parts.now()
    return LogTold(signed_log.look(now), signed_log.witnessed_size(now), whole_check_of(parts.register))
