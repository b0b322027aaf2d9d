"""What a telemetry store promises about days that change after they were over, on every backend."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from observatory.model.day import DayStrip
from observatory.model.day_change import ChangedMinutes
from observatory.model.incident import MinuteClass
from observatory.store.telemetry import TelemetryStore
from tests.store.counted import DAY, RECEIVED, a_load, a_strip

HOUR = timedelta(hours=1)


def down(minutes: int, *, menu: int = 0, service: int = 1, day: date = DAY) -> DayStrip:
    """Return a day that was up except for so many minutes."""
    classes = np.full(1440, MinuteClass.UP, np.uint8)
    classes[:minutes] = MinuteClass.DOWN
    return replace(a_strip(menu=menu, service=service, day=day), minute_class=classes)


def told(store: TelemetryStore) -> list[tuple[int, date, int, int]]:
    """Return (service, day, minutes down before, and after) of every change, the newest first."""
    return [(each.service, each.day, each.before.down, each.after.down) for each in store.day_changes(None, 100)]


def test_a_day_that_is_not_over_changes_without_a_line(telemetry: TelemetryStore) -> None:
    for minutes in (0, 5, 9):
        telemetry.keep_judged(None, 1, [down(minutes)], [], at=RECEIVED)
    assert told(telemetry) == []


def test_a_day_that_is_over_has_a_line_for_each_change_with_all_that_changed(telemetry: TelemetryStore) -> None:
    telemetry.keep_judged(None, 1, [down(5)], [a_load()], at=RECEIVED)
    telemetry.keep_judged(None, 1, [down(5)], [], at=RECEIVED)
    assert told(telemetry) == []
    telemetry.keep_judged(None, 1, [down(9)], [], at=RECEIVED)
    telemetry.keep_judged(None, 1, [down(7)], [], at=RECEIVED + HOUR)
    assert told(telemetry) == [(1, DAY, 9, 7), (1, DAY, 5, 9)]
    newest = telemetry.day_changes(None, 1)[0]
    assert (newest.at, newest.revision, newest.revision) == (RECEIVED + HOUR, telemetry.revision(1), 4)
    assert newest.after == ChangedMinutes(7, 0, 0, 0, 0)


def test_what_follows_closely_is_one_line_and_what_is_undone_is_none(telemetry: TelemetryStore) -> None:
    telemetry.keep_judged(None, 1, [down(5)], [a_load()], at=RECEIVED)
    for step, minutes in enumerate((6, 8, 12)):
        telemetry.keep_judged(None, 1, [down(minutes)], [], at=RECEIVED + timedelta(minutes=20 * step))
    assert told(telemetry) == [(1, DAY, 5, 12)]
    telemetry.keep_judged(None, 1, [down(5)], [], at=RECEIVED + HOUR)
    assert told(telemetry) == []


def test_menus_other_services_and_folds_have_no_lines(telemetry: TelemetryStore) -> None:
    telemetry.keep_judged(None, 1, [down(5), down(5, menu=11)], [a_load()], at=RECEIVED)
    telemetry.keep_judged(None, 2, [down(5, service=2)], [], at=RECEIVED)
    telemetry.keep_judged(None, 1, [down(9, menu=11)], [], at=RECEIVED)
    telemetry.keep_judged(None, 2, [down(9, service=2)], [], at=RECEIVED)
    telemetry.keep_judged(None, 1, [down(7)], [])
    assert told(telemetry) == []


def test_lines_are_read_in_parts(telemetry: TelemetryStore) -> None:
    days = [DAY + timedelta(days=ago) for ago in range(5)]
    telemetry.keep_judged(None, 1, [down(5, day=day) for day in days], [a_load(day=day) for day in days], at=RECEIVED)
    telemetry.keep_judged(None, 1, [down(6, day=day) for day in days], [], at=RECEIVED)
    first = telemetry.day_changes(None, 2)
    rest = telemetry.day_changes((int(first[-1].at.timestamp()), first[-1].number), 10)
    assert [each.day for each in (*first, *rest)] == days[::-1]
