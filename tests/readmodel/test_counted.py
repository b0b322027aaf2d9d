"""Counters that only grow: final minutes and ended failures, each counted once."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from observatory.judge.days import civil_day, minute_of
from observatory.model.day import DayStrip
from observatory.model.incident import Incident, MinuteClass
from observatory.readmodel.counted import Counted, begin, count_on
from observatory.store.opening import open_telemetry, prepare_folder
from observatory.store.telemetry import TelemetryStore
from tests.builders import a_menu, a_service
from tests.moments import NOW
from tests.summaries import an_incident

SEOUL = ZoneInfo("Asia/Seoul")
SERVICE = a_service(menus=(a_menu(),))
BEGUN = begin((), minute_of(NOW))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TelemetryStore]:
    prepare_folder(tmp_path)
    opened = open_telemetry(tmp_path)
    yield opened
    opened.close()


def keep_day(store: TelemetryStore, day: date, classes: dict[int, MinuteClass]) -> None:
    """Keep a day in which the service was up, but for some minutes since 1970."""
    span = civil_day(day, SEOUL).span
    minute_class = np.full(len(span), MinuteClass.UP, np.uint8)
    for minute, minute_class_then in classes.items():
        minute_class[minute - span.first] = minute_class_then
    none, few = np.zeros(len(span), np.uint32), np.zeros(len(span), np.uint8)
    store.keep_judged(
        None, SERVICE.index, [DayStrip(SERVICE.index, 0, day, span.first, none, none, none, none, none, few, few, few, minute_class)], []
    )


def count(store: TelemetryStore, before: Counted, end: datetime, *incidents: Incident) -> Counted:
    return count_on(before, SERVICE, incidents, store, minute_of(end), SEOUL)


def test_a_minute_is_counted_once_and_never_again(store: TelemetryStore) -> None:
    keep_day(store, date(2026, 11, 20), {minute_of(NOW) + 1: MinuteClass.DOWN})
    counted = count(store, BEGUN, NOW + timedelta(minutes=12))
    assert (counted.minutes[MinuteClass.UP], counted.minutes[MinuteClass.DOWN]) == (11, 1)
    assert count(store, counted, NOW + timedelta(minutes=12)) == counted
    assert sum(count(store, counted, NOW + timedelta(minutes=15)).minutes) == 15


def test_a_clock_that_goes_back_counts_nothing_twice(store: TelemetryStore) -> None:
    keep_day(store, date(2026, 11, 20), {})
    counted = count(store, BEGUN, NOW + timedelta(minutes=12))
    assert count(store, counted, NOW) == counted


def test_what_changes_later_is_not_counted_again(store: TelemetryStore) -> None:
    keep_day(store, date(2026, 11, 20), {})
    counted = count(store, BEGUN, NOW + timedelta(minutes=5))
    keep_day(store, date(2026, 11, 20), {minute_of(NOW) + 2: MinuteClass.DOWN})
    assert count(store, counted, NOW + timedelta(minutes=6)).minutes[MinuteClass.DOWN] == 0


def test_minutes_on_both_sides_of_midnight_are_counted(store: TelemetryStore) -> None:
    midnight = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
    keep_day(store, date(2026, 11, 20), {})
    keep_day(store, date(2026, 11, 21), {minute_of(midnight): MinuteClass.PARTIAL})
    counted = count(store, begin((), minute_of(midnight) - 2), midnight + timedelta(minutes=2))
    assert (counted.minutes[MinuteClass.UP], counted.minutes[MinuteClass.PARTIAL]) == (3, 1)


def test_a_day_nothing_came_from_counts_as_unknown(store: TelemetryStore) -> None:
    assert count(store, BEGUN, NOW + timedelta(hours=1)).minutes[MinuteClass.UNKNOWN] == 60


def test_failures_count_when_they_end_and_those_of_before_do_not(store: TelemetryStore) -> None:
    before, lasting = an_incident("before"), an_incident("lasting", minutes=None)
    counted = begin((lasting, before), minute_of(NOW))
    ended = an_incident("lasting", severity="partial")
    for _ in range(2):
        counted = count(store, counted, NOW, ended, before)
    assert counted.ended == {"major": 0, "partial": 1}
