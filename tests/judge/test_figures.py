"""Figures from minutes, incidents and load times that are given."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from observatory.judge.account import Account, open_account
from observatory.judge.days import Span, minute_of
from observatory.judge.figures import target_of
from observatory.judge.method import IN_FORCE
from observatory.model.incident import Incident, MinuteClass
from observatory.model.target import SCHEME

START = datetime(2026, 3, 1, tzinfo=UTC)
FIRST = minute_of(START)


def an_account(failures: int = 0, unobserved: int = 0, **minutes: int) -> Account:
    """Return an account with minutes by class name."""
    counts = np.zeros(len(MinuteClass), np.int64)
    for name, value in minutes.items():
        counts[MinuteClass[name.upper()]] = value
    return Account(counts, unobserved, failures, (), (), 0, IN_FORCE)


def an_incident(first: int, end: int | None, *, seen_after_s: int = 90) -> Incident:
    started_at = START + timedelta(minutes=first)
    return Incident(
        id=f"job-portal-{first}",
        service_id="job-portal",
        menu_id=None,
        menu_ids=(),
        severity="major",
        started_at=started_at,
        ended_at=None if end is None else START + timedelta(minutes=end),
        detected_at=started_at + timedelta(seconds=seen_after_s),
        end_reason=None if end is None else "recovered",
        detected_by="users",
        down_minutes=(end or first + 1) - first,
        partial_minutes=0,
    )


def test_minutes_that_were_not_measured_lower_coverage_and_nothing_else() -> None:
    account = an_account(up=800, down=100, unknown=100, closed=500, maintenance=60)
    assert (account.measured, account.coverage, account.availability_percent(100)) == (900, 0.9, 88.888)
    assert account.availability_worst_percent(100) == 80.0


def test_minutes_before_a_service_was_observed_lower_coverage_and_nothing_else() -> None:
    account = an_account(unobserved=27 * 1440, up=4 * 1440)
    assert (account.coverage, account.availability_percent(0), account.availability_worst_percent(0)) == (0.129, 100.0, 100.0)


def test_isolated_minutes_are_downtime() -> None:
    account = an_account(up=997, isolated=2, down=1)
    assert (account.lost, account.measured) == (3, 1000)


def test_nothing_measured_is_no_figure_and_never_a_hundred() -> None:
    account = an_account(unknown=43200)
    assert (account.availability_percent(0), account.availability_worst_percent(0), account.coverage) == (None, None, 0.0)
    assert (account.failures_known, account.lost) == (None, None)


def test_a_window_that_was_closed_all_the_time_has_no_coverage() -> None:
    assert an_account(closed=43200).coverage is None


@pytest.mark.parametrize(("measured", "scaled"), [(9071, None), (9072, 9.523), (43200, 2.0)])
def test_failures_are_a_plain_count_and_scaled_from_nine_tenths_of_a_week_on(measured: int, scaled: float | None) -> None:
    account = an_account(failures=2, up=measured)
    assert (account.failures_known, account.failures_scaled) == (2, scaled)


def test_failures_are_scaled_by_the_time_a_service_should_have_worked() -> None:
    account = an_account(failures=2, up=9072, unknown=1000, unobserved=11528, closed=5000, maintenance=600)
    assert account.failures_scaled == 4.0


def test_a_failure_counts_where_it_is_charged_and_a_repair_where_it_ended() -> None:
    window = Span(FIRST + 100, FIRST + 200)
    incidents = [
        (an_incident(90, 110), FIRST + 90),
        (an_incident(95, 120), FIRST + 100),
        (an_incident(150, 250, seen_after_s=30), FIRST + 150),
        (an_incident(160, 170), None),
        (an_incident(199, None), FIRST + 199),
        (an_incident(200, 210), FIRST + 200),
        (replace(an_incident(110, 200), end_reason="evidence_lost", detected_at=None), FIRST + 110),
        (an_incident(180, 200), FIRST + 180),
    ]
    nothing = np.zeros(len(MinuteClass), np.int64)
    account = open_account(nothing, nothing, window, incidents, IN_FORCE)
    assert (account.failures, account.repair_minutes, account.detection_s) == (5, (20, 25, 20), (90, 30, 90, 90))


@pytest.mark.parametrize(
    ("minutes", "result"),
    [
        ({"up": 43_166, "down": 34}, "met"),
        ({"up": 43_165, "down": 35}, "missed"),
        ({"up": 43_140, "down": 34, "unknown": 26}, "undecided"),
        ({"up": 43_000, "isolated": 40, "unknown": 160}, "missed"),
        ({"unknown": 43_200}, "undecided"),
    ],
)
def test_a_target_is_met_whatever_the_unknown_minutes_were_or_undecided(minutes: dict[str, int], result: str) -> None:
    found = target_of(1, an_account(**minutes))
    assert found is not None
    assert (found.availability, found.availability_percent, found.scheme) == (result, 99.92, SCHEME)


def test_each_repair_is_held_against_its_own_limit() -> None:
    found = target_of(2, replace(an_account(up=10), repair_minutes=(180, 181, 5)))
    assert found is not None
    assert found.repairs_exceeded == 1
    assert target_of(3, an_account(up=10)) is None
