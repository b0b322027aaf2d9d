"""Read service hours as a catalogue writes them: "09:00-18:00", or by days of the week, "mon-fri 09:00-18:00, sat 09:00-13:00"."""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from observatory.errors import BadInput

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOLIDAYS = "holidays"
DAY_MINUTES = 1440
HINT = 'write them as "09:00-18:00", or as "mon-fri 09:00-18:00, holidays 10:00-12:00"; round the clock is "00:00-24:00"'

_PART = re.compile(r"(?:([a-z]+)(?:-([a-z]+))? +)?(\d{2}):(\d{2})-(\d{2}):(\d{2})", re.ASCII)

Opening = tuple[int, int]
"""Minutes of the local day, half-open; an end before the start runs over midnight."""


@dataclass(frozen=True, slots=True)
class Week:
    """When a service is open; None: not at all on such a day."""

    days: tuple[Opening | None, ...]
    """Monday first."""
    holiday: Opening | None

    @property
    def always(self) -> bool:
        """Whether the service is open round the clock."""
        return {*self.days, self.holiday} == {(0, DAY_MINUTES)}


@lru_cache(maxsize=1024)
def parse_week(hours: str) -> Week:
    """Return what service hours mean. Raises BadInput.

    Without days they are those of every day, holidays too. With days, others are closed; so are holidays unless they are named.
    """
    days: list[Opening | None] = [None] * len(DAY_NAMES)
    holiday: Opening | None = None
    for part in hours.split(","):
        match = _PART.fullmatch(part.strip())
        opening = _opening(match) if match else None
        if match is None or opening is None:
            raise BadInput(f"cannot read service hours {hours!r}", HINT)
        if match[1] == HOLIDAYS and match[2] is None:
            holiday = opening
            continue
        meant = _days(match[1], match[2])
        if not meant or any(days[day] is not None for day in meant):
            raise BadInput(f"cannot read service hours {hours!r}: each day may be named once", HINT)
        for day in meant:
            days[day] = opening
        if match[1] is None:
            holiday = opening
    return Week(tuple(days), holiday)


def parse_holiday(text: str) -> date:
    """Return the day of a public holiday. Raises BadInput."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"cannot read {text!r} of holidays", 'write days as "2026-12-25"') from None


def _opening(match: re.Match[str]) -> Opening | None:
    start, end = int(match[3]) * 60 + int(match[4]), int(match[5]) * 60 + int(match[6])
    sound = int(match[4]) < 60 and int(match[6]) < 60 and start < DAY_MINUTES and end <= DAY_MINUTES and start != end
    return (start, end) if sound else None


def _days(first: str | None, last: str | None) -> range:
    """Return the numbers of the days from one to another; none if they are no such days."""
    if first is None:
        return range(len(DAY_NAMES))
    if first not in DAY_NAMES or (last is not None and last not in DAY_NAMES):
        return range(0)
    begin = DAY_NAMES.index(first)
    return range(begin, DAY_NAMES.index(last or first) + 1)
