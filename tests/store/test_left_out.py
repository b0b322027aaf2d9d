"""What a telemetry store promises about what was left out: in the transaction of its batch, once, by service and day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from observatory.model.left_out import LeftOut, LeftOutReason
from observatory.store.telemetry import Batch, TelemetryStore
from tests.store.counted import DAY, a_batch, a_batch_no_table_takes, counters

TOMORROW = DAY + timedelta(days=1)


def a_refused_batch(key: bytes, records: int, reason: LeftOutReason = "rejected", day: date = DAY, service: int = 1) -> Batch:
    """Return a batch of which nothing counts."""
    return replace(a_batch(key=key), counters=counters([]), left_out=(LeftOut(service, reason, records),), day=day)


def test_it_adds_up_by_service_and_day(telemetry: TelemetryStore) -> None:
    telemetry.add([a_refused_batch(b"a", 1), a_refused_batch(b"b", 2), a_refused_batch(b"c", 4, "late")])
    telemetry.add([a_refused_batch(b"d", 8, service=2), a_refused_batch(b"e", 16, day=TOMORROW)])
    assert telemetry.left_out(1, DAY, TOMORROW) == {"rejected": 3, "quarantined": 0, "late": 4}
    assert telemetry.left_out(1, DAY, TOMORROW + timedelta(days=1))["rejected"] == 19
    assert telemetry.left_out(2, DAY, TOMORROW)["rejected"] == 8
    assert not any(telemetry.left_out(3, DAY, TOMORROW).values())


def test_a_duplicate_adds_nothing(telemetry: TelemetryStore) -> None:
    assert telemetry.add([a_refused_batch(b"a", 5), a_refused_batch(b"a", 5)]) == [True, False]
    assert telemetry.add([a_refused_batch(b"a", 5)]) == [False]
    assert telemetry.left_out(1, DAY, TOMORROW)["rejected"] == 5


def test_what_was_not_stored_leaves_nothing_behind(telemetry: TelemetryStore) -> None:
    with pytest.raises(Exception, match=r".*"):
        telemetry.add([a_refused_batch(b"a", 5), a_batch_no_table_takes()])
    assert telemetry.left_out(1, DAY, TOMORROW)["rejected"] == 0
    assert telemetry.add([a_refused_batch(b"a", 5)]) == [True]
    assert telemetry.left_out(1, DAY, TOMORROW)["rejected"] == 5
