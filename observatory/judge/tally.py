"""Strips of a span of minutes in, how many of its minutes are of each class out (method section 6)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from observatory.judge.classes import closed_minutes, is_chargeable, is_round_the_clock
from observatory.judge.days import CivilDay, Span, days_of
from observatory.model.day import DayStrip
from observatory.model.incident import MinuteClass


def minutes_by_class(strips: Mapping[date, DayStrip], span: Span, hours: str, zone: ZoneInfo) -> NDArray[np.int64]:
    """Return how many minutes of a span are of each `MinuteClass`, from the strips of one subject by day.

    Minutes no strip tells of are unknown, or closed outside service hours.
    """
    return sum((_of_day(strips.get(day.day), day, span, hours, zone) for day in days_of(span, zone)), np.zeros(len(MinuteClass), np.int64))


def _of_day(strip: DayStrip | None, day: CivilDay, span: Span, hours: str, zone: ZoneInfo) -> NDArray[np.int64]:
    part = day.span.within(span)
    where = slice(part.first - day.span.first, part.end - day.span.first)
    closed = closed_minutes((day,), hours, zone)[where]
    known = np.zeros(len(part), np.uint8) if strip is None else strip.minute_class[where]
    return np.bincount(np.where((known == MinuteClass.UNKNOWN) & closed, MinuteClass.CLOSED, known), minlength=len(MinuteClass))


def charged_from(span: Span, strips: Mapping[date, DayStrip], hours: str, zone: ZoneInfo) -> int | None:
    """Return the first minute of an incident's span that is charged as a failure: bad, in service hours, outside maintenance.

    None if there is no such minute. Where no strip tells, it is the minute it began; `strips` are those of all its days.
    """
    if is_round_the_clock(hours):
        return span.first
    told = False
    for day in days_of(span, zone):
        strip = strips.get(day.day)
        if strip is not None:
            told = True
            part = day.span.within(span)
            where = slice(part.first - day.span.first, part.end - day.span.first)
            found = np.flatnonzero(is_chargeable(strip.verdict[where], strip.minute_class[where]))
            if len(found):
                return part.first + int(found[0])
    return None if told else span.first


def first_evidence(strips: Sequence[DayStrip]) -> int | None:
    """Return the first minute of which these strips, all of one day, know anything; None without strips."""
    found = [np.flatnonzero((strip.count > 0) | (strip.probe_ok > 0) | (strip.probe_failed > 0)) for strip in strips]
    positions = [int(position[0]) for position in found if len(position)]
    return strips[0].first_minute + (min(positions) if positions else 0) if strips else None


def by_subject(strips: Iterable[DayStrip]) -> dict[int, dict[date, DayStrip]]:
    """Return strips by subject (menu index, 0 for the service) and day."""
    subjects: dict[int, dict[date, DayStrip]] = {}
    for strip in strips:
        subjects.setdefault(strip.menu, {})[strip.day] = strip
    return subjects
