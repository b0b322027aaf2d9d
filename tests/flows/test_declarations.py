"""Declaring that a service fails: one entry of the log, together with what is kept, or nothing at all; never shorter again."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from observatory.errors import BadInput, Conflict, NotFound
from observatory.flows import declarations
from observatory.flows.catalogue import apply_catalogue
from observatory.flows.declarations import DECLARED_MAX, declare, end, translate
from observatory.flows.log_checking import check_log
from observatory.model.declaration import Declaration
from observatory.model.text import Text
from observatory.store.opening import open_register, prepare_folder
from observatory.store.register import RegisterStore
from tests.builders import a_catalogue, a_menu, a_service
from tests.registers import in_look

TITLE = Text("로그인이 되지 않습니다", "Nobody can sign in")
HOUR = timedelta(hours=1)


@pytest.fixture
def register(tmp_path: Path, now: datetime) -> Iterator[RegisterStore]:
    prepare_folder(tmp_path)
    opened = open_register(tmp_path)
    catalogue = a_catalogue(a_service(menus=(a_menu(), a_menu("apply", routes=("/apply",)))), a_service("library"))
    apply_catalogue(opened, catalogue, now - timedelta(days=30))
    yield opened
    opened.close()


@pytest.fixture
def now(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)


def saying(now: datetime, *menus: str, service_id: str = "job-portal", hours: float = -2, lasts: float | None = None) -> Declaration:
    start = now + hours * HOUR
    return Declaration("", service_id, menus, "down", start, None if lasts is None else start + lasts * HOUR, TITLE, now)


def told(register: RegisterStore) -> list[tuple[str, dict[str, object]]]:
    return [(entry.kind, json.loads(entry.body)) for entry in in_look(register).log.entries(2)]


def kept(register: RegisterStore) -> list[Declaration]:
    return in_look(register).declarations.of_service("job-portal")


def test_a_declaration_is_kept_told_and_judged_in_one_transaction(register: RegisterStore, now: datetime) -> None:
    made = declare(register, saying(now, "apply", lasts=1), "mark", now)
    assert kept(register) == [made]
    assert made.id == f"job-portal-declared-{made.start:%Y%m%dT%H%M}"
    body = {"by": "mark", "from": f"{made.start:%Y-%m-%dT%H:%MZ}", "id": made.id, "menus": ["apply"], "service": "job-portal"}
    body |= {"severity": "down", "title_en": TITLE.en, "title_ko": TITLE.ko, "to": f"{made.end:%Y-%m-%dT%H:%MZ}"}
    assert told(register) == [("service-incident-declared", body)]
    (asked,) = in_look(register).corrections.to_judge_again()
    assert (asked.service_id, asked.start) == ("job-portal", made.start)
    assert check_log(register).broken is None


def test_one_that_goes_on_ends_with_the_minute_in_which_that_is_said(register: RegisterStore, now: datetime) -> None:
    made = declare(register, saying(now), "mark", now)
    assert [each.id for each in in_look(register).declarations.going_on()] == [made.id]
    ended = end(register, made.id, "mark", now + HOUR + timedelta(seconds=30))
    assert (ended.end, ended.start, in_look(register).declarations.going_on()) == (now + HOUR, made.start, [])
    assert [kind for kind, _ in told(register)] == ["service-incident-declared", "service-incident-declaration-ended"]
    with pytest.raises(Conflict, match="only an auditor"):
        end(register, made.id, "mark", now + 2 * HOUR)


def test_one_that_is_ended_at_once_lasted_a_minute(register: RegisterStore, now: datetime) -> None:
    made = declare(register, saying(now, hours=0), "mark", now)
    assert end(register, made.id, "mark", now).end == made.start + timedelta(minutes=1)


def test_two_of_one_minute_have_names_of_their_own(register: RegisterStore, now: datetime) -> None:
    ids = {declare(register, saying(now), "mark", now).id for _ in range(3)}
    assert len(ids) == 3


def test_the_language_that_is_missing_follows_and_nothing_else_changes(register: RegisterStore, now: datetime) -> None:
    made = declare(register, replace(saying(now), title=Text("로그인 불가", "")), "mark", now)
    assert translate(register, made.id, Text("다른 말", "Nobody can sign in"), "mark", now).title == Text(
        "로그인 불가", "Nobody can sign in"
    )
    with pytest.raises(Conflict):
        translate(register, made.id, Text("", "Else"), "mark", now)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"service_id": "nobody"}, NotFound),
        ({"hours": 1}, BadInput),
        ({"hours": -73}, BadInput),
        ({"hours": -1, "lasts": 2}, BadInput),
    ],
)
def test_what_cannot_be_declared_is_refused(register: RegisterStore, now: datetime, said: dict[str, str], error: type[Exception]) -> None:
    with pytest.raises(error):
        declare(register, saying(now, **said), "mark", now)  # type: ignore[arg-type]  # what is tried
    assert (kept(register), told(register)) == ([], [])


def test_a_menu_must_be_known_and_a_title_be_one_visible_line(register: RegisterStore, now: datetime) -> None:
    with pytest.raises(NotFound):
        declare(register, saying(now, "nothing"), "mark", now)
    for title in ("두\n줄", "숨은\u202e글자"):
        with pytest.raises(BadInput):
            declare(register, replace(saying(now), title=Text(title, "")), "mark", now)
    for title, said in (("", "without a title"), ("가" * 201, "shorten it to 200")):
        with pytest.raises(BadInput, match=said):
            replace(saying(now), title=Text(title, ""))


def test_before_a_service_was_observed_nothing_is_declared(register: RegisterStore, now: datetime) -> None:
    apply_catalogue(register, a_catalogue(a_service(menus=(a_menu(),)), a_service("library"), a_service("new")), now)
    with pytest.raises(BadInput, match="before the service was observed"):
        declare(register, saying(now, service_id="new"), "mark", now)


def test_a_service_has_room_for_many_and_not_for_any_number(register: RegisterStore, now: datetime) -> None:
    for _ in range(DECLARED_MAX):
        declare(register, saying(now, lasts=1), "mark", now)
    with pytest.raises(Conflict, match=str(DECLARED_MAX)):
        declare(register, saying(now), "mark", now)
    declare(register, saying(now, service_id="library"), "mark", now)


def test_killed_before_its_entry_nothing_is_declared(register: RegisterStore, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(declarations, "declared_body", die)
    with pytest.raises(KeyboardInterrupt):
        declare(register, saying(now), "mark", now)
    assert (kept(register), told(register), in_look(register).corrections.to_judge_again()) == ([], [], [])
