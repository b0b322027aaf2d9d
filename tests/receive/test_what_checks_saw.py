"""What our own checks came to, and which certificate they were shown, is published of every place, and outlasts failures."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from observatory.access.programs.tokens import new_vantage_token
from observatory.flows.catalogue import apply_catalogue
from observatory.model.catalogue import HOME, ProbeTarget
from observatory.prober.finished import Finished
from observatory.prober.outcome import Check
from observatory.prober.schedule import probed_menus
from observatory.prober.vantage import Vantage
from tests.builders import a_catalogue, a_service
from tests.moments import NOW
from tests.publish.page_reading import Page
from tests.receive.doors import Doors
from tests.registers import in_change

ENDS_AT = "2026-11-19T00:00:00+00:00"


class Busan:
    """A place whose checks come through the door."""

    def __init__(self, doors: Doors, name: str = "busan") -> None:
        self._doors = doors
        token, self.token = new_vantage_token(name, doors.parts.keys, NOW)
        in_change(doors.parts.register).tokens.add(token)

    def saw(self, outcome: str, minutes_ago: float, ends_at: str | None = None, **more: object) -> None:
        at = NOW - timedelta(minutes=minutes_ago)
        state = "up" if outcome == "passed" else "down"
        check = {"checked_at": at.isoformat(), "service": "job-portal", "state": state, "outcome": outcome, **more}
        body = json.dumps([{**check, "certificate_ends_at": ends_at}]).encode()
        answer = self._doors.post("/v1/probes", body, "application/json", token=self.token)
        assert answer.get_json()["accepted"] == 1, answer.get_json()


@pytest.fixture
def busan(doors: Doors) -> Busan:
    check_menus(doors)
    return Busan(doors)


def check_menus(doors: Doors, probe: ProbeTarget | None = ProbeTarget("https://a.example/")) -> None:  # noqa: B008  # frozen
    apply_catalogue(doors.parts.register, a_catalogue(a_service("job-portal", menus=(replace(HOME, probe=probe),))), NOW)


def published(doors: Doors) -> list[dict[str, object]]:
    answer = doors.client.get("/api/v1/services/job-portal/checks")
    assert answer.status_code == 200
    checks = answer.get_json()["checks"]
    assert isinstance(checks, list)
    return checks


def test_a_certificate_stays_known_after_its_end_and_while_checks_fail(doors: Doors, busan: Busan) -> None:
    busan.saw("passed", 600, ENDS_AT)
    busan.saw("tls", 500)
    busan.saw("tls", 20)
    assert published(doors) == [
        {
            "menu_id": "home",
            "vantage": "busan",
            "outcome": "tls",
            "since": (NOW - timedelta(minutes=500)).isoformat().replace("+00:00", "Z"),
            "last_at": (NOW - timedelta(minutes=20)).isoformat().replace("+00:00", "Z"),
            "certificate_ends_at": "2026-11-19T00:00:00Z",
        }
    ]


@pytest.mark.parametrize(
    ("outcome", "ko", "en"),
    [
        ("passed", "정상 응답", "It answered as it should"),
        ("unknown_name", "주소 이름이 존재하지 않음", "Its name does not exist"),
        ("no_address", "주소 이름에 연결된 IP가 없음", "Its name has no address"),
        ("no_name_server", "이름 서버(DNS)가 응답하지 않음", "The servers of its name do not answer"),
    ],
)
def test_the_page_says_what_came_of_a_check_and_that_a_certificate_has_ended(
    doors: Doors, busan: Busan, outcome: str, ko: str, en: str
) -> None:
    busan.saw(outcome, 5, ENDS_AT)
    for language, said, ended in (("ko", ko, "만료됨"), ("en", en, "it has ended")):
        page = Page(doors.client.get(f"/{language}/services/job-portal").text)
        assert not page.faults
        assert said in page.text
        assert ended in page.text


def test_every_place_is_told_apart_and_the_server_is_one(doors: Doors, busan: Busan) -> None:
    busan.saw("timeout", 5)
    Busan(doors, "seoul").saw("passed", 5)
    [probed] = probed_menus(doors.parts.register.catalogue()).values()
    ends_at = NOW + timedelta(days=30)
    seen = Check(NOW, "passed", "", ("https://a.example/",), "ab" * 16, status=200, certificate_ends_at=ends_at)
    Vantage(doors.parts, "observatory").keep([Finished(probed, (seen,))])
    shown = [(each["vantage"], each["outcome"], each["certificate_ends_at"]) for each in published(doors)]
    assert shown == [("busan", "timeout", None), ("seoul", "passed", None), ("observatory", "passed", "2026-12-20T03:00:00Z")]


def test_what_comes_late_changes_nothing_that_is_newer(doors: Doors, busan: Busan) -> None:
    busan.saw("passed", 5, "2027-01-01T00:00:00Z")
    busan.saw("timeout", 60, ENDS_AT)
    assert [(each["outcome"], each["certificate_ends_at"]) for each in published(doors)] == [("passed", "2027-01-01T00:00:00Z")]


def test_of_two_attempts_the_last_says_what_a_check_came_to(doors: Doors, busan: Busan) -> None:
    checks = [
        {"checked_at": NOW.isoformat(), "service": "job-portal", "state": state, "outcome": outcome}
        for state, outcome in (("down", "timeout"), ("up", "passed"))
    ]
    doors.post("/v1/probes", json.dumps(checks).encode(), "application/json", token=busan.token)
    assert [each["outcome"] for each in published(doors)] == ["passed"]


def test_a_place_that_checks_no_more_and_a_menu_that_is_not_checked_are_not_spoken_of(doors: Doors, busan: Busan) -> None:
    busan.saw("passed", 60 * 25)
    Busan(doors, "seoul").saw("passed", 5)
    assert [each["vantage"] for each in published(doors)] == ["seoul"]
    check_menus(doors, None)
    assert published(doors) == []


def test_an_outcome_this_server_does_not_know_costs_no_vote(doors: Doors, busan: Busan) -> None:
    busan.saw("struck-by-lightning", 5)
    assert published(doors) == []


@pytest.mark.parametrize(
    "wrong", [{"trace_id": "zz" * 16}, {"trace_id": "ab"}, {"certificate_ends_at": "soon"}, {"certificate_ends_at": "2027-01-01T00:00:00"}]
)
def test_a_detail_that_cannot_be_costs_its_own_line(doors: Doors, busan: Busan, wrong: dict[str, str]) -> None:
    check = {"checked_at": NOW.isoformat(), "service": "job-portal", "state": "up", "outcome": "passed"}
    told = doors.post("/v1/probes", json.dumps([check, {**check, **wrong}]).encode(), "application/json", token=busan.token).get_json()
    assert (told["accepted"], told["refused"]) == (1, {"bad_detail": 1})


def test_what_an_agency_says_it_saw_is_not_told_as_ours(doors: Doors) -> None:
    check_menus(doors)
    check = {"checked_at": NOW.isoformat(), "service": "job-portal", "state": "up", "outcome": "passed", "certificate_ends_at": ENDS_AT}
    assert doors.post("/v1/probes", json.dumps([check]).encode(), "application/json").get_json()["accepted"] == 1
    assert published(doors) == []
