"""What is past its retention in, a bounded amount of it deleted."""

from observatory.access.staff_sessions import IDLE_MAX, OPEN_MAX
from observatory.telemetry_flow import forget_old
from observatory.web.context import Parts


def step(parts: Parts) -> bool:
    """Delete some of what is too old; True while there is more."""
    now = parts.now()
    ended = parts.register.forget_sessions(now - OPEN_MAX, now - IDLE_MAX)
    forgotten = forget_old(parts, now, parts.settings.minutes_kept_days, parts.settings.strips_kept_days)
    return ended + forgotten > 0
