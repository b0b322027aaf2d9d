"""Rules of recurrence: which moments they name, by the wall clock, and which rules are refused."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from observatory.errors import BadInput
from observatory.model.recurrence import MOMENTS_MAX, starts_of

SEOUL, PARIS = ZoneInfo("Asia/Seoul"), ZoneInfo("Europe/Paris")
FIRST = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
"""A Sunday, two in the night in Seoul."""
YEAR = FIRST + timedelta(days=366)


def days(rule: str) -> list[str]:
    return [f"{start.astimezone(SEOUL):%m-%d %H:%M}" for start in starts_of(rule, FIRST, YEAR, SEOUL)]


def test_without_a_rule_it_is_once() -> None:
    assert days("") == ["11-22 02:00"]


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ("FREQ=WEEKLY;COUNT=3", ["11-22 02:00", "11-29 02:00", "12-06 02:00"]),
        ("RRULE:FREQ=WEEKLY;BYDAY=SU;UNTIL=20261206", ["11-22 02:00", "11-29 02:00"]),
        ("freq=monthly;byday=4SU;count=3", ["11-22 02:00", "12-27 02:00", "01-24 02:00"]),
        ("FREQ=MONTHLY;BYMONTHDAY=22,-1;COUNT=3", ["11-22 02:00", "11-30 02:00", "12-22 02:00"]),
    ],
)
def test_a_rule_names_moments_by_the_clock_of_the_site(rule: str, named: list[str]) -> None:
    assert days(rule) == named


def test_there_are_no_more_than_two_a_week_for_a_year() -> None:
    assert len(days("FREQ=DAILY")) == MOMENTS_MAX
    assert len(days("FREQ=MONTHLY")) == 13


def test_where_clocks_change_it_begins_at_the_same_hour() -> None:
    first = datetime(2026, 10, 18, 0, 0, tzinfo=UTC)
    starts = starts_of("FREQ=WEEKLY;COUNT=3", first, first + timedelta(days=30), PARIS)
    assert [f"{start.astimezone(PARIS):%d %H:%M}" for start in starts] == ["18 02:00", "25 02:00", "01 02:00"]
    assert [start.hour for start in starts] == [0, 0, 1]


@pytest.mark.parametrize(
    "rule",
    [
        "every Sunday",
        "FREQ=SECONDLY",
        "FREQ=YEARLY",
        "COUNT=3",
        "FREQ=WEEKLY;FREQ=DAILY",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=WEEKLY;INTERVAL=0",
        "FREQ=DAILY;UNTIL=20261399",
        "FREQ=DAILY;" + "INTERVAL=1" * 40,
    ],
)
def test_a_rule_that_cannot_be_read_or_may_never_end_is_refused(rule: str) -> None:
    with pytest.raises(BadInput, match="recurrence"):
        days(rule)


@pytest.mark.parametrize("rule", ["FREQ=WEEKLY;BYDAY=MO;COUNT=3", "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2", "FREQ=DAILY;UNTIL=20261101"])
def test_a_rule_that_leaves_its_own_start_out_is_refused(rule: str) -> None:
    with pytest.raises(BadInput, match="leaves that moment out"):
        days(rule)


def test_an_hour_that_clocks_skip_begins_an_hour_later_and_one_that_comes_twice_at_the_first() -> None:
    spring, autumn = datetime(2026, 3, 22, 1, 30, tzinfo=UTC), datetime(2026, 10, 18, 0, 30, tzinfo=UTC)
    for first, hours in ((spring, [1, 1, 0]), (autumn, [0, 0, 1])):
        starts = starts_of("FREQ=WEEKLY;COUNT=3", first, first + timedelta(days=30), PARIS)
        assert [start.hour for start in starts] == hours
