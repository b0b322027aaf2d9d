"""A few bad and slow records of every minute are picked as exemplars: never more, and only such."""

from datetime import UTC, datetime

import numpy as np
import pytest

from observatory.model.columns import NO_DURATION, Outcome, RequestColumns
from observatory.model.exemplar import EXEMPLARS_AT_ONCE_MAX, EXEMPLARS_PER_KIND_MAX, ExemplarField, ExemplarKind, ExemplarRows
from observatory.rollup.attribution import REJECTED, Attributed
from observatory.rollup.minutes import roll_up
from tests.builders import some_columns

RECEIVED = datetime(2026, 11, 20, 3, 0, 30, tzinfo=UTC)
RECEIVED_MS = 1_795_143_630_000
MINUTE = RECEIVED_MS // 60_000
SLOW_US = 3_000_000
HOUR_MS = 3_600_000


def picked(columns: RequestColumns, *, service: int = 1, menus: int = 1) -> ExemplarRows:
    n = len(columns)
    menu = (np.arange(n) % menus + 11).astype(np.int32)
    attributed = Attributed(np.full(n, service, np.int32), menu, np.full(n, SLOW_US, np.int64))
    return roll_up(columns, attributed, RECEIVED, None).exemplars


def column(rows: ExemplarRows, field: ExemplarField) -> list[int]:
    found: list[int] = rows.values[:, field].tolist()
    return found


@pytest.mark.parametrize(
    ("outcome", "duration_us", "kinds"),
    [
        (Outcome.GOOD, SLOW_US, []),
        (Outcome.GOOD, NO_DURATION, []),
        (Outcome.GOOD, SLOW_US + 1, [ExemplarKind.SLOW]),
        (Outcome.BAD, NO_DURATION, [ExemplarKind.BAD]),
        (Outcome.BAD, SLOW_US + 1, [ExemplarKind.BAD]),
        (Outcome.THROTTLED, SLOW_US + 1, []),
        (Outcome.EXCLUDED, SLOW_US + 1, []),
    ],
)
def test_what_failed_or_was_slow_is_picked(outcome: Outcome, duration_us: int, kinds: list[ExemplarKind]) -> None:
    rows = picked(some_columns(end_ms=[RECEIVED_MS], outcome=outcome, duration_us=duration_us))
    assert column(rows, ExemplarField.KIND) == kinds


def test_an_exemplar_says_what_the_record_was() -> None:
    columns = some_columns(end_ms=[RECEIVED_MS - 60_000], outcome=Outcome.BAD, status=503, duration_us=1234, template="/jobs/{id}")
    traced = np.frombuffer(bytes(range(16)), np.uint64).reshape(1, 2)
    rows = picked(RequestColumns(**{name: getattr(columns, name) for name in columns.__slots__} | {"trace_id": traced}))
    assert rows.templates == ("/jobs/{id}",)
    assert rows.values[0].tobytes()[-16:] == bytes(range(16))
    assert rows.values[0, : ExemplarField.TRACE_FIRST].tolist() == [MINUTE - 1, 1, 11, 0, 3, RECEIVED_MS - 60_000, 1234, 503]


@pytest.mark.parametrize("end_ms", [0, RECEIVED_MS + HOUR_MS])
def test_a_time_that_is_missing_or_wrong_is_that_of_receipt(end_ms: int) -> None:
    rows = picked(some_columns(end_ms=[end_ms], outcome=Outcome.BAD))
    assert (column(rows, ExemplarField.MINUTE), column(rows, ExemplarField.END_MS)) == ([MINUTE], [RECEIVED_MS])


def test_of_each_menu_minute_and_kind_only_a_few_are_picked() -> None:
    n = 1000
    end_ms = [RECEIVED_MS - 60_000 * (row % 3) for row in range(n)]
    outcome = [Outcome.BAD if row % 2 else Outcome.GOOD for row in range(n)]
    rows = picked(some_columns(end_ms=end_ms, outcome=outcome, duration_us=SLOW_US + 1), menus=5)
    keys, sizes = np.unique(rows.values[:, : ExemplarField.KIND + 1], axis=0, return_counts=True)
    assert len(keys) == 3 * 5 * 2
    assert set(sizes.tolist()) == {EXEMPLARS_PER_KIND_MAX}


def test_a_body_of_failures_all_over_the_place_offers_a_bounded_number() -> None:
    rows = picked(some_columns(end_ms=[RECEIVED_MS - 60_000 * (row % 4000) for row in range(20_000)], outcome=Outcome.BAD))
    assert len(rows) == EXEMPLARS_AT_ONCE_MAX


def test_what_would_be_forgotten_at_once_is_not_picked() -> None:
    rows = picked(some_columns(end_ms=[RECEIVED_MS - 73 * HOUR_MS, RECEIVED_MS - 71 * HOUR_MS], outcome=Outcome.BAD))
    assert column(rows, ExemplarField.END_MS) == [RECEIVED_MS - 71 * HOUR_MS]


def test_what_is_nobodys_is_not_picked() -> None:
    assert len(picked(some_columns(end_ms=[RECEIVED_MS], outcome=Outcome.BAD), service=REJECTED)) == 0
