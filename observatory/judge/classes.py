"""Sort every minute into one class by verdicts, incidents and service hours (method section 6)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from observatory.judge.days import Span, mask_of
from observatory.judge.evidence import Verdicts
from observatory.model.incident import MinuteClass, Verdict

Classes = NDArray[np.uint8]
"""One `MinuteClass` a minute."""

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


def is_chargeable(verdicts: Verdicts, classes: Classes) -> NDArray[np.bool_]:
    """Return in which minutes an incident is charged as a failure: bad ones, neither in maintenance nor in closed hours."""
    return np.logical_and(verdicts >= Verdict.PARTIAL, np.isin(classes, (MinuteClass.DOWN, MinuteClass.PARTIAL)))
