"""From which minute an incident is charged, however its days are looked at; and what is said of minutes nothing tells of."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatory.judge.days import Span, civil_day
from observatory.judge.hours import Hours
from observatory.judge.tally import Charge, minutes_by_class, minutes_untold
from observatory.model.day import DayStrip
from observatory.model.incident import MinuteClass, Verdict

ZONE = ZoneInfo("Asia/Seoul")
DAYS = [civil_day(date(2026, 3, 2) + timedelta(days=offset), ZONE) for offset in range(3)]
SPAN = Span(DAYS[0].span.first + 100, DAYS[2].span.first + 500)
"""An incident of three days."""


def a_strip(number: int, *bad: int) -> DayStrip:
    """Return the strip of a day whose given minutes are bad and open; the others are closed."""
    counts, flags = np.zeros(1440, np.uint32), np.zeros(1440, np.uint8)
    verdict, minute_class = flags.copy(), np.full(1440, MinuteClass.CLOSED, np.uint8)
    verdict[list(bad)], minute_class[list(bad)] = Verdict.DOWN, MinuteClass.DOWN
    return DayStrip(
        1, 0, DAYS[number].day, DAYS[number].span.first, counts, counts, counts, counts, counts, flags, flags, verdict, minute_class
    )


@pytest.mark.parametrize("at_once", [1, 2, 3])
@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        (((50, 120), (), ()), DAYS[0].span.first + 120),
        (((50,), (), (300, 400)), DAYS[2].span.first + 300),
        (((), (), (700,)), None),
        ((None, None, None), SPAN.first),
        ((None, (7,), None), DAYS[1].span.first + 7),
    ],
)
def test_the_first_chargeable_minute_counts(bad: tuple[tuple[int, ...] | None, ...], expected: int | None, at_once: int) -> None:
    charge = Charge(SPAN, always=False)
    for start in range(0, len(DAYS), at_once):
        numbers = range(start, min(start + at_once, len(DAYS)))
        strips = {DAYS[n].day: a_strip(n, *minutes) for n in numbers if (minutes := bad[n]) is not None}
        charge.look([DAYS[n] for n in numbers], strips)
    assert charge.first == expected


def test_without_closing_hours_it_is_the_minute_it_began() -> None:
    charge = Charge(SPAN, always=True)
    charge.look(DAYS, {DAYS[0].day: a_strip(0, 700)})
    assert charge.first == SPAN.first


@given(
    first=st.integers(0, 30_000_000),
    minutes=st.integers(0, 60_000),
    hours=st.sampled_from(["00:00-24:00", "09:00-18:00", "22:00-06:00", "mon-fri 09:00-18:00, sat 20:00-02:00, holidays 10:00-12:00"]),
    zone=st.sampled_from([ZONE, ZoneInfo("Europe/Berlin")]),
)
def test_minutes_nothing_tells_of_are_counted_by_days_as_minute_by_minute(first: int, minutes: int, hours: str, zone: ZoneInfo) -> None:
    known = Hours(((date.min, "10:00-12:00"), (date(1990, 1, 3), hours)), zone, frozenset({date(2026, 12, 25)}))
    span = Span(first, first + minutes)
    assert minutes_untold(span, known).tolist() == minutes_by_class({}, span, known).tolist()
