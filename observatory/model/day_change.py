"""Describe how the figures of a day that was over changed later."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

LoadTimeKind = Literal["probe", "server"]
ChangeReason = Literal["late", "imported", "begun", "again", "untold"]
"""Why a day changed: records came late, records older than anything a door takes were imported, records of an earlier day came so that it
counts as observed, it was judged again for another reason, or it changed before reasons were written down."""


@dataclass(frozen=True, slots=True)
class ChangedMinutes:
    """What figures are made of, in minutes of one day of a service or menu."""

    down: int
    isolated: int
    partial: int
    blip: int
    unknown: int
    maintenance: int = 0


@dataclass(frozen=True, slots=True)
class ChangedRequests:
    """What a day tells of requests and load time."""

    count: int
    failed: int
    mean_us: int | None
    """None: fewer than 30 answered requests."""


@dataclass(frozen=True, slots=True)
class DayDigits:
    """What stands in print of one day of a service or menu, as far as a change of it is told."""

    minutes: ChangedMinutes
    requests: ChangedRequests | None
    """None: it was not written down then."""


@dataclass(frozen=True, slots=True)
class DayChange:
    """A line of the public list: what a day of a service was taken for, and what it is from a moment on."""

    number: int
    """Newer lines have larger numbers."""
    service: int
    menu: int
    """0: the service as a whole."""
    day: date
    at: datetime
    """Whole seconds."""
    revision: int
    reason: ChangeReason
    load_time_source: LoadTimeKind
    was: DayDigits
    now: DayDigits

    @property
    def before(self) -> ChangedMinutes:
        """Minutes, as they were."""
        return self.was.minutes

    @property
    def after(self) -> ChangedMinutes:
        """Minutes, as they are from then on."""
        return self.now.minutes
