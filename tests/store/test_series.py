"""Cumulative series in a store: counted against what is known of them, in the transaction that counts."""

from contextlib import closing
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from observatory.store.opening import open_telemetry, prepare_folder
from observatory.store.telemetry import SERIES_MAX, Batch, TelemetryStore
from tests.moments import NOW
from tests.rollup.data_points import NOW_S
from tests.store.counted import add
from tests.store.series import a_batch, a_state, counted_of, requests

HOUR = timedelta(hours=1)
MINUTE = NOW_S // 60


def test_what_is_new_is_counted_within_a_call_and_between_calls(telemetry: TelemetryStore) -> None:
    add(telemetry, [a_batch(a_state(100, 0)), a_batch(a_state(104, 30))])
    add(telemetry, [a_batch(a_state(109, 60))])
    assert requests(telemetry) == 9
    stored = telemetry.minutes(1, MINUTE, MINUTE + 2)
    assert (stored.minute.tolist(), stored.values[:, 0].tolist()) == ([MINUTE, MINUTE + 1], [4, 5])
    assert telemetry.unjudged()[0].first_minute == MINUTE


def test_what_is_known_survives_a_restart(folder: Path) -> None:
    for count, seconds in ((100, 0), (107, 60)):
        with closing(open_telemetry(folder)) as store:
            add(store, [a_batch(a_state(count, seconds))])
            total = requests(store)
    assert total == 7


def test_a_duplicate_changes_nothing(telemetry: TelemetryStore) -> None:
    add(telemetry, [a_batch(a_state(100, 0)), a_batch(a_state(105, 30), key=b"k")])
    again = a_batch(a_state(999, 60), key=b"k")
    assert add(telemetry, [again]) == [False]
    assert again.series is not None
    assert again.series.counted is None
    add(telemetry, [a_batch(a_state(107, 60))])
    assert requests(telemetry) == 7


def test_what_became_of_the_points_is_told(telemetry: TelemetryStore) -> None:
    first = a_batch(a_state(100, 0), a_state(50, 0, b"other"))
    second = a_batch(a_state(101, -1), a_state(60, 301, b"other"), a_state(8, 301, b"third"))
    add(telemetry, [first, second])
    assert (counted_of(first).rolled.accepted, counted_of(first).rejected) == (2, {})
    assert (counted_of(second).rolled.accepted, counted_of(second).rejected) == (1, {"out_of_order": 1, "span_too_long": 1})


def test_a_service_has_only_so_many_series_and_others_are_not_harmed(telemetry: TelemetryStore) -> None:
    full = a_batch(*(a_state(1, 0, n.to_bytes(2)) for n in range(SERIES_MAX)))
    more = a_batch(a_state(1, 0, b"more"), a_state(2, 1, b"more"), a_state(2, 30, (0).to_bytes(2)))
    other = a_batch(a_state(1, 0, b"more"), service=2)
    add(telemetry, [full, more, other])
    assert (counted_of(more).rolled.accepted, counted_of(more).rejected) == (1, {"too_many_series": 2})
    assert counted_of(other).rejected == {}
    assert requests(telemetry) == 1


def test_idle_series_give_way_to_new_ones(telemetry: TelemetryStore) -> None:
    add(telemetry, [a_batch(*(a_state(1, 0, n.to_bytes(2)) for n in range(SERIES_MAX)))])
    later = NOW + HOUR + timedelta(seconds=1)
    new = a_batch(a_state(5, 3600, b"new"), received_at=later)
    add(telemetry, [new])
    assert counted_of(new).rejected == {}


def test_a_series_is_forgotten_72_hours_after_its_last_point(telemetry: TelemetryStore) -> None:
    add(telemetry, [a_batch(a_state(100, 0)), a_batch(a_state(100, 0, b"other"), received_at=NOW + HOUR)])

    def forgotten(at: datetime) -> int:
        return telemetry.forget(at, at - 2 * HOUR, 0, date(2025, 1, 1))

    assert [forgotten(NOW + 72 * HOUR), forgotten(NOW + 72 * HOUR + timedelta(seconds=1)), forgotten(NOW + 74 * HOUR)] == [0, 1, 1]


POINTS = [a_state(count, 20 * n) for n, count in enumerate((5, 5, 9, 30, 31, 31, 2, 8, 8, 50))]


@given(st.lists(st.integers(0, len(POINTS)), max_size=5), st.lists(st.booleans(), min_size=12, max_size=12))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_a_series_is_split_into_bodies_and_bodies_into_commits_the_totals_are_the_same(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], commits: list[bool]
) -> None:
    bounds = sorted({0, *cuts, len(POINTS)})
    bodies = [a_batch(*reversed(POINTS[start:end])) for start, end in pairwise(bounds)]
    folder = tmp_path_factory.mktemp("data")
    prepare_folder(folder)
    with closing(open_telemetry(folder)) as store:
        group: list[Batch] = []
        for body, commit in zip(bodies, commits, strict=False):
            group.append(body)
            if commit:
                add(store, group)
                group = []
        add(store, group)
        # 5 at first sight, then 4 + 21 + 1, a reset to 2, then 6 + 42
        assert [row[2:] for row in store.request_totals()] == [(2, 76, 0, 0)]
        assert store.load_totals()[0][3:] == (76, 76 * 50_000)
