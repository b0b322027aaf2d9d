"""Probe results come in as CSV or JSON, for the services the sender may speak for."""

import json

import numpy as np
import pytest

from observatory.model.columns import Source
from observatory.store.sqlite.register.probes import AGENCY_VANTAGES_MAX, VANTAGES_MAX
from tests.receive.doors import NOW_NS, Doors
from tests.registers import in_change, in_look

CSV, JSON = "text/csv", "application/json"
HEADER = b"checked_at,service,state,http_status,response_ms\n"
LOOPBACK = {"REMOTE_ADDR": "127.0.0.1"}
CHECKED_AT = "2026-11-20T02:58:00Z"


def a_check(service: str = "job-portal", state: str = "up", checked_at: str = CHECKED_AT, response_ms: str = "120") -> bytes:
    return f"{checked_at},{service},{state},200,{response_ms}\n".encode()


def stored_sources(doors: Doors) -> set[int]:
    service = doors.parts.register.catalogue().service("job-portal")
    assert service is not None
    end = NOW_NS // 10**9 // 60 + 1
    doors.parts.writer.flush()
    return set(np.unique(doors.parts.telemetry.minutes(service.index, end - 10_000_000, end).source).tolist())


def test_checks_are_stored_under_the_senders_own_vantage_of_an_agency(doors: Doors) -> None:
    answer = doors.post("/v1/probes", HEADER + a_check() + a_check(state="down") + b"never\n", CSV)
    told = answer.get_json()
    assert (answer.status_code, told["lines_read"], told["accepted"]) == (200, 3, 2)
    assert sum(told["refused"].values()) == 1
    [source] = stored_sources(doors)
    assert source >= Source.AGENCY_PROBE


def test_json_is_taken_too(doors: Doors) -> None:
    check = {"checked_at": CHECKED_AT, "service": "job-portal", "state": "up", "http_status": 200, "response_ms": 120.5}
    nothing = {"checked_at": CHECKED_AT, "service": "job-portal", "state": "down", "http_status": None}
    answer = doors.post("/v1/probes", json.dumps([check, nothing, {**check, "state": "?"}]).encode(), JSON)
    assert answer.get_json()["accepted"] == 2
    assert answer.get_json()["first_refused_line"] == {"bad_state": 3}


def test_compressed_checks_are_checks(doors: Doors) -> None:
    check = json.dumps([{"checked_at": CHECKED_AT, "service": "job-portal", "state": "down"}]).encode()
    assert doors.post_gzip("/v1/probes", HEADER + a_check(), CSV).get_json()["accepted"] == 1
    assert doors.post_gzip("/v1/probes", check, JSON).get_json()["accepted"] == 1


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b'[{"service": "job-portal"}]', b"[" * 100_000])
def test_json_of_another_shape_is_a_400(doors: Doors, body: bytes) -> None:
    assert doors.post("/v1/probes", body, JSON).status_code == 400


POISON = {
    "bytes that are no text": b'[{"checked_at": "\xff", "service": "job-portal", "state": "up"}]',
    "bytes that are no text in a member nobody reads": b'[{"checked_at": "C", "service": "job-portal", "state": "up", "x": "\xff"}]',
    "bytes that are no text in a name": b'[{"checked_at": "C", "service": "job-portal", "state": "up", "\xff": 1}]',
    "half a surrogate pair": b'[{"checked_at": "C", "service": "\\ud800", "state": "up"}]',
    "half a surrogate pair as bytes": b'[{"checked_at": "C", "service": "\xed\xa0\x80", "state": "up"}]',
    "a member twice": b'[{"checked_at": "C", "service": "job-portal", "state": "up", "state": "down"}]',
    "an escaped member twice": b'[{"checked_at": "C", "service": "job-portal", "state": "up", "st\\u0061te": "down"}]',
    "not a number": b'[{"checked_at": "C", "service": "job-portal", "state": "up", "response_ms": NaN}]',
    "a number without end": b'[{"checked_at": "C", "service": "job-portal", "state": "up", "x": 1%s}]' % (b"0" * 5000),
    "infinity": b'[{"checked_at": "C", "service": "job-portal", "state": "up", "response_ms": 1e999}]',
    "nesting": b'[{"checked_at": "C", "service": "job-portal", "state": "up", "x": %s}]' % (b"[" * 50_000 + b"]" * 50_000),
}


@pytest.mark.parametrize("body", POISON.values(), ids=POISON)
def test_poisoned_json_is_a_400_and_nothing_is_stored(doors: Doors, body: bytes) -> None:
    answer = doors.post("/v1/probes", body.replace(b'"C"', f'"{CHECKED_AT}"'.encode()), JSON)
    assert answer.status_code == 400
    assert stored_sources(doors) == set()


@pytest.mark.parametrize("name", [b"service", b"state", b" STATE ", b"response_ms"])
def test_a_column_that_is_there_twice_is_a_400(doors: Doors, name: bytes) -> None:
    body = HEADER.rstrip() + b"," + name + b"\n" + a_check().rstrip() + b",down\n"
    answer = doors.post("/v1/probes", body, CSV)
    assert (answer.status_code, "is there twice" in answer.text) == (400, True)


POISONED_LINES = ("\x00", "\ufeff", "1e999", "NaN", "-1", "9" * 400, "\U000e0041", "\u202e")


@pytest.mark.parametrize("column", range(5))
@pytest.mark.parametrize("poison", POISONED_LINES)
def test_a_poisoned_field_costs_its_own_line_only(doors: Doors, column: int, poison: str) -> None:
    fields = [CHECKED_AT, "job-portal", "up", "200", "120"]
    fields[column] = poison
    told = doors.post("/v1/probes", HEADER + a_check() + ",".join(fields).encode() + b"\n", CSV).get_json()
    assert (told["lines_read"], told["accepted"]) == (2, 1)


@pytest.mark.parametrize("body", [b"", b"a,b,c\n1,2,3\n", b"\xff\xfe"])
def test_a_table_without_the_columns_is_a_400(doors: Doors, body: bytes) -> None:
    assert doors.post("/v1/probes", body, CSV).status_code == 400


def test_unknown_and_foreign_services_are_told_apart(doors: Doors) -> None:
    body = HEADER + a_check("nobody") + a_check("pensions") + a_check("job-portal service")
    told = doors.post("/v1/probes", body, CSV).get_json()
    assert (told["accepted"], told["rejected"]) == (1, {"unknown_service": 1, "out_of_scope": 1})


def test_old_checks_are_refused_from_the_network_and_welcome_from_this_host(doors: Doors) -> None:
    body = HEADER + a_check(checked_at="2025-01-01T00:00:00Z")
    assert doors.post("/v1/probes", body, CSV).get_json()["rejected"] == {"too_late": 1}
    answer = doors.post("/v1/probes?vantage=seoul", body, CSV, token=doors.admin, environ_base=LOOPBACK)
    assert answer.get_json()["accepted"] == 1


@pytest.mark.parametrize("vantage", ["", "?vantage=", "?vantage=" + "x" * 65, "?vantage=a%0Ab"])
def test_commands_on_this_host_name_their_vantage(doors: Doors, vantage: str) -> None:
    assert doors.post(f"/v1/probes{vantage}", HEADER, CSV, token=doors.admin, environ_base=LOOPBACK).status_code == 400


def test_only_checks_that_count_take_a_vantage(doors: Doors) -> None:
    foreign, old = HEADER + a_check("pensions"), HEADER + a_check(checked_at="2025-01-01T00:00:00Z")
    for body in (HEADER, HEADER + b"never\n", foreign, old):
        assert doors.post("/v1/probes", body, CSV).get_json()["accepted"] == 0
    assert in_look(doors.parts.register).probes.vantages() == {}
    assert doors.post("/v1/probes", HEADER + a_check(), CSV).get_json()["accepted"] == 1
    assert len(in_look(doors.parts.register).probes.vantages()) == 1


def test_more_than_a_thousand_tokens_may_have_made_checks(doors: Doors) -> None:
    for number in range(1000):
        in_change(doors.parts.register).probes.add_vantage(f"token {number}", of_agency=True)
    assert doors.post("/v1/probes", HEADER + a_check(), CSV).get_json()["accepted"] == 1
    assert stored_sources(doors) == {Source.AGENCY_PROBE + 1000}


def test_whoever_comes_when_every_number_is_taken_is_told_what_to_do(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("observatory.store.sqlite.register.probes.AGENCY_VANTAGES_MAX", 1)
    in_change(doors.parts.register).probes.add_vantage("token of long ago", of_agency=True)
    answer = doors.post("/v1/probes", HEADER + a_check(), CSV)
    assert answer.status_code == 409
    assert "send with a token that has made checks before" in answer.get_data(as_text=True)
    assert stored_sources(doors) == set()


def test_a_token_that_had_a_vote_before_has_none_from_now_on(doors: Doors) -> None:
    before = in_change(doors.parts.register).probes.add_vantage(f"token {doors.token.split('_')[1]}")
    doors.post("/v1/probes", HEADER + a_check(), CSV)
    assert (before, stored_sources(doors)) == (Source.PROBE, {Source.AGENCY_PROBE})


def test_a_command_of_this_host_speaks_for_the_operator(doors: Doors) -> None:
    answer = doors.post("/v1/probes?vantage=seoul", HEADER + a_check(), CSV, token=doors.admin, environ_base=LOOPBACK)
    assert (answer.status_code, stored_sources(doors)) == (200, {Source.PROBE})


def test_the_last_number_is_one_that_counters_can_hold() -> None:
    assert Source.PROBE + VANTAGES_MAX <= Source.AGENCY_PROBE
    assert np.iinfo(np.int16).max >= Source.AGENCY_PROBE + AGENCY_VANTAGES_MAX - 1
