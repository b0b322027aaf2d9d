"""Sort every minute into one class by verdicts, incidents and service hours (method section 6)."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from observatory.judge.days import CivilDay, Span, mask_of, minutes_of_the_clock
from observatory.judge.evidence import Verdicts
from observatory.model.catalogue import parse_hours
from observatory.model.incident import MinuteClass, Verdict

Classes = NDArray[np.uint8]
"""One `MinuteClass` a minute."""

ROUND_THE_CLOCK = (0, 1440)

_OUTSIDE_INCIDENTS = np.array([MinuteClass.UNKNOWN, MinuteClass.UP, MinuteClass.DEGRADED, MinuteClass.BLIP, MinuteClass.ISOLATED], np.uint8)
_IN_INCIDENTS = np.array([MinuteClass.UNKNOWN, MinuteClass.PARTIAL, MinuteClass.PARTIAL, MinuteClass.PARTIAL, MinuteClass.DOWN], np.uint8)


def classify(
    verdicts: Verdicts, first_minute: int, incidents: Sequence[Span], closed: NDArray[np.bool_], maintenance: Sequence[Span] = ()
) -> Classes:
    """Return the class of every minute; announced maintenance goes before service hours, those before what was measured."""
    span = Span(first_minute, first_minute + len(verdicts))
    classes = np.where(mask_of(incidents, span), _IN_INCIDENTS[verdicts], _OUTSIDE_INCIDENTS[verdicts])
    classes[closed] = MinuteClass.CLOSED
    classes[mask_of(maintenance, span)] = MinuteClass.MAINTENANCE
    return classes


def closed_minutes(days: Sequence[CivilDay], hours: str, zone: ZoneInfo) -> NDArray[np.bool_]:
    """Return which minutes of these days lie outside service hours such as "09:00-18:00", by the wall clock."""
    opening, closing = parse_hours(hours)
    if is_round_the_clock(hours) or not days:
        return np.zeros(sum(len(day.span) for day in days), np.bool_)
    clock = np.concatenate([minutes_of_the_clock(day, zone) for day in days])
    early, late = clock < opening, clock >= closing
    closed: NDArray[np.bool_] = (early | late) if opening < closing else (early & late)
    return closed


def is_round_the_clock(hours: str) -> bool:
    """Return whether a service is never closed."""
    return parse_hours(hours) == ROUND_THE_CLOCK


def is_chargeable(verdicts: Verdicts, classes: Classes) -> NDArray[np.bool_]:
    """Return in which minutes an incident is charged as a failure: bad ones, neither in maintenance nor in closed hours."""
    return np.logical_and(verdicts >= Verdict.PARTIAL, np.isin(classes, (MinuteClass.DOWN, MinuteClass.PARTIAL)))
