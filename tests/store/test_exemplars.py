"""Kept records: stored with the counters they belong to, never more than there is room for, gone after three days."""

from collections import Counter as Tally
from datetime import timedelta
from pathlib import Path

from observatory.model.exemplar import (
    EXEMPLARS_KEPT,
    EXEMPLARS_PER_KIND_MAX,
    OTHER_TEMPLATE,
    TEMPLATES_PER_DAY_MAX,
    Exemplar,
    ExemplarKind,
)
from observatory.store.telemetry import TelemetryStore
from tests.store.backends import Backend
from tests.store.counted import DAY, RECEIVED
from tests.store.kept_records import MENU, SERVICE, TRACE, M, keeping, rows


def test_an_exemplar_is_read_as_it_was_stored(telemetry: TelemetryStore) -> None:
    telemetry.add([keeping(rows()), keeping(rows(kind=ExemplarKind.SLOW, menu=0, template="", trace=bytes(16)))])
    common = {"minute": M, "service": SERVICE, "source": 3, "end_ms": M * 60_000 + 500, "duration_us": 1234, "status": 503}
    assert telemetry.exemplars(SERVICE, M) == [
        Exemplar(menu=0, kind=ExemplarKind.SLOW, template="", trace_id="", **common),
        Exemplar(menu=MENU, kind=ExemplarKind.BAD, template="/jobs/{id}", trace_id=TRACE.hex(), **common),
    ]
    assert telemetry.exemplars(SERVICE, M + 1) == telemetry.exemplars(SERVICE + 1, M) == []


def test_of_a_menu_minute_and_kind_no_more_are_kept_than_there_is_room_for(
    telemetry: TelemetryStore, backend: Backend, folder: Path
) -> None:
    for _ in range(3):
        telemetry.add([keeping(rows(7)), keeping(rows(6, kind=ExemplarKind.SLOW)), keeping(rows(5, menu=12))])
    telemetry.close()
    again = backend.telemetry(folder)
    for _ in range(3):
        again.add([keeping(rows(7)), keeping(rows(30, minute=M + 1))])
    found = Tally((kept.menu, kept.kind) for kept in again.exemplars(SERVICE, M))
    assert found == {(MENU, ExemplarKind.BAD): EXEMPLARS_PER_KIND_MAX, (MENU, ExemplarKind.SLOW): 18, (12, ExemplarKind.BAD): 15}
    assert len(again.exemplars(SERVICE, M + 1)) == EXEMPLARS_PER_KIND_MAX
    again.close()


def test_a_duplicate_keeps_nothing(telemetry: TelemetryStore) -> None:
    assert telemetry.add([keeping(rows(3), key=b"k"), keeping(rows(3), key=b"k")]) == [True, False]
    assert telemetry.add([keeping(rows(3), key=b"k")]) == [False]
    assert len(telemetry.exemplars(SERVICE, M)) == 3


def test_a_service_with_too_many_routes_keeps_the_first_of_a_day_by_name(telemetry: TelemetryStore) -> None:
    routes = TEMPLATES_PER_DAY_MAX + 50
    telemetry.add([keeping(rows(menu=menu, template=f"/r/{menu}")) for menu in range(routes)])
    telemetry.add([keeping(rows(menu=routes, template="/r/7")), keeping(rows(menu=routes + 1, service=2, template="/r/new"))])
    named = Tally(kept.template for kept in telemetry.exemplars(SERVICE, M))
    assert (len(named), named[OTHER_TEMPLATE], named["/r/7"]) == (TEMPLATES_PER_DAY_MAX + 1, 50, 2)
    assert [kept.template for kept in telemetry.exemplars(2, M)] == ["/r/new"]
    telemetry.add([keeping(rows(minute=M + 1440, template="/r/next-day"))])
    assert [kept.template for kept in telemetry.exemplars(SERVICE, M + 1440)] == ["/r/next-day"]


def test_what_is_three_days_old_is_forgotten_with_its_routes(telemetry: TelemetryStore, backend: Backend, folder: Path) -> None:
    telemetry.add([keeping(rows(5, minute=M + late)) for late in (0, 1, 2 * 1440)])
    now = RECEIVED.replace(hour=0, minute=0) + EXEMPLARS_KEPT - timedelta(hours=9) + timedelta(minutes=1)
    while telemetry.forget(now, now, 0, DAY - timedelta(days=400)):
        pass
    reader = backend.reader(folder)
    assert [len(reader.exemplars(SERVICE, M + late)) for late in (0, 1, 2 * 1440)] == [0, 5, 5]
    while telemetry.forget(now + timedelta(days=2, minutes=-1), now, 0, DAY - timedelta(days=400)):
        pass
    assert [kept.template for kept in reader.exemplars(SERVICE, M + 2 * 1440)] == ["/jobs/{id}"] * 5
    while telemetry.forget(now + timedelta(days=4), now, 0, DAY - timedelta(days=400)):
        pass
    assert telemetry.forget(now + timedelta(days=4), now, 0, DAY - timedelta(days=400)) == 0
    reader.close()
