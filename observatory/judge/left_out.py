"""Say how many records of a service were left out of a window, or came late, where whole days tell of it (method section 7)."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from observatory.judge.days import civil_day, day_of, minute_of
from observatory.judge.history import ServiceHistory
from observatory.model.figure import Window
from observatory.model.left_out import LeftOutCounts


def left_out_in(history: ServiceHistory, window: Window, zone: ZoneInfo, now: datetime) -> LeftOutCounts | None:
    """Return the counts of the days that records came on; a day that goes on is told of as far as it is over.

    None where the window cuts through a day, or begins before this was counted: then nobody knows.
    """
    first, end = minute_of(window.start), minute_of(window.end)
    first_day, last_day = day_of(first, zone), day_of(end - 1, zone)
    begins_whole = civil_day(first_day, zone).span.first == first
    ends_whole = window.end > now or civil_day(day_of(end, zone), zone).span.first == end
    if not (begins_whole and ends_whole) or first < history.left_out_from():
        return None
    return history.left_out(first_day, last_day + timedelta(days=1))
