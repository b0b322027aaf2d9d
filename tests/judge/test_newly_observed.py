"""Records of before a service was observed let it count as observed from then on: no digit of a day that was over changes untold."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from observatory.flows.judging import sum_days
from observatory.judge.days import civil_day, day_of
from observatory.model.day_change import DayChange
from tests.judge.world import World

SEOUL = ZoneInfo("Asia/Seoul")
HOUR, DAY = 60, 1440
"""In minutes; minute 0 is ten in the morning, when the service was registered."""
LOOKED_AT = {"as_of", "revision", "judged_to", "final", "window", "observed_from"}


def beat(world: World, first: int, last: int) -> None:
    """Let the observatory be awake between two minutes."""
    for minute, begins in ((first, True), (last, False)):
        world.telemetry.beat(world.origin + minute, first=begins)


def digits(world: World, days: Iterable[date], at: int) -> dict[date, dict[str, object]]:
    """Return every published digit of each of these days, as it stands at a minute."""
    found = {}
    for day in days:
        span = civil_day(day, SEOUL).span
        told = world.figures(span.first - world.origin, span.end - world.origin, at=at)
        found[day] = {field.name: getattr(told, field.name) for field in fields(told) if field.name not in LOOKED_AT}
    return found


def lines(world: World) -> dict[date, DayChange]:
    return {each.day: each for each in world.telemetry.day_changes(None, 100) if each.menu == 0}


@pytest.fixture
def young(world: World) -> World:
    """Return a world that is two days old, of which there were records since it was registered at ten."""
    beat(world, -2 * DAY, 2 * DAY)
    for first in range(0, 2 * DAY, HOUR):
        world.users(range(first, first + HOUR)).judge(first + HOUR)
        sum_days(world.service, date(2026, 3, 1), world, world.at(first + HOUR))
    return world


@pytest.mark.parametrize("first", [-30, -9 * HOUR, -14 * HOUR, -DAY])
def test_no_digit_of_a_day_that_was_over_changes_without_a_line(young: World, first: int) -> None:
    now = 2 * DAY
    days = sorted({day_of(young.origin + minute, SEOUL) for minute in range(-3 * DAY, now - 11 * HOUR, HOUR)})
    before = digits(young, days, now)
    assert lines(young) == {}
    young.users(range(first, first + 20)).judge(now)
    after = digits(young, days, now)
    changed = {day for day in days if before[day] != after[day]}
    assert changed
    assert changed <= lines(young).keys()
    for day in changed:
        told = lines(young)[day]
        assert (told.was.minutes.unknown, told.now.minutes.unknown) == (before[day]["unknown_minutes"], after[day]["unknown_minutes"])


def test_a_day_between_says_that_it_counts_as_observed_now(young: World) -> None:
    young.users(range(-DAY, -DAY + 20)).judge(2 * DAY)
    registered = lines(young)[day_of(young.origin, SEOUL)]
    assert (registered.reason, registered.was.minutes.unknown, registered.now.minutes.unknown) == ("begun", 0, 10 * HOUR)
    assert registered.was.requests == registered.now.requests


def test_what_came_before_anybody_could_read_it_is_no_change(world: World) -> None:
    beat(world, -2 * DAY, DAY)
    world.users(range(30)).judge(30)
    world.users(range(-DAY, -DAY + 20)).judge(50)
    assert [each.reason for each in lines(world).values() if each.reason == "begun"] == []


def test_evidence_of_a_day_that_was_observed_moves_nothing(young: World) -> None:
    young.users(range(DAY - 30, DAY), bad=50).judge(2 * DAY + 5)
    assert "begun" not in {each.reason for each in lines(young).values()}


def test_it_is_a_line_of_its_own_only_where_there_is_no_other(young: World) -> None:
    young.users(range(-DAY, -DAY + 20)).judge(2 * DAY)
    young.users(range(-9 * HOUR, -8 * HOUR)).judge(2 * DAY + 5)
    whole = lines(young)[day_of(young.origin, SEOUL)]
    assert (whole.reason, whole.was.minutes.unknown, whole.now.minutes.unknown) == ("late", 0, 9 * HOUR)
