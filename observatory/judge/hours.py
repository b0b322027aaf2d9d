"""Tell when a service is open: by the hours that were in force on each day (method section 6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from observatory.judge.days import CivilDay, minutes_of_the_clock
from observatory.model.catalogue import parse_hours

ROUND_THE_CLOCK = (0, 1440)


@dataclass(frozen=True, slots=True)
class Hours:
    """Service hours such as "09:00-18:00", each from a day on, the earliest first; before the first change, those of the first."""

    changes: tuple[tuple[date, str], ...]
    zone: ZoneInfo

    @property
    def always(self) -> bool:
        """Whether the service was never closed."""
        return all(parse_hours(hours) == ROUND_THE_CLOCK for _, hours in self.changes)

    def on(self, day: date) -> str:
        """Return the hours of a day."""
        return next((hours for from_day, hours in reversed(self.changes) if from_day <= day), self.changes[0][1])

    def closed(self, days: Sequence[CivilDay]) -> NDArray[np.bool_]:
        """Return which minutes of these days lie outside service hours, by the wall clock."""
        if self.always or not days:
            return np.zeros(sum(len(day.span) for day in days), np.bool_)
        return np.concatenate([self._closed(day) for day in days])

    def _closed(self, day: CivilDay) -> NDArray[np.bool_]:
        opening, closing = parse_hours(self.on(day.day))
        clock = minutes_of_the_clock(day, self.zone)
        early, late = clock < opening, clock >= closing
        return np.logical_or(early, late) if opening < closing else np.logical_and(early, late)
