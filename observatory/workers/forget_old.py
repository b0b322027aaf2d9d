"""What is past its retention in, a bounded amount of it deleted; by a clock that leapt ahead nothing is past it."""

from datetime import datetime, timedelta
from pathlib import Path

import structlog

from observatory.flows.retention import believed_now, forget_old
from observatory.model.staff import IDLE_MAX, OPEN_MAX
from observatory.parts import Parts

LEAP_TOLD = timedelta(minutes=5)
"""Shorter ones, as of a restart, are not worth a line."""

log = structlog.get_logger(__name__)
_distrusting: set[Path] = set()
"""Folders of which was said that their clock leapt ahead, and not yet that it is believed again."""


def step(parts: Parts) -> bool:
    """Delete some of what is too old; True while there is more."""
    now = believed_now(parts.telemetry, parts.now())
    _say_once(parts, now)
    ended = parts.register.forget_sessions(now - OPEN_MAX, now - IDLE_MAX)
    forgotten = forget_old(parts, now, parts.settings.minutes_kept_days, parts.settings.strips_kept_days)
    return ended + forgotten > 0


def _say_once(parts: Parts, believed: datetime) -> None:
    folder, clock_says = parts.settings.data, parts.now()
    if believed < clock_says - LEAP_TOLD and folder not in _distrusting:
        _distrusting.add(folder)
        log.warning("clock leapt ahead, nothing more is forgotten", clock=clock_says.isoformat(), believed=believed.isoformat())
    elif believed >= clock_says - LEAP_TOLD and folder in _distrusting:
        _distrusting.discard(folder)
        log.info("clock is believed again")
