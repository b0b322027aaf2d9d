"""Resolve the name of a window, or its two ends, to a span of whole minutes."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from observatory.errors import BadInput
from observatory.judge.days import DAY_MINUTES, civil_day, minute_of, moment_of
from observatory.model.figure import Window

WINDOW_NAMES = ("24h", "7d", "30d", "90d")
WINDOW_DAYS_MAX = 400
HOUR_MINUTES = 60
MONTH_PATTERN = re.compile(r"month:(\d{4})-(\d{2})", re.ASCII)
HINT = "choose 24h, 7d, 30d, 90d or month:YYYY-MM, or give from and to"


def named_window(name: str, zone: ZoneInfo, now: datetime) -> Window:
    """Return a window by name; `24h` ends with the last full hour, `7d`, `30d` and `90d` with the last full local day.

    Raises BadInput for any other name than those of WINDOW_NAMES and month:YYYY-MM.
    """
    if name == "24h":
        end = minute_of(now) // HOUR_MINUTES * HOUR_MINUTES
        return Window(name, moment_of(end - DAY_MINUTES), moment_of(end))
    if name in WINDOW_NAMES:
        today = now.astimezone(zone).date()
        return _days(name, today - timedelta(days=int(name.removesuffix("d"))), today, zone)
    match = MONTH_PATTERN.fullmatch(name)
    if match and 1970 <= int(match[1]) < 9999 and 1 <= int(match[2]) <= 12:
        first = date(int(match[1]), int(match[2]), 1)
        return _days(name, first, (first + timedelta(days=31)).replace(day=1), zone)
    raise BadInput(f"cannot use window {name[:40]!r}: no such name", HINT)


def last_day_of_minutes(now: datetime) -> Window:
    """Return the window `24h` of what was observed for less: it ends with the present minute, so that the first figures show at once."""
    end = minute_of(now) + 1
    return Window("24h", moment_of(end - DAY_MINUTES), moment_of(end))


END_MAX = datetime(9999, 1, 1, tzinfo=UTC)


def custom_window(start: datetime, end: datetime) -> Window:
    """Return the window between two moments, cut to whole minutes. Raises BadInput if they make no window."""
    if start.tzinfo is None or end.tzinfo is None:
        raise BadInput("cannot use this window: its ends have no time zone", "write them as 2026-11-20T00:00:00Z")
    if start.timestamp() < 0:
        raise BadInput("cannot use this window: it begins before 1970", "choose a later start")
    if end > END_MAX:
        raise BadInput("cannot use this window: it ends when no calendar of ours goes on", "choose an earlier end")
    first, last = minute_of(start), minute_of(end)
    if first >= last:
        raise BadInput("cannot use this window: it ends before it starts", "give at least one whole minute between from and to")
    if last - first > WINDOW_DAYS_MAX * 1440:
        raise BadInput(f"cannot use this window: it is longer than {WINDOW_DAYS_MAX} days", "ask for shorter parts")
    return Window("custom", moment_of(first), moment_of(last))


def window_of_hours(start: datetime, end: datetime, zone: ZoneInfo) -> Window:
    """Return the window between two full hours of a zone's clock. Raises BadInput for any others.

    Two windows that differ by a minute would tell what happened in it, also where so few came that it is kept back.
    """
    for moment in (start, end):
        if moment.tzinfo is not None and moment.astimezone(zone).minute:
            raise BadInput("cannot use this window: its ends are no full hours", "give full hours; single minutes are in minutes.csv")
    return custom_window(start, end)


def _days(name: str, first: date, end: date, zone: ZoneInfo) -> Window:
    return Window(name, moment_of(civil_day(first, zone).span.first), moment_of(civil_day(end, zone).span.first))
