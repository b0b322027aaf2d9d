"""Counters that only grow: final minutes and ended failures, each counted once."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from observatory.judge.days import civil_day, minute_of
from observatory.judge.method import IN_FORCE
from observatory.model.day import DayStrip
from observatory.model.incident import MinuteClass
from observatory.publish.metrics.since_start import ServiceCounts, SinceStart
from observatory.store.opening import open_telemetry, prepare_folder
from observatory.store.telemetry import Batch, TelemetryStore
from tests.builders import a_menu, a_service
from tests.moments import NOW
from tests.observed import traffic
from tests.summaries import a_summary, an_incident

SEOUL = ZoneInfo("Asia/Seoul")
SERVICE = a_service(menus=(a_menu(),))
FINAL = timedelta(minutes=IN_FORCE.provisional_minutes)


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


def look(counter: SinceStart, now: datetime) -> ServiceCounts:
    return counter.look([a_summary(SERVICE)], now, SEOUL)[SERVICE.id]


def test_a_minute_is_counted_once_it_is_final_and_never_again(store: TelemetryStore) -> None:
    keep_day(store, date(2026, 11, 20), {minute_of(NOW) + 1: MinuteClass.DOWN})
    counter = SinceStart(store)
    assert sum(look(counter, NOW).minutes) == 0
    assert look(counter, NOW + timedelta(minutes=3)).minutes[MinuteClass.UP] == 3
    counts = look(counter, NOW + FINAL + timedelta(minutes=2))
    assert (counts.minutes[MinuteClass.UP], counts.minutes[MinuteClass.DOWN]) == (11, 1)
    assert sum(look(counter, NOW + FINAL + timedelta(minutes=2)).minutes) == 12


def test_what_changes_later_is_not_counted_again(store: TelemetryStore) -> None:
    keep_day(store, date(2026, 11, 20), {})
    counter = SinceStart(store)
    look(counter, NOW)
    look(counter, NOW + timedelta(minutes=5))
    keep_day(store, date(2026, 11, 20), {minute_of(NOW) - 10: MinuteClass.DOWN})
    assert look(counter, NOW + timedelta(minutes=5)).minutes[MinuteClass.DOWN] == 0


def test_minutes_on_both_sides_of_midnight_are_counted(store: TelemetryStore) -> None:
    midnight = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
    keep_day(store, date(2026, 11, 20), {})
    keep_day(store, date(2026, 11, 21), {minute_of(midnight): MinuteClass.PARTIAL})
    counter = SinceStart(store)
    look(counter, midnight + FINAL - timedelta(minutes=2))
    counts = look(counter, midnight + FINAL + timedelta(minutes=2))
    assert (counts.minutes[MinuteClass.UP], counts.minutes[MinuteClass.PARTIAL]) == (3, 1)


def test_a_day_nothing_came_from_counts_as_unknown(store: TelemetryStore) -> None:
    counter = SinceStart(store)
    look(counter, NOW)
    assert look(counter, NOW + timedelta(hours=1)).minutes[MinuteClass.UNKNOWN] == 60


def test_minutes_the_judge_has_not_seen_wait_for_it(store: TelemetryStore) -> None:
    counter = SinceStart(store)
    look(counter, NOW)
    store.add([Batch(traffic(SERVICE, SERVICE.menus[0], NOW, 1), NOW)])
    store.flush()
    assert sum(look(counter, NOW + timedelta(hours=1)).minutes) == IN_FORCE.provisional_minutes
    keep_day(store, date(2026, 11, 20), {})
    store.keep_judged(store.unjudged()[0], SERVICE.index, [], [])
    assert look(counter, NOW + timedelta(hours=1)).minutes[MinuteClass.UP] == 50


def test_failures_count_when_they_end_and_those_of_before_do_not(store: TelemetryStore) -> None:
    counter = SinceStart(store)
    before, lasting = an_incident("before"), an_incident("lasting", minutes=None)
    counter.look([a_summary(SERVICE, incidents=(lasting, before))], NOW, SEOUL)
    ended = an_incident("lasting", severity="partial")
    for _ in range(2):
        counts = counter.look([a_summary(SERVICE, incidents=(ended, before))], NOW, SEOUL)[SERVICE.id]
    assert counts.ended == {"major": 0, "partial": 1}
