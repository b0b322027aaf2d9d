"""Windows by name and by their ends."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from observatory.errors import BadInput
from observatory.judge.windows import custom_window, last_day_of_minutes, named_window

SEOUL = ZoneInfo("Asia/Seoul")
HALF_A_MINUTE_ON = datetime(2026, 11, 20, 3, 0, 30, tzinfo=UTC)


def test_a_day_ends_with_the_last_full_hour() -> None:
    window = named_window("24h", SEOUL, HALF_A_MINUTE_ON + timedelta(minutes=17))
    assert (window.start, window.end) == (datetime(2026, 11, 19, 3, 0, tzinfo=UTC), datetime(2026, 11, 20, 3, 0, tzinfo=UTC))


def test_a_day_of_what_was_observed_for_less_ends_with_the_present_minute() -> None:
    window = last_day_of_minutes(HALF_A_MINUTE_ON)
    assert (window.start, window.end) == (datetime(2026, 11, 19, 3, 1, tzinfo=UTC), datetime(2026, 11, 20, 3, 1, tzinfo=UTC))


@pytest.mark.parametrize("days", [7, 30, 90])
def test_longer_windows_are_full_local_days(days: int) -> None:
    window = named_window(f"{days}d", SEOUL, HALF_A_MINUTE_ON)
    assert window.end == datetime(2026, 11, 19, 15, 0, tzinfo=UTC)
    assert window.end - window.start == timedelta(days=days)


def test_a_month_is_a_civil_month() -> None:
    window = named_window("month:2026-12", SEOUL, HALF_A_MINUTE_ON)
    assert (window.start, window.end) == (datetime(2026, 11, 30, 15, 0, tzinfo=UTC), datetime(2026, 12, 31, 15, 0, tzinfo=UTC))


def test_a_month_in_which_clocks_change_is_an_hour_shorter() -> None:
    window = named_window("month:2026-03", ZoneInfo("Europe/Berlin"), HALF_A_MINUTE_ON)
    assert window.end - window.start == timedelta(days=31, hours=-1)


@pytest.mark.parametrize(
    "name", ["", "1d", "31d", "month:2026-13", "month:2026-00", "month:0001-01", "month:9999-12", "month:٢٠٢٦-01", "24h "]
)
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(BadInput, match="no such name"):
        named_window(name, SEOUL, HALF_A_MINUTE_ON)


def test_the_ends_of_a_window_are_cut_to_whole_minutes() -> None:
    window = custom_window(HALF_A_MINUTE_ON, HALF_A_MINUTE_ON + timedelta(minutes=2))
    assert (window.name, window.start, window.end - window.start) == ("custom", HALF_A_MINUTE_ON.replace(second=0), timedelta(minutes=2))


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        (HALF_A_MINUTE_ON, HALF_A_MINUTE_ON, "ends before it starts"),
        (HALF_A_MINUTE_ON, HALF_A_MINUTE_ON + timedelta(seconds=10), "ends before it starts"),
        (HALF_A_MINUTE_ON, HALF_A_MINUTE_ON - timedelta(days=1), "ends before it starts"),
        (HALF_A_MINUTE_ON.replace(tzinfo=None), HALF_A_MINUTE_ON, "no time zone"),
        (HALF_A_MINUTE_ON, HALF_A_MINUTE_ON.replace(tzinfo=None), "no time zone"),
        (datetime(9999, 12, 31, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC), "no calendar"),
        (HALF_A_MINUTE_ON, HALF_A_MINUTE_ON + timedelta(days=400, minutes=1), "longer than 400 days"),
        (datetime(1960, 1, 1, tzinfo=UTC), HALF_A_MINUTE_ON, "before 1970"),
    ],
)
def test_ends_that_make_no_window_are_refused(start: datetime, end: datetime, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        custom_window(start, end)
