"""What an operator writes into the catalogue can be read by everybody: each key reaches the log, and a page unless it is for programs."""

import base64
import json
from dataclasses import Field, fields
from pathlib import Path

from click.testing import CliRunner
from flask.testing import FlaskClient

from observatory.cli.catalogue import catalogue
from observatory.model.catalogue import Menu, ProbeStep, ProbeTarget, Service, TelemetryIdentity
from observatory.model.text import Text
from observatory.settings import Settings
from tests.catalogue_text import job_portal

OUR_OWN = {"index", "removed"}
"""What the store adds."""
FILE = """
[site]
name_ko = "한빛 관측소"
name_en = "Hanbit Observatory"
time_zone = "Asia/Tokyo"
holidays = ["2026-12-25"]
[[agency]]
id = "labor"
name_ko = "고용노동부"
name_en = "Ministry of Employment and Labor"
[[service]]
id = "job-portal"
agency = "labor"
name_ko = "일자리 포털"
name_en = "Job Portal"
url = "https://jobs.example.go.kr"
grade = 1
executive_office_ko = "고용정책실장"
executive_office_en = "Deputy Minister"
telemetry = [{ namespace = "labor", name = "job-portal" }]
origins = ["https://jobs.example.go.kr"]
release_url = "https://jobs.example.go.kr/.well-known/service-release"
channels_ko = ["국번 없이 1350"]
channels_en = ["Call 1350"]
server_source = "span"
low_traffic_block_minutes = 5
hours = "09:00-18:00"
  [[service.menu]]
  id = "search"
  name_ko = "일자리 찾기"
  name_en = "Find a job"
  routes = ["/jobs"]
  critical = true
  slow_ms = 2000
  probe = { url = "https://jobs.example.go.kr/jobs", interval_s = 120, text = "일자리", status = 200 }
  [[service.menu]]
  id = "apply"
  name_ko = "지원하기"
  name_en = "Apply"
  routes = ["/apply"]
  probe = { steps = [{ url = "https://jobs.example.go.kr/apply", text = "지원", status = 200 }] }
"""

ON_THE_PAGE = {
    "ko": {
        "agency_id": "고용노동부",
        "name_ko": "<h1>일자리 포털</h1>",
        "grade": "1등급 (1~4등급",
        "executive_office_ko": "<dd>고용정책실장</dd>",
        "channels_ko": "<li>국번 없이 1350</li>",
        "menu name_ko": "일자리 찾기",
    },
    "en": {
        "url": 'href="https://jobs.example.go.kr"',
        "name_en": "<h1>Job Portal</h1>",
        "executive_office_en": "<dd>Deputy Minister</dd>",
        "channels_en": "<li>Call 1350</li>",
        "hours": "<dd>09:00-18:00 (Asia/Tokyo)</dd>",
        "origins": "<li>https://jobs.example.go.kr</li>",
        "server_source": "<dd>OTLP spans</dd>",
        "low_traffic_block_minutes": "<dd>5 min</dd>",
        "menus": 'id="menus"',
        "menu name_en": "Find a job",
        "menu critical": "essential",
        "menu slow_ms": "<li>Find a job: above 2.00 s</li>",
    },
}
"""What the page of the service in FILE shows of each key, in a language in which it does."""
FOR_PROGRAMS = {"id", "telemetry", "menu id", "menu routes", "menu probe", "release_url"}
"""By what records are known, and what a prober asks: no reader can do anything with it on a page."""


def keys_of(*kinds: type) -> list[set[str]]:
    """Return the keys of each kind of table, as the log writes them."""
    return [{key for field in fields(kind) for key in written_as(field)} - OUR_OWN for kind in kinds]


def written_as(field: Field[object]) -> tuple[str, ...]:
    """Return the keys under which a field of the model stands in a file: two of them for what exists in two languages."""
    return (f"{field.name}_ko", f"{field.name}_en") if field.type in (Text, tuple[Text, ...]) else (field.name,)


def test_every_key_of_a_service_stands_in_the_public_log(client: FlaskClient, settings: Settings, tmp_path: Path) -> None:
    apply(settings, tmp_path)
    _keys, entry = client.get("/api/v1/log/entries").json["entries"]
    service = json.loads(base64.b64decode(entry["body_base64"]))
    (menu, other), (identity,) = service["menus"], service["telemetry"]
    (step,) = other["probe"]["steps"]
    probe = {*menu["probe"], *other["probe"]}
    assert [set(service), set(menu), probe, set(step)] == keys_of(Service, Menu, ProbeTarget, ProbeStep)
    assert identity == list(TelemetryIdentity("labor", "job-portal"))
    assert (service["grade"], service["hours"], service["channels_ko"], menu["slow_ms"]) == (1, "09:00-18:00", ["국번 없이 1350"], 2000)


def test_every_key_of_a_service_can_be_seen_on_its_page(client: FlaskClient, settings: Settings, tmp_path: Path) -> None:
    apply(settings, tmp_path)
    service, menu = keys_of(Service, Menu)
    assert service | {f"menu {key}" for key in menu} == FOR_PROGRAMS.union(*ON_THE_PAGE.values())
    for language, shown in ON_THE_PAGE.items():
        page = client.get(f"/{language}/services/job-portal").text
        assert not [key for key, text in shown.items() if text not in page]


def test_a_service_that_says_no_more_than_it_must_has_no_list_of_it(client: FlaskClient, settings: Settings, tmp_path: Path) -> None:
    apply(settings, tmp_path, job_portal())
    assert 'id="about"' not in client.get("/en/services/job-portal").text


def test_site_and_agency_are_named_on_the_front_page(client: FlaskClient, settings: Settings, tmp_path: Path) -> None:
    apply(settings, tmp_path)
    pages = {language: client.get(f"/{language}/").get_data(as_text=True) for language in ("ko", "en")}
    assert "한빛 관측소" in pages["ko"]
    assert "고용노동부" in pages["ko"]
    assert "Hanbit Observatory" in pages["en"]
    assert "Ministry of Employment and Labor" in pages["en"]
    assert "Asia/Tokyo" in client.get("/en/services/job-portal").get_data(as_text=True)


def apply(settings: Settings, folder: Path, file: str = FILE) -> None:
    """Apply the catalogue as an operator does."""
    (folder / "town.toml").write_text(file, encoding="utf-8")
    done = CliRunner().invoke(catalogue, ["apply", str(folder / "town.toml"), "--data", str(settings.data)], standalone_mode=False)
    assert done.exception is None, done.exception
