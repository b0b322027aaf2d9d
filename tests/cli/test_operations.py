"""`observatory maintenance` and `observatory incident`: what is announced and written from the command line."""

import json
from datetime import timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from observatory import clock
from observatory.cli.incident_stories import incident
from observatory.cli.operations import maintenance
from observatory.errors import BadInput, Conflict, NotFound
from observatory.flows.catalogue import apply_catalogue
from observatory.store.opening import open_register, prepare_folder
from tests.builders import a_catalogue, a_menu, a_service
from tests.moments import NOW
from tests.registers import in_change
from tests.summaries import an_incident

TOMORROW = clock.now() + timedelta(days=3)
TIMES = ("--start", f"{TOMORROW:%Y-%m-%d}T02:00", "--end", f"{TOMORROW:%Y-%m-%d}T04:00")
TITLES = ("--title-ko", "서버 교체", "--title-en", "Server replacement")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    prepare_folder(tmp_path / "data")
    register = open_register(tmp_path / "data")
    apply_catalogue(register, a_catalogue(a_service(menus=(a_menu(),)), a_service("library")), NOW)
    in_change(register).incidents.keep([an_incident("open", minutes=None), an_incident("over")])
    register.close()
    return tmp_path / "data"


def run(command: click.Command, data: Path, *arguments: str) -> Result:
    result = CliRunner().invoke(command, [*arguments, "--data", str(data)])
    if result.exception is not None:
        raise result.exception
    return result


def test_what_is_announced_is_listed_until_it_is_cancelled(data: Path) -> None:
    (made,) = json.loads(run(maintenance, data, "announce", "job-portal", *TIMES, *TITLES, "--menu", "search", "--json").stdout)
    assert (made["service_id"], made["menu_ids"], made["title_ko"]) == ("job-portal", ["search"], "서버 교체")
    assert made["starts_at"].endswith("T17:00:00Z"), "two in the night in Seoul"
    assert json.loads(run(maintenance, data, "list", "--json").stdout) == [made]
    assert json.loads(run(maintenance, data, "list", "--service", "library", "--json").stdout) == []
    run(maintenance, data, "cancel", made["id"])
    assert run(maintenance, data, "list").stdout == ""
    assert run(maintenance, data, "list", "--all").stdout.endswith("Server replacement  cancelled\n")


def test_a_rule_and_a_change(data: Path) -> None:
    made = json.loads(run(maintenance, data, "announce", "job-portal", *TIMES, *TITLES, "--rule", "FREQ=WEEKLY;COUNT=3", "--json").stdout)
    assert len(made) == 3
    later = ("--start", TIMES[1], "--end", f"{TOMORROW:%Y-%m-%d}T05:00", "--title-ko", "서버 교체")
    (changed,) = json.loads(run(maintenance, data, "announce", "job-portal", *later, "--change", made[0]["id"], "--json").stdout)
    assert (changed["id"], changed["title_en"]) == (made[0]["id"], None)
    assert len(run(maintenance, data, "list").stdout.splitlines()) == 3


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("announce", "job-portal", "--start", "tomorrow", "--end", "later", *TITLES), BadInput),
        (("announce", "nobody", *TIMES, *TITLES), NotFound),
        (("announce", "job-portal", *TIMES), BadInput),
        (("announce", "job-portal", *TIMES, *TITLES, "--rule", "now and then"), BadInput),
        (("cancel", "nothing"), NotFound),
    ],
)
def test_what_makes_no_sense_is_refused(data: Path, arguments: tuple[str, ...], error: type[Exception]) -> None:
    with pytest.raises(error):
        run(maintenance, data, *arguments)


def test_updates_are_written_translated_and_listed(data: Path) -> None:
    assert run(incident, data, "update", "open", "--text-ko", "원인을 찾고 있습니다.").stdout == "published update 1 of open\n"
    run(incident, data, "update", "open", "--translate", "1", "--text-en", "We are looking for the cause.")
    (listed,) = json.loads(run(incident, data, "list", "--json").stdout)
    assert (listed["id"], listed["ended_at"]) == ("open", None)
    (written,) = listed["updates"]
    assert (written["number"], written["stage"]) == (1, "investigating")
    assert (written["text_ko"], written["text_en"]) == ("원인을 찾고 있습니다.", "We are looking for the cause.")
    assert [line.split()[0] for line in run(incident, data, "list", "--all").stdout.splitlines()] == ["open", "over"]
    assert run(incident, data, "list").stdout.endswith("goes on  updates: 1\n")


def test_an_update_prints_itself_as_json(data: Path) -> None:
    written = json.loads(run(incident, data, "update", "over", "--stage", "postmortem", "--text-ko", "원인", "--json").stdout)
    assert (written["incident_id"], written["stage"], written["text_en"]) == ("over", "postmortem", None)
    with pytest.raises(Conflict):
        run(incident, data, "update", "over", "--translate", "1", "--text-ko", "다른 말")
    with pytest.raises(NotFound):
        run(incident, data, "update", "nothing", "--text-ko", "원인")
