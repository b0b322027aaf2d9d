"""What the clock of a zone shows, where it is changed."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from observatory.errors import BadInput
from observatory.model.site_clock import moment_by_clock

BERLIN = ZoneInfo("Europe/Berlin")


def clock(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("shown", "meant"),
    [
        ("2026-03-29T01:59", "2026-03-29T00:59"),
        ("2026-03-29T03:00", "2026-03-29T01:00"),
        ("2026-10-25T01:59", "2026-10-24T23:59"),
        ("2026-10-25T03:00", "2026-10-25T02:00"),
    ],
)
def test_around_a_change_every_time_is_one_moment(shown: str, meant: str) -> None:
    assert moment_by_clock(clock(shown), BERLIN) == clock(meant).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ("2026-03-29T02:00", "go forward then, and never show it"),
        ("2026-03-29T02:59", "2026-03-29 02:59"),
        ("2026-10-25T02:00", "go back then, and show it twice"),
        ("2026-10-25T02:30", "Europe/Berlin"),
    ],
)
def test_an_hour_that_is_skipped_or_comes_twice_is_refused(shown: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        moment_by_clock(clock(shown), BERLIN)
