"""Hold what happened to a service or menu in a window, from its minutes by class and its incidents (method section 7)."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from observatory.judge.days import Span, minute_of
from observatory.judge.method import Method
from observatory.model.incident import Incident, MinuteClass

UNMEASURED = (MinuteClass.UNKNOWN, MinuteClass.CLOSED, MinuteClass.MAINTENANCE)


@dataclass(frozen=True, slots=True)
class Account:
    """What happened to a service or menu in the part of a window that is over."""

    minutes: NDArray[np.int64]
    """How many of each `MinuteClass`; of closed ones also those before the service was observed."""
    unobserved: int
    """X: minutes in which it should have been open, before it was observed."""
    failures: int
    repair_minutes: tuple[int, ...]
    """How long each incident could be charged whose last minute lies in the window; of those whose evidence was lost nobody knows."""
    detection_s: tuple[int, ...]
    """How long each failure of the window went unseen that was seen while it lasted."""
    partial_share: int
    """Partial minutes by the share that failed, in millionths of a minute."""
    method: Method

    def of(self, minute_class: MinuteClass) -> int:
        """Return the minutes of a class."""
        return int(self.minutes[minute_class])

    def known(self, minute_class: MinuteClass) -> int | None:
        """Return the minutes of a class that only measured ones can have; None if nothing was measured."""
        return self.of(minute_class) if self.measured else None

    @property
    def measured(self) -> int:
        """M: minutes of which we know how they were."""
        return int(self.minutes.sum()) - sum(self.of(minute_class) for minute_class in UNMEASURED)

    @property
    def open(self) -> int:
        """Minutes in which the service should have worked: measured, unknown and unobserved ones."""
        return self.measured + self.of(MinuteClass.UNKNOWN) + self.unobserved

    @property
    def lost(self) -> int | None:
        """D + I: minutes it was down, in an incident or by themselves; None if nothing was measured."""
        return self.of(MinuteClass.DOWN) + self.of(MinuteClass.ISOLATED) if self.measured else None

    @property
    def coverage(self) -> float | None:
        """C = M / open, cut to four places."""
        return floor_ratio(self.measured, self.open, 10_000)

    @property
    def failures_known(self) -> int | None:
        """F, None if nothing was measured."""
        return self.failures if self.measured else None

    @property
    def failures_scaled(self) -> float | None:
        """F for thirty open days, None where much less than a week was measured."""
        if self.measured * 1000 < self.method.failures_scaled_permille_min * self.method.failures_measured_minutes_min:
            return None
        return floor_ratio(self.failures * self.method.failures_scaled_minutes, self.open, 1000)

    def availability_percent(self, lost_minutes: int) -> float | None:
        """Return 100 (M - lost) / M to three places, None (never 100) if nothing was measured: what nobody saw was like the rest."""
        return floor_ratio(100 * (self.measured - lost_minutes), self.measured, 1000)

    def availability_worst_percent(self, lost_minutes: int) -> float | None:
        """Return 100 (M - lost) / (M + U) to three places, None if nothing was measured: what nobody saw was down."""
        whole = self.measured + self.of(MinuteClass.UNKNOWN)
        return floor_ratio(100 * (self.measured - lost_minutes), whole, 1000) if self.measured else None


def open_account(
    classes: NDArray[np.int64], before: NDArray[np.int64], window: Span, incidents: Iterable[tuple[Incident, int | None]], method: Method
) -> Account:
    """Return the account of a window from its minutes by class and its incidents, each with the minute from which it is charged.

    `classes` counts the minutes in which the service was observed, `before` those before. An incident that is never charged is no
    failure.
    """
    charged = [(incident, first) for incident, first in incidents if first is not None]
    failures = [incident for incident, first in charged if window.first <= first < window.end]
    ended = [incident for incident, _ in charged if incident.ended_at and window.first < minute_of(incident.ended_at) <= window.end]
    classes = classes.copy()
    classes[MinuteClass.CLOSED] += before[MinuteClass.CLOSED]
    return Account(
        minutes=classes,
        unobserved=int(before[MinuteClass.UNKNOWN]),
        failures=len(failures),
        repair_minutes=tuple(incident.measured_minutes for incident in ended if incident.end_reason != "evidence_lost"),
        detection_s=tuple(int((seen - incident.started_at).total_seconds()) for incident in failures if (seen := incident.detected_at)),
        partial_share=0,
        method=method,
    )


def floor_ratio(part: int, whole: int, places: int) -> float | None:
    """Return part / whole, cut (not rounded) to 1 / places; None if there is no whole."""
    return part * places // whole / places if whole else None
