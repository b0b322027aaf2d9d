"""Delete what is past its retention, a bounded amount at a time; by a clock that leapt ahead nothing is past it."""

from datetime import datetime, timedelta

import structlog

from observatory.flows.retention import believed_now, forget_old
from observatory.model.staff import IDLE_MAX, OPEN_MAX
from observatory.parts import Parts

LEAP_TOLD = timedelta(minutes=5)
"""Shorter ones, as of a restart, are not worth a line."""

log = structlog.get_logger(__name__)


class ForgetOld:
    """A step that remembers whether it said that the clock leapt ahead."""

    def __init__(self) -> None:
        self._distrusts = False

    def __call__(self, parts: Parts) -> bool:
        """Delete some of what is too old; True while there is more."""
        now = believed_now(parts.telemetry, parts.now())
        self._say_once(parts.now(), now)
        with parts.register.change() as books:
            ended = books.sessions.forget(now - OPEN_MAX, now - IDLE_MAX)
        forgotten = forget_old(parts, now, parts.settings.minutes_kept_days, parts.settings.strips_kept_days)
        return ended + forgotten > 0

    def _say_once(self, clock_says: datetime, believed: datetime) -> None:
        leapt = believed < clock_says - LEAP_TOLD
        if leapt and not self._distrusts:
            log.warning("clock leapt ahead, nothing more is forgotten", clock=clock_says.isoformat(), believed=believed.isoformat())
        elif self._distrusts and not leapt:
            log.info("clock is believed again")
        self._distrusts = leapt
