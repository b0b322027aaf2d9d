"""Counters that wait in SQLite's store to be flushed."""

import pytest

from observatory.store.sqlite.telemetry import pending as journal
from observatory.store.telemetry import TelemetryStore
from tests.store.counted import DAY_START, a_batch

M = DAY_START


def test_a_long_journal_is_flushed_piece_by_piece(telemetry: TelemetryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "ENTRIES_AT_ONCE_MAX", 3)
    for minute in range(10):
        telemetry.add([a_batch((M + minute % 2, 1, 11, 3), count=1)])
    telemetry.flush()
    assert telemetry.minutes(1, M, M + 2).values[:, 0].tolist() == [5, 5]
