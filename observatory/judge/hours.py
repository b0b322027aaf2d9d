"""Tell when a service is open: by the hours that were in force on each day (method section 6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from observatory.judge.days import DAY_MINUTES, CivilDay, Span, civil_day, day_of, days_of, minutes_of_the_clock
from observatory.model.service_hours import Opening, Week, parse_week


@dataclass(frozen=True, slots=True)
class Hours:
    """Service hours as the catalogue writes them, each from a day on, the earliest first; before the first change, those of the first."""

    changes: tuple[tuple[date, str], ...]
    zone: ZoneInfo
    holidays: frozenset[date] = frozenset()

    @property
    def always(self) -> bool:
        """Whether the service was never closed."""
        return all(parse_week(hours).always for _, hours in self.changes)

    def on(self, day: date) -> str:
        """Return the hours of a day."""
        return next((hours for from_day, hours in reversed(self.changes) if from_day <= day), self.changes[0][1])

    def closed(self, days: Sequence[CivilDay]) -> NDArray[np.bool_]:
        """Return which minutes of these days lie outside service hours, by the wall clock."""
        if self.always or not days:
            return np.zeros(sum(len(day.span) for day in days), np.bool_)
        return np.concatenate([self._closed(day) for day in days])

    def closed_minutes(self, span: Span) -> int:
        """Return how many minutes of a span lie outside service hours, however many days it has."""
        if self.always:
            return 0
        days = days_of(span, self.zone)
        ends = {day for day in (*days[:1], *days[-1:]) if len(day.span.within(span)) < len(day.span)}
        in_part = (self.closed((day,))[max(0, span.first - day.span.first) : span.end - day.span.first] for day in ends)
        return sum(self._closed_of(day) for day in days if day not in ends) + sum(int(closed.sum()) for closed in in_part)

    def closed_since(self, minute: int) -> int | None:
        """Return since when the service is closed in a minute, None if it is open; looks back to yesterday."""
        if self.always:
            return None
        today = day_of(minute, self.zone)
        days = [civil_day(each, self.zone) for each in (today - timedelta(days=1), today)]
        closed = self.closed(days)[: minute + 1 - days[0].span.first]
        if not closed[-1]:
            return None
        opened = np.flatnonzero(~closed)
        return days[0].span.first + (int(opened[-1]) + 1 if len(opened) else 0)

    def _closed_of(self, day: CivilDay) -> int:
        """Return how many minutes of a day are closed."""
        openings = self._opening(day.day), self._opening(day.day - timedelta(days=1))
        return _closed_of_plain_day(*openings) if len(day.span) == DAY_MINUTES else int(self._closed(day).sum())

    def _closed(self, day: CivilDay) -> NDArray[np.bool_]:
        return _closed_at(minutes_of_the_clock(day, self.zone), self._opening(day.day), self._opening(day.day - timedelta(days=1)))

    def _opening(self, day: date) -> Opening | None:
        """Return when a service opens on a day, None if it does not."""
        week: Week = parse_week(self.on(day))
        return week.holiday if day in self.holidays else week.days[day.weekday()]


def _closed_at(clock: NDArray[np.int64], today: Opening | None, yesterday: Opening | None) -> NDArray[np.bool_]:
    """Return at which of these minutes of the clock a service is closed, by its hours of that day and, over midnight, the day before."""
    open_now = np.zeros(len(clock), np.bool_)
    if today:
        start, end = today
        open_now |= (clock >= start) & (clock < end) if start < end else clock >= start
    if yesterday and yesterday[1] < yesterday[0]:
        open_now |= clock < yesterday[1]
    return ~open_now


@lru_cache(maxsize=1024)
def _closed_of_plain_day(today: Opening | None, yesterday: Opening | None) -> int:
    return int(_closed_at(np.arange(DAY_MINUTES, dtype=np.int64), today, yesterday).sum())
