"""What SQLite's store of kept records remembers between groups."""

import sqlite3

import pytest

from observatory.model.exemplar import EXEMPLARS_PER_KIND_MAX, ExemplarRows
from observatory.store.sqlite.telemetry import exemplars
from observatory.store.telemetry import TelemetryStore
from tests.store.kept_records import SERVICE, M, keeping, rows


def test_what_is_remembered_is_bounded_and_never_lets_in_too_many(telemetry: TelemetryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exemplars, "REMEMBERED_MAX", 3)
    for _ in range(3):
        telemetry.add([keeping(rows(15, minute=M + late, template=f"/r/{late}")) for late in (0, 1, 0)])
        telemetry.add([keeping(rows(15, minute=M + late, template=f"/r/{late}")) for late in (2, 3, 0, 4)])
    for late in range(5):
        assert len(telemetry.exemplars(SERVICE, M + late)) == EXEMPLARS_PER_KIND_MAX
        assert {kept.template for kept in telemetry.exemplars(SERVICE, M + late)} == {f"/r/{late}"}


def test_what_was_rolled_back_is_not_remembered(telemetry: TelemetryStore) -> None:
    broken = ExemplarRows(rows(1, menu=12).values, (None,))  # type: ignore[arg-type]
    with pytest.raises(sqlite3.IntegrityError):
        telemetry.add([keeping(rows(15, template="/r/other")), keeping(broken)])
    telemetry.add([keeping(rows(12, template="/r/other"))])
    assert [kept.template for kept in telemetry.exemplars(SERVICE, M)] == ["/r/other"] * 12
