"""`observatory incident`: what is declared from the command line."""

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from observatory import clock
from observatory.cli.incident_stories import incident
from observatory.cli.operations import maintenance
from observatory.errors import BadInput, Conflict, NotFound
from observatory.flows.catalogue import apply_catalogue
from observatory.model.catalogue import Catalogue, Site
from observatory.model.incident_update import STAGES
from observatory.store.opening import open_register, prepare_folder
from tests.builders import LABOR, a_menu, a_service
from tests.cli.test_operations import run
from tests.moments import NOW
from tests.registers import in_change
from tests.summaries import an_incident


@pytest.fixture
def data(tmp_path: Path) -> Path:
    prepare_folder(tmp_path / "data")
    register = open_register(tmp_path / "data")
    long_ago = min(NOW, clock.now()) - timedelta(days=400)
    apply_catalogue(register, Catalogue(Site(time_zone="Europe/Berlin"), (LABOR,), (a_service(menus=(a_menu(),)),)), long_ago)
    register.close()
    return tmp_path / "data"


def ago(minutes: int) -> str:
    return f"{clock.now() - timedelta(minutes=minutes):%Y-%m-%dT%H:%MZ}"


def test_what_is_declared_goes_on_until_it_is_ended(data: Path) -> None:
    options = ("--from", ago(30), "--menu", "search", "--severity", "partial", "--title-ko", "검색이 느립니다")
    made = json.loads(run(incident, data, "declare", "job-portal", *options, "--json").stdout)
    assert (made["service_id"], made["menu_ids"], made["severity"], made["to"], made["title_en"]) == (
        "job-portal",
        ["search"],
        "partial",
        None,
        None,
    )
    assert (
        json.loads(run(incident, data, "end", made["id"], "--title-en", "Search is slow", "--json").stdout)["title_en"] == "Search is slow"
    )
    assert "to 20" in run(incident, data, "end", made["id"]).stdout
    with pytest.raises(Conflict):
        run(incident, data, "end", made["id"])


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("declare", "nobody", "--from", ago(5), "--title-ko", "장애"), NotFound),
        (("declare", "job-portal", "--from", "soon", "--title-ko", "장애"), BadInput),
        (("declare", "job-portal", "--from", ago(5)), BadInput),
        (("declare", "job-portal", "--from", ago(5), "--to", ago(10), "--title-ko", "장애"), BadInput),
        (("end", "nothing"), NotFound),
    ],
)
def test_what_makes_no_sense_is_refused(data: Path, arguments: tuple[str, ...], error: type[Exception]) -> None:
    with pytest.raises(error):
        run(incident, data, *arguments)


def test_an_hour_the_clock_skips_or_repeats_is_refused_in_plain_words(data: Path) -> None:
    year = clock.now().year + 1
    october = datetime(year, 10, 31, tzinfo=UTC)
    sunday = october - timedelta(days=(october.weekday() + 1) % 7)
    day = f"{sunday:%Y-%m-%d}"
    with pytest.raises(BadInput, match="show it twice"):
        run(maintenance, data, "announce", "job-portal", "--start", f"{day}T02:30", "--end", f"{day}T05:00", "--title-ko", "점검")


def test_incidents_of_several_services_are_tied_to_one_cause_and_untied(data: Path) -> None:
    with closing(open_register(data)) as register:
        in_change(register).incidents.keep([replace(an_incident(each), service_id=each) for each in ("one", "two", "three")])
    titles = ("--title-ko", "화재", "--title-en", "Fire")
    made = json.loads(run(incident, data, "tie", "one", "two", *titles, "--json").stdout)
    assert made["incident_ids"] == ["one", "two"]
    assert set(run(incident, data, "tie", "three", "--cause", made["id"]).stdout.partition("tied: ")[2].split()) == {"one", "two", "three"}
    assert json.loads(run(incident, data, "untie", made["id"], "--json").stdout)["incident_ids"] == []
    with pytest.raises(BadInput):
        run(incident, data, "tie", "three", "--cause", made["id"], *titles)


def test_updates_and_reminders_wait_for_their_time(data: Path) -> None:
    with closing(open_register(data)) as register:
        in_change(register).incidents.keep([replace(an_incident("one", minutes=None), service_id="job-portal")])
    assert [each["stage"] for each in json.loads(run(incident, data, "templates", "--json").stdout)] == list(STAGES[:4])
    assert "job-portal service works again" in run(incident, data, "templates", "--service", "job-portal").stdout
    said = ("--text-ko", "고치고 있습니다", "--text-en", "We are mending it")
    run(incident, data, "update", "one", "--stage", "identified", "--at", ago(-30), *said)
    start, end = ago(-60), ago(-90)
    (work,) = json.loads(
        run(maintenance, data, "announce", "job-portal", "--start", start, "--end", end, "--title-ko", "점검", "--json").stdout
    )
    run(maintenance, data, "remind", work["id"], "--at", ago(-40), *said)
    first, second = json.loads(run(incident, data, "scheduled", "--json").stdout)
    assert (first["incident_id"], second["maintenance_id"]) == ("one", work["id"])
    assert "cancelled" in run(incident, data, "unschedule", str(first["number"])).stdout
    assert "reminder  waits" in run(incident, data, "scheduled").stdout
