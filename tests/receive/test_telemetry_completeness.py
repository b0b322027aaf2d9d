"""The share of our own checks that a service's own telemetry has is published: who leaves records out shows."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from observatory.access.programs.tokens import new_token, new_vantage_token
from observatory.flows.catalogue import apply_catalogue
from observatory.flows.sightings import EARLY_PER_SERVICE_MAX, SETTLED_AFTER, Sightings
from observatory.model.catalogue import HOME, ProbeTarget
from observatory.model.check import TRACE_MARK
from observatory.prober.seen import Seen
from tests.builders import a_catalogue, a_service
from tests.moments import NOW
from tests.publish.page_reading import Page
from tests.receive.doors import Doors, a_resource, a_span, text_attribute, traces
from tests.registers import in_change, in_look

SEOUL_DAY = NOW.date()


class Town:
    """A service that is checked from a place of ours, and sends traces; another one beside it."""

    def __init__(self, doors: Doors) -> None:
        self.doors = doors
        menus = (replace(HOME, probe=ProbeTarget("https://a.example/")),)
        apply_catalogue(doors.parts.register, a_catalogue(a_service("job-portal", menus=menus), a_service("pensions")), NOW)
        vantage, self.busan = new_vantage_token("busan", doors.parts.keys, NOW)
        both, self.both = new_token(["job-portal", "pensions"], doors.parts.keys, NOW)
        for token in (vantage, both):
            in_change(doors.parts.register).tokens.add(token)

    def check(self, *trace_ids: str, status: int = 200, minutes_ago: float = 0) -> None:
        at = (NOW - timedelta(minutes=minutes_ago)).isoformat()
        check = {"checked_at": at, "service": "job-portal", "state": "up", "http_status": status or None, "outcome": "passed"}
        body = json.dumps([{**check, "trace_id": trace_id} for trace_id in trace_ids]).encode()
        assert self.doors.post("/v1/probes", body, "application/json", token=self.busan).status_code == 200

    def trace(self, *trace_ids: str, service: str = "job-portal", token: str = "") -> None:
        spans = [self._span(trace_id) for trace_id in trace_ids]
        body = traces(*spans, resource=a_resource(service))
        assert self.doors.post("/v1/traces", body, token=token or self.both).status_code == 200

    def _span(self, trace_id: str) -> Span:
        span = a_span()
        span.trace_id = bytes.fromhex(trace_id)
        span.attributes.append(text_attribute("user_agent.original", "observatory-prober/1.0"))
        return span

    def settled(self) -> dict[str, object] | None:
        """Return what is published once the time of every check is over."""
        self.doors.parts.get(Sightings).settle(self.doors.parts.register, SEOUL_DAY, NOW + SETTLED_AFTER)
        answer = self.doors.client.get("/api/v1/services/job-portal/checks")
        found = answer.get_json()["telemetry_completeness"]
        assert found is None or isinstance(found, dict)
        return found


@pytest.fixture
def town(doors: Doors) -> Town:
    return Town(doors)


def ours(count: int) -> list[str]:
    return [Seen([]).trace_id for _ in range(count)]


def test_what_is_in_the_services_own_traces_is_seen_and_counts_in_no_figure(town: Town) -> None:
    checks = ours(8)
    assert all(bytes.fromhex(each).startswith(TRACE_MARK) for each in checks)
    town.check(*checks)
    town.trace(*checks[:3], *checks[:3], "ab" * 16)
    town.trace(*checks[2:5])
    assert town.settled() == {"percent": 62.5, "checks": 8, "seen": 5, "days": 7}
    figures = town.doors.client.get("/api/v1/services/job-portal/figures?window=24h").get_json()
    assert figures["requests"] == 0


def test_a_trace_may_come_before_its_check_is_told_of(town: Town) -> None:
    checks = ours(3)
    town.trace(*checks[:2])
    town.check(*checks)
    assert town.settled() == {"percent": 66.6, "checks": 3, "seen": 2, "days": 7}


@pytest.mark.parametrize(("language", "said"), [("ko", "기록 완전성: 0.0%"), ("en", "Telemetry completeness: 0.0%")])
def test_a_service_that_sends_traces_but_none_of_ours_is_shown_so(town: Town, language: str, said: str) -> None:
    town.check(*ours(3))
    town.trace("ab" * 16)
    assert town.settled() == {"percent": 0.0, "checks": 3, "seen": 0, "days": 7}
    page = Page(town.doors.client.get(f"/{language}/services/job-portal").text)
    assert not page.faults
    assert said in page.text


def test_without_traces_there_is_no_number(town: Town) -> None:
    town.check(*ours(3))
    town.trace("00" * 16)
    assert town.settled() is None


def test_traces_of_another_service_or_of_who_may_not_speak_for_it_are_none_of_its_own(town: Town) -> None:
    checks = ours(3)
    pensions, text = new_token(["pensions"], town.doors.parts.keys, NOW)
    in_change(town.doors.parts.register).tokens.add(pensions)
    town.check(*checks)
    town.trace(*checks, service="pensions")
    town.trace(*checks, token=text)
    assert town.settled() is None


def test_a_check_that_got_no_answer_and_one_that_is_told_of_late_are_not_looked_for(town: Town) -> None:
    town.trace("ab" * 16)
    town.check(*ours(2), status=0)
    town.check(*ours(2), minutes_ago=5)
    assert town.settled() is None


def test_what_an_agency_calls_a_check_of_ours_is_none(town: Town) -> None:
    [made_up] = ours(1)
    check = {"checked_at": NOW.isoformat(), "service": "job-portal", "state": "up", "http_status": 200, "trace_id": made_up}
    assert town.doors.post("/v1/probes", json.dumps([check]).encode(), "application/json").get_json()["accepted"] == 1
    town.trace(made_up)
    assert town.settled() is None


def test_made_up_traces_of_one_service_take_no_more_than_their_room(town: Town) -> None:
    checks = ours(1)
    town.trace(*ours(EARLY_PER_SERVICE_MAX * 2))
    town.check(*checks)
    town.trace(*checks)
    assert town.settled() == {"percent": 100.0, "checks": 1, "seen": 1, "days": 7}
    assert len(town.doors.parts.get(Sightings)._early) <= EARLY_PER_SERVICE_MAX


def test_days_are_added_up_and_forgotten(town: Town) -> None:
    register = town.doors.parts.register
    sightings = town.doors.parts.get(Sightings)
    town.trace("ab" * 16)
    for days_ago in (40, 3, 0):
        checks = ours(2)
        town.check(*checks)
        town.trace(checks[0])
        sightings.settle(register, SEOUL_DAY - timedelta(days=days_ago), NOW + SETTLED_AFTER)
    service = register.catalogue().service("job-portal")
    assert service is not None
    kept = in_look(register).probes.sighted(service.index, SEOUL_DAY - timedelta(days=400))
    assert [(one.day, one.checks, one.seen) for one in kept] == [(SEOUL_DAY - timedelta(days=3), 2, 1), (SEOUL_DAY, 2, 1)]
    assert town.settled() == {"percent": 50.0, "checks": 4, "seen": 2, "days": 7}
