"""Describe how the minutes of a day that was over changed later."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class ChangedMinutes:
    """What figures are made of, in minutes of one day of a service as a whole."""

    down: int
    isolated: int
    partial: int
    blip: int
    unknown: int


@dataclass(frozen=True, slots=True)
class DayChange:
    """A line of the public list: what a day of a service was taken for, and what it is from a moment on."""

    number: int
    """Newer lines have larger numbers."""
    service: int
    day: date
    at: datetime
    """Whole seconds."""
    revision: int
    before: ChangedMinutes
    after: ChangedMinutes
