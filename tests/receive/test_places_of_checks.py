"""A place of the operator's own gets what to check from the server, and what it sends has a vote, once."""

import json
from dataclasses import replace

import numpy as np
import pytest

from observatory.access.programs.tokens import new_token, new_vantage_token
from observatory.errors import BadInput
from observatory.flows.catalogue import apply_catalogue
from observatory.model.catalogue import HOME, ProbeStep, ProbeTarget
from observatory.model.columns import Source
from observatory.model.delivery import FILE_HEADER, OFFSET_HEADER
from observatory.prober.schedule import probed_menus
from observatory.prober.wanted import Wanted, read_wanted
from observatory.store.observed_books import ProbeSeries
from tests.builders import a_catalogue, a_service
from tests.moments import NOW
from tests.receive.doors import NOW_NS, Doors
from tests.registers import in_change, in_look

JOURNEY = ProbeTarget(interval_s=300, steps=(ProbeStep("https://a.example/", status=200), ProbeStep("https://a.example/b", "일자리")))
CHECK = {"checked_at": "2026-11-20T02:58:00Z", "service": "job-portal", "state": "up", "http_status": 200, "response_ms": 120.5}
NUMBERED = {FILE_HEADER: "ab" * 32, OFFSET_HEADER: "1"}


@pytest.fixture
def seoul(doors: Doors) -> str:
    """Return the token of a place, and have a catalogue with something to check."""
    menus = (replace(HOME, probe=JOURNEY), replace(HOME, id="other"))
    apply_catalogue(doors.parts.register, a_catalogue(a_service("job-portal", menus=menus), a_service("pensions")), NOW)
    token, text = new_vantage_token("seoul", doors.parts.keys, NOW)
    in_change(doors.parts.register).tokens.add(token)
    return text


def asked(doors: Doors, token: str, **headers: str) -> tuple[int, bytes, str]:
    answer = doors.client.get("/v1/probes", headers={"Authorization": f"Bearer {token}", **headers})
    return answer.status_code, answer.get_data(), answer.headers.get("ETag", "")


def test_a_place_is_told_what_to_check_and_only_what_has_changed(doors: Doors, seoul: str) -> None:
    status, document, tag = asked(doors, seoul)
    [probed] = probed_menus(doors.parts.register.catalogue()).values()
    assert (status, read_wanted(document)) == (200, Wanted("seoul", (probed,)))
    assert probed.target == JOURNEY
    assert asked(doors, seoul, **{"If-None-Match": tag})[:2] == (304, b"")


def test_nobody_else_is_told(doors: Doors, seoul: str) -> None:
    agency, text = new_token(["job-portal"], doors.parts.keys, NOW, ["probes"])
    logs, text_of_logs = new_token(["job-portal"], doors.parts.keys, NOW, ["logs"])
    for token in (agency, logs):
        in_change(doors.parts.register).tokens.add(token)
    assert [asked(doors, token)[0] for token in (text, text_of_logs, "obs_no", doors.admin)] == [403, 403, 403, 400]
    assert doors.client.get("/v1/probes").status_code == 401


def test_what_a_place_sends_has_a_vote_and_holds_as_long_as_the_catalogue_says(doors: Doors, seoul: str) -> None:
    answer = doors.post("/v1/probes", json.dumps([CHECK, {**CHECK, "service": "pensions"}]).encode(), "application/json", token=seoul)
    assert answer.get_json()["accepted"] == 2
    doors.parts.writer.flush()
    [probed] = probed_menus(doors.parts.register.catalogue()).values()
    end = NOW_NS // 10**9 // 60 + 1
    rows = doors.parts.telemetry.minutes(probed.service_index, end - 10_000, end)
    assert np.unique(rows.source).tolist() == [Source.PROBE]
    declared = [ProbeSeries(probed.service_index, probed.menu_index, Source.PROBE, 300)]
    assert in_look(doors.parts.register).probes.series(probed.service_index) == declared
    assert in_look(doors.parts.register).probes.vantages() == {Source.PROBE: "seoul"}


def test_a_place_sends_no_other_signal(doors: Doors, seoul: str) -> None:
    assert doors.post("/v1/traces", b"", token=seoul).status_code == 403


def test_what_is_numbered_counts_once_whatever_is_in_it_and_whoever_else_numbers(doors: Doors, seoul: str) -> None:
    busan, text = new_vantage_token("busan", doors.parts.keys, NOW)
    in_change(doors.parts.register).tokens.add(busan)
    bodies = [json.dumps([{**CHECK, "response_ms": number}]).encode() for number in range(2)]
    answers = [
        doors.post("/v1/probes", body, "application/json", token=token, headers=NUMBERED).get_json()["duplicate"]
        for body, token in ((bodies[0], seoul), (bodies[0], seoul), (bodies[1], seoul), (bodies[0], text))
    ]
    assert answers == [False, True, True, False]
    assert doors.post("/v1/probes", bodies[0], "application/json", headers=NUMBERED).status_code == 403


def test_no_place_has_the_name_of_the_server(doors: Doors) -> None:
    token, text = new_vantage_token(doors.parts.settings.vantage, doors.parts.keys, NOW)
    in_change(doors.parts.register).tokens.add(token)
    assert asked(doors, text)[0] == 409
    assert doors.post("/v1/probes", b"[]", "application/json", token=text).status_code == 409


@pytest.mark.parametrize("document", [b"", b"{}", b"[]", b'{"vantage": "a", "menus": [{}]}', b"[" * 100_000, b"<html>"])
def test_what_says_nothing_of_menus_is_refused(document: bytes) -> None:
    with pytest.raises(BadInput):
        read_wanted(document)


@pytest.mark.parametrize("url", ["ftp://a.example/", ""])
def test_a_menu_that_no_catalogue_could_have_is_refused(url: str) -> None:
    menu = {"service_id": "a", "service_index": 1, "menu_id": "b", "menu_index": 2, "target": {"url": url}}
    with pytest.raises(BadInput):
        read_wanted(json.dumps({"vantage": "a", "menus": [menu]}).encode())
