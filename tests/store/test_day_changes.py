"""What a telemetry store promises about days that change after they were over, on every backend."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from observatory.model.day import DayStrip
from observatory.model.day_change import ChangedMinutes, ChangedRequests
from observatory.model.delivery import ImportPosition
from observatory.model.incident import MinuteClass
from observatory.store.telemetry import Batch, TelemetryStore
from tests.store.counted import DAY, DAY_START, RECEIVED, a_batch, a_load, a_strip, add

HOUR = timedelta(hours=1)
LATER = RECEIVED + timedelta(days=6)
"""When all days of these tests are over."""


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
        telemetry.keep_judged(None, 1, [down(minutes)], [], at=LATER)
    assert told(telemetry) == []


def test_a_day_that_was_summed_by_a_clock_that_leapt_is_not_over(telemetry: TelemetryStore) -> None:
    telemetry.keep_judged(None, 1, [down(5)], [a_load()], at=LATER)
    telemetry.keep_judged(None, 1, [down(9)], [], at=RECEIVED)
    assert told(telemetry) == []


def test_a_day_that_is_over_has_a_line_for_each_change_with_all_that_changed(telemetry: TelemetryStore) -> None:
    telemetry.keep_judged(None, 1, [down(5)], [a_load()], at=LATER)
    telemetry.keep_judged(None, 1, [down(5)], [], at=LATER)
    assert told(telemetry) == []
    telemetry.keep_judged(None, 1, [down(9)], [], at=LATER)
    telemetry.keep_judged(None, 1, [down(7)], [], at=LATER + HOUR)
    assert told(telemetry) == [(1, DAY, 9, 7), (1, DAY, 5, 9)]
    newest = telemetry.day_changes(None, 1)[0]
    assert (newest.at, newest.revision) == (LATER + HOUR, telemetry.revision(1))
    assert newest.after == ChangedMinutes(7, 0, 0, 0, 0)


def test_what_follows_closely_is_one_line_and_what_is_undone_is_none(telemetry: TelemetryStore) -> None:
    telemetry.keep_judged(None, 1, [down(5)], [a_load()], at=LATER)
    for step, minutes in enumerate((6, 8, 12)):
        telemetry.keep_judged(None, 1, [down(minutes)], [], at=LATER + timedelta(minutes=20 * step))
    assert told(telemetry) == [(1, DAY, 5, 12)]
    telemetry.keep_judged(None, 1, [down(5)], [], at=LATER + HOUR)
    assert told(telemetry) == []


def test_menus_have_lines_of_their_own_and_other_services_and_what_has_no_time_have_none(telemetry: TelemetryStore) -> None:
    telemetry.keep_judged(None, 1, [down(5), down(5, menu=11)], [a_load()], at=LATER)
    telemetry.keep_judged(None, 2, [down(5, service=2)], [], at=LATER)
    telemetry.keep_judged(None, 1, [down(9, menu=11)], [], at=LATER)
    telemetry.keep_judged(None, 2, [down(9, service=2)], [], at=LATER)
    telemetry.keep_judged(None, 1, [down(7)], [])
    assert told(telemetry) == [(1, DAY, 5, 9)]
    assert telemetry.day_changes(None, 1)[0].menu == 11


def test_requests_that_come_late_are_a_line_of_the_service_and_of_their_menu(telemetry: TelemetryStore) -> None:
    strips = [down(5), down(5, menu=11), down(5, menu=12)]
    telemetry.keep_judged(None, 1, strips, [a_load(), a_load(menu=12)], at=LATER)
    telemetry.keep_judged(None, 1, [], [a_load(), a_load(menu=12)], at=LATER)
    assert told(telemetry) == []
    telemetry.keep_judged(None, 1, [], [a_load(count=1000), a_load(menu=12)], at=LATER)
    menu, whole = telemetry.day_changes(None, 100)
    assert [(each.menu, each.reason, each.load_time_source) for each in (menu, whole)] == [(11, "late", "server"), (0, "late", "server")]
    assert (menu.was.requests, menu.now.requests) == (ChangedRequests(7, 8, None), ChangedRequests(1000, 1001, 1006 // 1005))
    assert (whole.was.requests, whole.now.requests) == (ChangedRequests(14, 16, None), ChangedRequests(1007, 1009, 1019 // 1017))


def test_what_is_no_part_of_any_figure_has_no_line(telemetry: TelemetryStore) -> None:
    telemetry.keep_judged(None, 1, [down(5)], [a_load(), a_load(source=1), a_load(source=8)], at=LATER)
    telemetry.keep_judged(None, 1, [], [a_load(), a_load(source=1, count=9), a_load(source=8, count=9)], at=LATER)
    assert told(telemetry) == []


def test_requests_of_no_menu_have_a_line_of_the_service_though_no_digit_beside_it_is_another(telemetry: TelemetryStore) -> None:
    telemetry.keep_judged(None, 1, [down(5)], [a_load(), a_load(menu=0)], at=LATER)
    telemetry.keep_judged(None, 1, [], [a_load(), a_load(menu=0, count=9)], at=LATER)
    (line,) = telemetry.day_changes(None, 10)
    assert (line.menu, line.reason, line.was) == (0, "late", line.now)


def test_a_day_whose_minutes_are_others_but_as_many_has_a_line(telemetry: TelemetryStore) -> None:
    day = down(5)
    moved = replace(day, minute_class=day.minute_class[::-1].copy())
    telemetry.keep_judged(None, 1, [day], [a_load()], at=LATER)
    for minutes in (moved, replace(moved, minute_class=np.roll(moved.minute_class, 3))):
        telemetry.keep_judged(None, 1, [minutes], [], at=LATER)
        (line,) = telemetry.day_changes(None, 10)
        assert (line.reason, line.was) == ("again", line.now)
    telemetry.keep_judged(None, 1, [day], [], at=LATER)
    assert told(telemetry) == []


def imported(*minutes: int) -> Batch:
    """Return a piece of a file with requests of such minutes of the day."""
    return replace(a_batch(*((DAY_START + minute, 1, 11, 3) for minute in minutes), received_at=LATER), position=ImportPosition(b"file", 9))


def test_a_day_that_was_imported_is_marked_with_what_it_was_before(telemetry: TelemetryStore) -> None:
    add(telemetry, [imported(60)])
    telemetry.keep_judged(None, 1, [down(5), down(5, menu=11)], [a_load()], at=LATER)
    (line,) = telemetry.day_changes(None, 10)
    assert (line.menu, line.reason, line.before, line.after.down) == (0, "imported", ChangedMinutes(0, 0, 0, 0, 1440), 5)
    assert (line.was.requests, line.now.requests) == (ChangedRequests(0, 0, None), ChangedRequests(7, 8, None))


def test_of_what_was_summed_before_only_what_was_imported_is_marked_so(telemetry: TelemetryStore) -> None:
    tomorrow = DAY + timedelta(days=1)
    telemetry.keep_judged(None, 1, [down(5), down(5, day=tomorrow)], [a_load(), a_load(day=tomorrow)], at=LATER)
    add(telemetry, [imported(60)])
    telemetry.keep_judged(None, 1, [], [a_load(count=99), a_load(day=tomorrow, count=99)], at=LATER)
    assert {(each.day, each.reason) for each in telemetry.day_changes(None, 10)} == {(DAY, "imported"), (tomorrow, "late")}


def test_what_follows_a_log_as_it_is_written_is_not_imported(telemetry: TelemetryStore) -> None:
    add(telemetry, [replace(imported(60), received_at=RECEIVED)])
    telemetry.keep_judged(None, 1, [down(5)], [a_load()], at=LATER)
    assert told(telemetry) == []


@pytest.mark.parametrize(("awake_from", "lines"), [(1440, 1), (1441 + 720, 0)], ids=["who could be read", "nobody was awake"])
def test_a_silent_day_of_which_something_comes_late_has_a_line_if_its_silence_was_published(
    telemetry: TelemetryStore, awake_from: int, lines: int
) -> None:
    telemetry.beat(DAY_START + awake_from, first=True)
    telemetry.beat(DAY_START + 1440 + 730, first=False)
    noon = datetime.fromtimestamp((DAY_START + 1440 + 720) * 60, UTC)
    telemetry.keep_judged(None, 1, [down(5)], [a_load()], at=noon)
    assert [each.reason for each in telemetry.day_changes(None, 10)] == ["late"] * lines


def test_lines_are_read_in_parts(telemetry: TelemetryStore) -> None:
    days = [DAY + timedelta(days=ago) for ago in range(5)]
    telemetry.keep_judged(None, 1, [down(5, day=day) for day in days], [a_load(day=day) for day in days], at=LATER)
    telemetry.keep_judged(None, 1, [down(6, day=day) for day in days], [], at=LATER)
    first = telemetry.day_changes(None, 2)
    rest = telemetry.day_changes((int(first[-1].at.timestamp()), first[-1].number), 10)
    assert [each.day for each in (*first, *rest)] == days[::-1]
