"""Figures from minutes, incidents and load times that are given."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from observatory.judge.days import Span, minute_of
from observatory.judge.figures import Account, load_time, open_account
from observatory.judge.load_times import NOTHING, Load
from observatory.judge.method import IN_FORCE
from observatory.model.figure import LoadTimeSource
from observatory.model.incident import Incident, MinuteClass
from observatory.model.minute import COUNTER_COUNT, Counter
from observatory.rollup.latency import percentile

START = datetime(2026, 3, 1, tzinfo=UTC)
FIRST = minute_of(START)


def an_account(window_minutes: int = 43200, failures: int = 0, **minutes: int) -> Account:
    """Return an account with minutes by class name."""
    counts = np.zeros(len(MinuteClass), np.int64)
    for name, value in minutes.items():
        counts[MinuteClass[name.upper()]] = value
    return Account(counts, window_minutes, failures, (), (), IN_FORCE)


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
        down_minutes=1,
        partial_minutes=0,
    )


def a_load(timed: int, mean_us: int = 80_000) -> Load:
    values = np.zeros(COUNTER_COUNT, np.int64)
    values[Counter.COUNT], values[Counter.TIMED], values[Counter.DURATION_US] = timed, timed, timed * mean_us
    return Load(values, np.array([220], np.int16), np.array([timed], np.int64))


def load_times(**timed: int) -> Mapping[LoadTimeSource, Load]:
    return {source: a_load(timed[source]) if timed.get(source) else NOTHING for source in ("browser", "probe", "server")}


def test_minutes_that_were_not_measured_lower_coverage_and_nothing_else() -> None:
    account = an_account(up=800, down=100, unknown=100, closed=500, maintenance=60)
    assert (account.measured, account.coverage, account.availability_percent(100)) == (900, 0.9, 88.888)


def test_nothing_measured_is_no_figure_and_never_a_hundred() -> None:
    account = an_account(unknown=43200)
    assert (account.availability_percent(0), account.coverage, account.failures_known) == (None, 0.0, None)


def test_a_window_that_was_closed_all_the_time_has_no_coverage() -> None:
    assert an_account(closed=43200).coverage is None


@pytest.mark.parametrize(("measured", "failures", "known", "scaled"), [(10079, 2, None, None), (10080, 2, 2, 8.571), (38880, 2, 2, None)])
def test_failures_are_told_after_a_week_and_scaled_below_nine_tenths(
    measured: int, failures: int, known: int | None, scaled: float | None
) -> None:
    account = an_account(failures=failures, up=measured)
    assert (account.failures_known, account.failures_scaled) == (known, scaled)


def test_a_failure_counts_where_it_is_charged_and_a_repair_where_it_ended() -> None:
    window = Span(FIRST + 100, FIRST + 200)
    incidents = [
        (an_incident(90, 110), FIRST + 90),
        (an_incident(95, 120), FIRST + 100),
        (an_incident(150, 250, seen_after_s=30), FIRST + 150),
        (an_incident(160, 170), None),
        (an_incident(199, None), FIRST + 199),
        (an_incident(200, 210), FIRST + 200),
    ]
    account = open_account(np.zeros(len(MinuteClass), np.int64), window, incidents, IN_FORCE)
    assert (account.failures, account.repair_minutes, account.detection_s) == (3, (20, 25), (90, 30, 90))


@pytest.mark.parametrize(
    ("timed", "source"),
    [
        ({"browser": 100, "probe": 5000, "server": 5000}, "browser"),
        ({"browser": 99, "probe": 100, "server": 5000}, "probe"),
        ({"browser": 99, "probe": 99, "server": 1}, "server"),
        ({"browser": 40, "probe": 50}, "probe"),
        ({}, "server"),
    ],
)
def test_load_time_comes_from_one_source(timed: dict[str, int], source: str) -> None:
    found = load_time(load_times(**timed), percentile, IN_FORCE)
    assert (found.source, found.n) == (source, timed.get(source, 0))


@pytest.mark.parametrize(("n", "mean_ms"), [(29, None), (30, 80.0)])
def test_a_small_sample_has_no_number(n: int, mean_ms: float | None) -> None:
    found = load_time(load_times(server=n), percentile, IN_FORCE)
    assert (found.mean_ms, found.p75_ms is None, found.p95_ms is None, found.n) == (mean_ms, mean_ms is None, mean_ms is None, n)


def test_a_mean_is_cut_to_microseconds() -> None:
    load = a_load(3, 0)
    load.values[Counter.DURATION_US] = 200
    assert load_time({"server": load, "probe": NOTHING, "browser": NOTHING}, percentile, IN_FORCE).mean_ms is None
    load.values[Counter.TIMED] = 30
    assert load_time({"server": load, "probe": NOTHING, "browser": NOTHING}, percentile, IN_FORCE).mean_ms == 0.006
