"""How much SQLite's store forgets at once."""

from datetime import date, timedelta

import pytest

from observatory.store.sqlite.telemetry import retention
from observatory.store.telemetry import TelemetryStore
from tests.store.counted import RECEIVED, a_batch, add


def forget(store: TelemetryStore) -> int:
    return store.forget(RECEIVED, RECEIVED - timedelta(minutes=61), 0, date(2000, 1, 1))


def test_one_call_forgets_a_bounded_amount_of_keys(telemetry: TelemetryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "FORGET_ROWS_MAX", 3)
    for number in range(4):
        add(telemetry, [a_batch(key=bytes([number]), received_at=RECEIVED - timedelta(days=1))])
    assert [forget(telemetry), forget(telemetry), forget(telemetry)] == [3, 1, 0]
