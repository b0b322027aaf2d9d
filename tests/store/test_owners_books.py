"""What the register promises of maintenance and of updates to incidents, on every backend."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from observatory.errors import Conflict
from observatory.model.incident_update import IncidentUpdate
from observatory.model.maintenance import Announcement, Maintenance
from observatory.model.text import Text
from observatory.store.register import RegisterStore
from tests.registers import in_change, in_look
from tests.summaries import an_incident

TEXT = Text("안내", "a word")


def saying(at: datetime, hours: int = 48, *menus: str) -> Announcement:
    start = at + timedelta(hours=hours)
    return Announcement(at, start, start + timedelta(hours=2), Text("서버 교체", ""), menus)


def test_what_was_said_of_maintenance_comes_back_in_order(register: RegisterStore, now: datetime) -> None:
    first, second = saying(now, 48, "apply", "search"), saying(now + timedelta(hours=1), 50)
    in_change(register).maintenance.announce("a", "job-portal", first)
    in_change(register).maintenance.announce("b", "library", saying(now, 24))
    in_change(register).maintenance.announce("a", "job-portal", second)
    kept = Maintenance("a", "job-portal", (first, second))
    assert in_look(register).maintenance.maintenance("a") == kept
    assert [each.id for each in in_look(register).maintenance.announced()] == ["b", "a"]
    assert in_look(register).maintenance.announced("job-portal") == [kept]
    assert in_look(register).maintenance.maintenance("c") is None


def test_the_first_cancellation_counts(register: RegisterStore, now: datetime) -> None:
    in_change(register).maintenance.announce("a", "job-portal", saying(now))
    in_change(register).maintenance.cancel("a", now)
    in_change(register).maintenance.cancel("a", now + timedelta(hours=1))
    found = in_look(register).maintenance.maintenance("a")
    assert found is not None
    assert found.cancelled_at == now


def test_maintenance_stays_with_its_service(register: RegisterStore, now: datetime) -> None:
    in_change(register).maintenance.announce("a", "job-portal", saying(now))
    with pytest.raises(Conflict):
        in_change(register).maintenance.announce("a", "library", saying(now))


def test_updates_come_back_by_incident_the_newest_first(register: RegisterStore, now: datetime) -> None:
    books = in_change(register).updates
    one, two = IncidentUpdate("x", 1, "investigating", TEXT, now), IncidentUpdate("x", 2, "resolved", TEXT, now + timedelta(hours=1))
    for update in (one, two, IncidentUpdate("y", 1, "monitoring", TEXT, now)):
        books.add(update)
    with pytest.raises(Conflict):
        books.add(replace(one, stage="resolved"))
    books.translate(replace(one, text=Text("안내", "another")))
    found = in_look(register).updates.updates(["x", "z"])
    assert found == {"x": (two, replace(one, text=Text("안내", "another")))}


def test_updates_of_merged_incidents_are_their_heirs_also_through_a_circle(register: RegisterStore, now: datetime) -> None:
    update = IncidentUpdate("a", 1, "monitoring", TEXT, now)
    merged = [replace(an_incident(each), superseded_by=heir) for each, heir in (("a", "b"), ("b", "c"), ("c", "a"))]
    in_change(register).incidents.keep([*merged, an_incident("d")])
    in_change(register).updates.add(update)
    found = in_look(register).updates.updates(["a", "b", "c", "d"])
    assert found == {"a": (update,), "b": (update,), "c": (update,)}
