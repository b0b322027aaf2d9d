"""One cause, many services: tied and untied by entries of the log, both stay readable, minutes stay with each service."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from observatory.errors import BadInput, Conflict, NotFound
from observatory.flows import shared_causes
from observatory.flows.log_checking import check_log
from observatory.flows.shared_causes import TIES_MAX, known_cause, share, tie, untie
from observatory.model.text import Text
from observatory.store.opening import open_register, prepare_folder
from observatory.store.register import RegisterStore
from tests.registers import in_change, in_look
from tests.summaries import an_incident

TITLE = Text("전산센터 화재", "Fire in the data centre")
PORTAL, LIBRARY, TAX = "portal-1", "library-1", "tax-1"


@pytest.fixture
def register(tmp_path: Path) -> Iterator[RegisterStore]:
    prepare_folder(tmp_path)
    opened = open_register(tmp_path)
    in_change(opened).incidents.keep([replace(an_incident(each), service_id=each[:-2]) for each in (PORTAL, LIBRARY, TAX, "portal-2")])
    yield opened
    opened.close()


def told(register: RegisterStore) -> list[tuple[str, list[str]]]:
    return [(entry.kind, json.loads(entry.body)["incidents"]) for entry in in_look(register).log.entries(0)]


def test_incidents_are_tied_and_untied_and_both_stay_readable(register: RegisterStore, now: datetime) -> None:
    made = share(register, TITLE, [PORTAL, LIBRARY], "operator", now)
    assert (made.title, made.tied) == (TITLE, (LIBRARY, PORTAL))
    assert tie(register, made.id, [TAX], "operator", now + timedelta(minutes=1)).tied == (LIBRARY, PORTAL, TAX)
    assert in_look(register).causes.of_incidents([PORTAL, "portal-2"]) == {PORTAL: made.id}
    left = untie(register, made.id, [TAX], "operator", now + timedelta(minutes=2))
    assert left.tied == (LIBRARY, PORTAL)
    assert [each.undone_at is not None for each in left.ties if each.incident_id == TAX] == [True]
    assert untie(register, made.id, [], "operator", now + timedelta(minutes=3)).tied == ()
    assert told(register) == [
        ("service-incidents-tied", [PORTAL, LIBRARY]),
        ("service-incidents-tied", [TAX]),
        ("service-incidents-untied", [TAX]),
        ("service-incidents-untied", [LIBRARY, PORTAL]),
    ]
    assert check_log(register).broken is None
    assert tie(register, made.id, [TAX], "operator", now + timedelta(minutes=4)).tied == (TAX,)


def test_a_cause_of_a_merged_incident_is_the_cause_of_its_heir(register: RegisterStore, now: datetime) -> None:
    made = share(register, TITLE, [PORTAL, LIBRARY], "operator", now)
    in_change(register).incidents.keep([replace(an_incident(PORTAL), service_id="portal", superseded_by="portal-2")])
    assert in_look(register).causes.of_incidents(["portal-2"]) == {"portal-2": made.id}


@pytest.mark.parametrize(
    ("title", "incident_ids", "error"),
    [
        (Text("화재", ""), [PORTAL, LIBRARY], BadInput),
        (Text("화\n재", "Fire"), [PORTAL, LIBRARY], BadInput),
        (TITLE, [PORTAL, "portal-2"], BadInput),
        (TITLE, [PORTAL], BadInput),
        (TITLE, [], BadInput),
        (TITLE, [PORTAL] * (TIES_MAX + 1), BadInput),
        (TITLE, [PORTAL, "nothing"], NotFound),
    ],
)
def test_what_is_no_shared_cause_is_refused(
    register: RegisterStore, now: datetime, title: Text, incident_ids: list[str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        share(register, title, incident_ids, "operator", now)
    assert (in_look(register).causes.causes(), told(register)) == ([], [])


def test_an_incident_has_one_cause_and_only_what_is_tied_is_untied(register: RegisterStore, now: datetime) -> None:
    made = share(register, TITLE, [PORTAL, LIBRARY], "operator", now)
    with pytest.raises(Conflict, match="untie it there first"):
        share(register, TITLE, [PORTAL, TAX], "operator", now)
    with pytest.raises(Conflict):
        untie(register, made.id, [TAX], "operator", now)
    with pytest.raises(NotFound):
        tie(register, "nothing", [TAX], "operator", now)
    assert share(register, TITLE, ["portal-2", TAX], "operator", now).id != made.id


def test_killed_before_its_entry_nothing_is_tied(register: RegisterStore, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> bytes:
        raise KeyboardInterrupt

    made = share(register, TITLE, [PORTAL, LIBRARY], "operator", now)
    monkeypatch.setattr(shared_causes, "tied_body", die)
    with pytest.raises(KeyboardInterrupt):
        tie(register, made.id, [TAX], "operator", now)
    with pytest.raises(KeyboardInterrupt):
        untie(register, made.id, [], "operator", now)
    assert known_cause(in_look(register), made.id) == made
