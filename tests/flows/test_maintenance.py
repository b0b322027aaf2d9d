"""Announcing, changing and cancelling maintenance: one entry of the log each, together with what is kept, or nothing at all."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from observatory.errors import BadInput, Conflict, NotFound
from observatory.flows import maintenance
from observatory.flows.catalogue import apply_catalogue
from observatory.flows.maintenance import WAITING_MAX, announce, cancel, change
from observatory.model.maintenance import Announcement, Maintenance
from observatory.model.text import Text
from observatory.store.opening import open_register, prepare_folder
from observatory.store.register import RegisterStore
from tests.builders import a_catalogue, a_menu, a_service
from tests.registers import in_look

TITLE = Text("서버 교체", "Server replacement")


@pytest.fixture
def register(tmp_path: Path, now: datetime) -> Iterator[RegisterStore]:
    prepare_folder(tmp_path)
    opened = open_register(tmp_path)
    apply_catalogue(opened, a_catalogue(a_service(menus=(a_menu(), a_menu("apply", routes=("/apply",)))), a_service("library")), now)
    yield opened
    opened.close()


def saying(now: datetime, hours: int = 48, lasts: int = 2, *menus: str) -> Announcement:
    start = now + timedelta(hours=hours)
    return Announcement(now, start, start + timedelta(hours=lasts), TITLE, menus)


def told(register: RegisterStore) -> list[tuple[str, dict[str, object]]]:
    """Return the entries behind those of the catalogue."""
    return [(entry.kind, json.loads(entry.body)) for entry in in_look(register).log.entries(2)]


def kept(register: RegisterStore) -> list[Maintenance]:
    return in_look(register).maintenance.announced()


def test_an_announcement_is_kept_and_told(register: RegisterStore, now: datetime) -> None:
    (made,) = announce(register, "job-portal", saying(now, 48, 2, "apply"), "", "mark", now)
    assert kept(register) == [made]
    assert (made.id, made.announced_at, made.title) == (f"job-portal-maintenance-{made.start:%Y%m%dT%H%M}", now, TITLE)
    window = {"from": f"{made.start:%Y-%m-%dT%H:%MZ}", "id": made.id, "to": f"{made.end:%Y-%m-%dT%H:%MZ}"}
    body = {"by": "mark", "menus": ["apply"], "service": "job-portal", "title_en": TITLE.en, "title_ko": TITLE.ko, "windows": [window]}
    assert told(register) == [("service-maintenance-announced", body)]


def test_a_series_is_one_entry_and_many_maintenances(register: RegisterStore, now: datetime) -> None:
    made = announce(register, "job-portal", saying(now), "FREQ=WEEKLY;COUNT=3", "mark", now)
    assert [each.start - made[0].start for each in made] == [timedelta(days=days) for days in (0, 7, 14)]
    ((_, body),) = told(register)
    assert isinstance(body["windows"], list)
    assert [window["id"] for window in body["windows"]] == [each.id for each in made]


def test_a_change_is_a_new_announcement_under_the_same_id(register: RegisterStore, now: datetime) -> None:
    (made,) = announce(register, "job-portal", saying(now), "", "mark", now)
    later = now + timedelta(hours=3)
    changed = change(register, made.id, replace(saying(now), end=made.end + timedelta(hours=1)), "mark", later)
    assert (changed.id, len(changed.announcements), changed.announced_at) == (made.id, 2, later)
    assert [kind for kind, _ in told(register)] == ["service-maintenance-announced"] * 2


def test_a_cancellation_is_told_and_cannot_be_repeated(register: RegisterStore, now: datetime) -> None:
    (made,) = announce(register, "job-portal", saying(now), "", "mark", now)
    assert cancel(register, made.id, "mark", now).cancelled_at == now
    assert told(register)[1] == ("service-maintenance-cancelled", {"by": "mark", "id": made.id, "service": "job-portal"})
    with pytest.raises(Conflict):
        cancel(register, made.id, "mark", now)
    with pytest.raises(Conflict):
        change(register, made.id, saying(now), "mark", now)
    assert len(told(register)) == 2


def test_only_what_has_come_is_judged_again(register: RegisterStore, now: datetime) -> None:
    announce(register, "job-portal", saying(now), "", "mark", now)
    assert in_look(register).corrections.to_judge_again() == []
    (running,) = announce(register, "job-portal", saying(now, -1, 2), "", "mark", now)
    cancel(register, running.id, "mark", now + timedelta(minutes=10))
    asked = [(each.start - now, each.end - now) for each in in_look(register).corrections.to_judge_again()]
    assert asked == [(timedelta(hours=-1), timedelta(minutes=1)), (timedelta(hours=-1), timedelta(minutes=11))]


def test_what_has_begun_keeps_its_start(register: RegisterStore, now: datetime) -> None:
    (made,) = announce(register, "job-portal", saying(now), "", "mark", now)
    while_it_lasts = made.start + timedelta(minutes=5)
    with pytest.raises(Conflict, match="has begun"):
        change(register, made.id, replace(saying(now), start=made.start - timedelta(hours=1)), "mark", while_it_lasts)
    assert change(register, made.id, replace(saying(now), end=made.end + timedelta(hours=1)), "mark", while_it_lasts).end > made.end


def test_a_clock_that_is_set_back_makes_no_announcement_earlier(register: RegisterStore, now: datetime) -> None:
    announce(register, "job-portal", saying(now), "", "mark", now)
    (made,) = announce(register, "library", saying(now, 3), "", "mark", now - timedelta(days=2))
    assert made.announced_at == now
    assert in_look(register).log.entries(3)[0].recorded_at == now
    changed = change(register, made.id, saying(now, 4), "mark", now - timedelta(days=2))
    assert changed.announced_at == now


def test_two_of_one_minute_have_names_of_their_own(register: RegisterStore, now: datetime) -> None:
    ids = {announce(register, "job-portal", saying(now), "", "mark", now)[0].id for _ in range(3)}
    assert len(ids) == 3


def test_a_service_has_room_for_two_series_of_a_year(register: RegisterStore, now: datetime) -> None:
    for _ in range(2):
        announce(register, "job-portal", saying(now), "FREQ=DAILY", "mark", now)
    assert len(kept(register)) == WAITING_MAX
    with pytest.raises(Conflict, match=str(WAITING_MAX)):
        announce(register, "job-portal", saying(now), "", "mark", now)
    announce(register, "library", saying(now), "", "mark", now)
    cancel(register, kept(register)[0].id, "mark", now)
    announce(register, "job-portal", saying(now), "", "mark", now)


@pytest.mark.parametrize(
    ("service_id", "said", "error"),
    [
        ("nobody", (48, 2), NotFound),
        ("job-portal", (48, 2, "nothing"), NotFound),
        ("job-portal", (-3, 2), BadInput),
        ("job-portal", (24 * 367, 2), BadInput),
    ],
)
def test_what_makes_no_sense_is_refused(
    register: RegisterStore, now: datetime, service_id: str, said: tuple[int, int, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        announce(register, service_id, saying(now, *said), "", "mark", now)
    assert (kept(register), told(register)) == ([], [])


@pytest.mark.parametrize(
    "change_of",
    [
        {"end": timedelta()},
        {"end": timedelta(days=8)},
        {"end": timedelta(seconds=90)},
        {"title": Text(" ", "")},
        {"title": Text("가" * 201, "")},
    ],
)
def test_an_announcement_refuses_nonsense(now: datetime, change_of: dict[str, object]) -> None:
    said = saying(now)
    changes = {name: said.start + value if isinstance(value, timedelta) else value for name, value in change_of.items()}
    with pytest.raises(BadInput):
        replace(said, **changes)  # type: ignore[arg-type]  # nonsense is what is tried


def test_a_title_is_one_line(register: RegisterStore, now: datetime) -> None:
    with pytest.raises(BadInput, match="several lines"):
        announce(register, "job-portal", replace(saying(now), title=Text("점검\n다른 줄", "")), "", "mark", now)


def test_a_title_that_hides_something_is_refused(register: RegisterStore, now: datetime) -> None:
    with pytest.raises(BadInput, match="cannot be seen"):
        announce(register, "job-portal", replace(saying(now), title=Text("점검\u202e", "")), "", "mark", now)


def test_killed_before_its_entry_nothing_is_announced(register: RegisterStore, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(maintenance, "announced_body", die)
    with pytest.raises(KeyboardInterrupt):
        announce(register, "job-portal", saying(now), "FREQ=WEEKLY", "mark", now)
    assert (kept(register), told(register)) == ([], [])
