"""Service hours are read as people write them, or refused."""

import pytest

from observatory.errors import BadInput
from observatory.model.service_hours import parse_week


def test_hours_without_days_are_those_of_every_day() -> None:
    week = parse_week("09:00-18:00")
    assert {*week.days, week.holiday} == {(540, 1080)}
    assert not week.always
    assert parse_week("00:00-24:00").always


def test_days_that_are_not_named_are_closed_and_so_are_holidays() -> None:
    week = parse_week("mon-fri 09:00-18:00, sun 10:00-12:00")
    assert week.days == (*[(540, 1080)] * 5, None, (600, 720))
    assert week.holiday is None
    assert parse_week("mon 09:00-18:00, holidays 10:00-12:00").holiday == (600, 720)


@pytest.mark.parametrize(
    "hours",
    [
        "",
        "9-18",
        "09:00-09:00",
        "25:00-26:00",
        "fri-mon 09:00-18:00",
        "day 09:00-18:00",
        "mon 09:00-18:00, mon-tue 09:00-12:00",
        "09:00-18:00,",
    ],
)
def test_what_is_no_hours_is_refused(hours: str) -> None:
    with pytest.raises(BadInput, match="service hours"):
        parse_week(hours)
