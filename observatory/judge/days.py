"""Convert minutes since 1970 UTC to civil days of a zone, and back (method section 1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

DAY_MINUTES = 1440


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open [first, end), minutes since 1970 UTC."""

    first: int
    end: int

    def __len__(self) -> int:
        return max(0, self.end - self.first)

    def within(self, other: "Span") -> "Span":
        """Return the part of this span that lies in the other; empty where they do not meet."""
        first = max(self.first, other.first)
        return Span(first, max(first, min(self.end, other.end)))


@dataclass(frozen=True, slots=True)
class CivilDay:
    """A day as people count it; 1380 or 1500 minutes long where clocks change."""

    day: date
    span: Span


def minute_of(moment: datetime) -> int:
    """Return the minute that contains a moment (aware)."""
    return int(moment.timestamp() // 60)


def moment_of(minute: int) -> datetime:
    """Return when a minute begins, in UTC."""
    return datetime.fromtimestamp(minute * 60, UTC)


def mask_of(spans: Iterable[Span], whole: Span) -> NDArray[np.bool_]:
    """Return for each minute of a span whether one of these has it."""
    mask = np.zeros(len(whole), np.bool_)
    for span in spans:
        part = span.within(whole)
        mask[part.first - whole.first : part.end - whole.first] = True
    return mask


@lru_cache(maxsize=4096)
def civil_day(day: date, zone: ZoneInfo) -> CivilDay:
    """Return the minutes of a civil day."""
    return CivilDay(day, Span(_start_of(day, zone), _start_of(day + timedelta(days=1), zone)))


def day_of(minute: int, zone: ZoneInfo) -> date:
    """Return the civil day a minute lies in."""
    return moment_of(minute).astimezone(zone).date()


def days_of(span: Span, zone: ZoneInfo) -> tuple[CivilDay, ...]:
    """Return the civil days a span touches, in order; none for an empty one."""
    if not len(span):
        return ()
    first, last = day_of(span.first, zone), day_of(span.end - 1, zone)
    return tuple(civil_day(first + timedelta(days=offset), zone) for offset in range((last - first).days + 1))


def minutes_of_the_clock(day: CivilDay, zone: ZoneInfo) -> NDArray[np.int64]:
    """Return what the wall clock shows in every minute of a day, as minutes since its midnight."""
    if len(day.span) == DAY_MINUTES:
        return np.arange(DAY_MINUTES, dtype=np.int64)
    clock = (moment_of(minute).astimezone(zone) for minute in range(day.span.first, day.span.end))
    return np.fromiter((moment.hour * 60 + moment.minute for moment in clock), np.int64, len(day.span))


def _start_of(day: date, zone: ZoneInfo) -> int:
    # Where midnight does not exist the day begins when the clock jumps; fold=0 means just that.
    return int(datetime.combine(day, time(), zone).timestamp() // 60)
