"""Which minute is believed to have come: heartbeats and data decide, never the clock alone."""

import pytest

from observatory.store.telemetry import TelemetryStore
from tests.store.counted import DAY_START, a_batch, add

M = DAY_START
DAY = 1440
FAR = M + 12 * 365 * DAY


def awake(telemetry: TelemetryStore, first: int, end: int) -> None:
    """Beat as one run."""
    telemetry.beat(first, first=True)
    telemetry.beat(end - 1, first=False)


def test_without_any_evidence_the_clock_is_believed(telemetry: TelemetryStore) -> None:
    assert telemetry.believed_minute(M) == M


@pytest.mark.parametrize(
    ("clock", "believed"),
    [(M + 99, M + 99), (M + 101, M + 101), (M + 102, M + 99), (FAR, M + 99), (M - 60, M - 60)],
)
def test_beside_its_heartbeats_a_clock_is_believed_and_ahead_of_them_it_is_not(
    telemetry: TelemetryStore, clock: int, believed: int
) -> None:
    awake(telemetry, M, M + 100)
    assert telemetry.believed_minute(clock) == believed


@pytest.mark.parametrize(("leap", "needed"), [(10, 10), (600, 600), (DAY, DAY), (3 * DAY, DAY), (FAR - M - 99, DAY)])
def test_a_leap_is_believed_after_as_long_awake_and_a_day_at_most(telemetry: TelemetryStore, leap: int, needed: int) -> None:
    awake(telemetry, M, M + 100)
    after = M + 99 + leap
    awake(telemetry, after, after + needed - 1)
    assert telemetry.believed_minute(after + needed - 2) == M + 99
    telemetry.beat(after + needed - 1, first=False)
    assert telemetry.believed_minute(after + needed - 1) == after + needed - 1


def test_restarts_within_a_leap_add_up(telemetry: TelemetryStore) -> None:
    awake(telemetry, M, M + 100)
    for start in range(0, 3 * DAY, 600):
        awake(telemetry, FAR + start, FAR + start + 300)
    assert telemetry.believed_minute(FAR + 3 * DAY) > FAR


def test_short_leaps_to_one_future_a_day_apart_do_not_make_it_true(telemetry: TelemetryStore) -> None:
    awake(telemetry, M, M + 100)
    for day in range(20):
        awake(telemetry, FAR + 1500 * day, FAR + 1500 * day + 2)
    assert telemetry.believed_minute(FAR + 1500 * 19 + 1) == M + 99


def test_a_clock_that_came_back_goes_on_where_it_was(telemetry: TelemetryStore) -> None:
    awake(telemetry, M, M + 100)
    awake(telemetry, FAR, FAR + 2)
    awake(telemetry, M + 102, M + 200)
    assert telemetry.believed_minute(M + 199) == M + 199
    assert telemetry.believed_minute(FAR) == M + 199


def test_one_set_back_an_hour_is_believed_where_it_is(telemetry: TelemetryStore) -> None:
    awake(telemetry, M, M + 100)
    awake(telemetry, M + 40, M + 300)
    assert telemetry.believed_minute(M + 299) == M + 299


def test_the_first_run_is_measured_from_the_data_before_it(telemetry: TelemetryStore) -> None:
    add(telemetry, [a_batch((M, 1, 11, 3))])
    assert telemetry.believed_minute(FAR) == M
    telemetry.beat(FAR, first=True)
    add(telemetry, [a_batch((FAR, 1, 11, 3))])
    assert telemetry.believed_minute(FAR) == M
