"""Civil days, also those on which clocks change."""

from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from observatory.judge.days import Span, civil_day, day_of, days_of, minute_of, minutes_of_the_clock, moment_of
from observatory.judge.hours import Hours

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("zone", "day", "minutes"),
    [
        ("Asia/Seoul", date(2026, 3, 29), 1440),
        ("Europe/Berlin", date(2026, 3, 29), 1380),
        ("Europe/Berlin", date(2026, 10, 25), 1500),
        ("Africa/Cairo", date(2026, 4, 24), 1380),
        ("Australia/Lord_Howe", date(2026, 10, 4), 1410),
    ],
)
def test_a_day_is_as_long_as_its_clock_makes_it(zone: str, day: date, minutes: int) -> None:
    found = civil_day(day, ZoneInfo(zone))
    assert len(found.span) == minutes
    assert (day_of(found.span.first, ZoneInfo(zone)), day_of(found.span.end - 1, ZoneInfo(zone))) == (day, day)
    assert day_of(found.span.first - 1, ZoneInfo(zone)) < day < day_of(found.span.end, ZoneInfo(zone))


def test_days_follow_each_other_without_gap() -> None:
    first = minute_of(datetime(2026, 1, 1, tzinfo=UTC))
    days = days_of(Span(first, first + 366 * 1440), BERLIN)
    assert all(before.span.end == after.span.first for before, after in pairwise(days))


def test_service_hours_follow_the_wall_clock_over_a_change() -> None:
    spring = civil_day(date(2026, 3, 29), BERLIN)
    closed = Hours(((date.min, "09:00-18:00"),), BERLIN).closed((spring,))
    opening = moment_of(spring.span.first + int((~closed).argmax())).astimezone(BERLIN)
    assert ((~closed).sum(), opening.hour, opening.minute) == (540, 9, 0)


def test_service_hours_may_run_over_midnight() -> None:
    closed = Hours(((date.min, "22:00-06:00"),), BERLIN).closed((civil_day(date(2026, 3, 2), BERLIN),))
    assert (~closed).sum() == 480
    assert not closed[0]
    assert closed[720]


def test_a_week_has_its_own_hours_and_holidays_are_closed() -> None:
    hours = Hours(((date.min, "mon-fri 09:00-18:00, sat 22:00-02:00"),), BERLIN, frozenset({date(2026, 3, 4)}))
    open_minutes = [int((~hours.closed((civil_day(date(2026, 3, day), BERLIN),))).sum()) for day in range(2, 10)]
    assert open_minutes == [540, 540, 0, 540, 540, 120, 120, 540]


def test_each_day_has_the_hours_that_were_in_force_then() -> None:
    hours = Hours(((date.min, "00:00-24:00"), (date(2026, 3, 3), "09:00-18:00")), BERLIN)
    days = [civil_day(date(2026, 3, day), BERLIN) for day in (2, 3)]
    assert [int(hours.closed((day,)).sum()) for day in days] == [0, 900]
    assert not hours.always


def test_an_hour_that_happens_twice_is_there_twice() -> None:
    clock = minutes_of_the_clock(civil_day(date(2026, 10, 25), BERLIN), BERLIN)
    assert (clock == 150).sum() == 2
