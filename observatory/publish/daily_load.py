"""What days left behind of load times in, the mean of each day out, for each kind of source apart."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from observatory.judge.method import LOAD_TIME_COUNT_MIN
from observatory.model.catalogue import OTHER_MENU_INDEX
from observatory.model.columns import Source
from observatory.model.day import DayLoad
from observatory.model.figure import DayLoadMark, LoadTimeSource
from observatory.model.minute import Counter

SOURCES: tuple[LoadTimeSource, ...] = ("browser", "probe", "server")


def daily_loads(loads: Sequence[DayLoad], days: Sequence[date]) -> Mapping[LoadTimeSource, tuple[DayLoadMark, ...]]:
    """Return a mark for each day, by source; menus are pooled, sources never, requests of no menu are left out."""
    timed: defaultdict[tuple[LoadTimeSource, date], int] = defaultdict(int)
    spent_us: defaultdict[tuple[LoadTimeSource, date], int] = defaultdict(int)
    for load in loads:
        if load.authoritative and load.menu != OTHER_MENU_INDEX:
            key = (_kind(load.source), load.day)
            timed[key] += int(load.values[Counter.TIMED])
            spent_us[key] += int(load.values[Counter.DURATION_US])
    return {source: tuple(_mark(day, timed[source, day], spent_us[source, day]) for day in days) for source in SOURCES}


def _mark(day: date, count: int, spent_us: int) -> DayLoadMark:
    return DayLoadMark(day, spent_us / count / 1000 if count >= LOAD_TIME_COUNT_MIN else None, count)


def _kind(source: int) -> LoadTimeSource:
    if source >= Source.PROBE:
        return "probe"
    return "browser" if source == Source.BROWSER else "server"
