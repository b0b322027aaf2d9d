"""Return the mean load time of each day, for each kind of source apart."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from observatory.judge.figures import LOAD_TIME_SOURCES, kind_of
from observatory.judge.method import IN_FORCE
from observatory.model.catalogue import OTHER_MENU_INDEX
from observatory.model.day import DayLoad
from observatory.model.figure import DayLoadMark, LoadTimeSource
from observatory.model.minute import Counter

Marks = tuple[DayLoadMark, ...]


def daily_load_times(load_times: Sequence[DayLoad], first_day: date, end_day: date) -> Mapping[LoadTimeSource, Marks]:
    """Return marks of the days from `first_day` to the one before `end_day`, by source.

    Menus are pooled, sources never; requests of no menu are left out.
    """
    timed: defaultdict[tuple[LoadTimeSource, date], int] = defaultdict(int)
    spent_us: defaultdict[tuple[LoadTimeSource, date], int] = defaultdict(int)
    for load in load_times:
        if load.authoritative and load.menu != OTHER_MENU_INDEX:
            key = (kind_of(load.source), load.day)
            timed[key] += int(load.values[Counter.TIMED])
            spent_us[key] += int(load.values[Counter.DURATION_US])
    days = [first_day + timedelta(days=offset) for offset in range((end_day - first_day).days)]
    return {source: tuple(_mark(day, timed[source, day], spent_us[source, day]) for day in days) for source in LOAD_TIME_SOURCES}


def _mark(day: date, count: int, spent_us: int) -> DayLoadMark:
    return DayLoadMark(day, spent_us // count / 1000 if count >= IN_FORCE.load_time_count_min else None, count)
