"""What our own checks saw becomes votes of one place, with every attempt counted in one minute."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from apiflask import APIFlask
from structlog.testing import capture_logs

from observatory.flows.catalogue import apply_catalogue
from observatory.judge.votes import votes_of
from observatory.model.catalogue import HOME, ProbeTarget
from observatory.model.check import CheckOutcome
from observatory.model.columns import Source
from observatory.model.minute import Counter
from observatory.parts import Parts
from observatory.prober.finished import Finished
from observatory.prober.outcome import Check
from observatory.prober.schedule import ProbedMenu, probed_menus
from observatory.prober.vantage import Vantage
from observatory.store.observed_books import ProbeSeries
from tests.builders import a_catalogue, a_service
from tests.moments import NOW
from tests.registers import in_look


@pytest.fixture
def parts(app: APIFlask) -> Parts:
    found = app.extensions["observatory"]
    assert isinstance(found, Parts)
    check_every(found, 60)
    return found


def check_every(parts: Parts, interval_s: int) -> None:
    menu = replace(HOME, probe=ProbeTarget("https://a.example/", interval_s))
    apply_catalogue(parts.register, a_catalogue(a_service("job-portal", menus=(menu,))), NOW)


def the_menu(parts: Parts) -> ProbedMenu:
    [probed] = probed_menus(parts.register.catalogue()).values()
    return probed


def a_check(outcome: CheckOutcome, ended_at: datetime = NOW) -> Check:
    return Check(ended_at, outcome, "", ("https://a.example/",), "ab" * 16, status=200, phases_ms={"connect": 20.0, "processing": 30.0})


def test_every_attempt_is_kept_and_a_confirmed_failure_fails_its_minute(parts: Parts) -> None:
    at = NOW.replace(second=0, microsecond=0)
    probed = the_menu(parts)
    before, after = a_check("timeout", at - timedelta(seconds=5)), a_check("passed", at + timedelta(seconds=1))
    failed = a_check("status", at - timedelta(minutes=3))
    Vantage(parts, "seoul").keep([Finished(probed, (before, after)), Finished(probed, (failed, failed))])
    parts.writer.flush()
    rows = parts.telemetry.minutes(probed.service_index, int(at.timestamp()) // 60 - 60, int(at.timestamp()) // 60 + 60)
    assert sorted(rows.values[:, (Counter.COUNT, Counter.BAD)].tolist()) == [[2, 1], [2, 2]]
    minute = int(at.timestamp()) // 60
    assert votes_of(rows, rows.menu == probed.menu_index).tolist() == [[minute - 3, Source.PROBE, 1], [minute, Source.PROBE, 0]]


def test_the_interval_is_declared_and_declared_again_when_it_changes(parts: Parts) -> None:
    vantage = Vantage(parts, "seoul")
    for interval_s in (60, 60, 300):
        check_every(parts, interval_s)
        probed = the_menu(parts)
        vantage.keep([Finished(probed, (a_check("passed"),))])
        assert in_look(parts.register).probes.series(probed.service_index) == [
            ProbeSeries(probed.service_index, probed.menu_index, Source.PROBE, interval_s)
        ]
    assert in_look(parts.register).probes.vantages() == {Source.PROBE: "seoul"}


def test_what_our_own_rules_refuse_is_no_vote_and_is_told_once(parts: Parts) -> None:
    vantage = Vantage(parts, "seoul")
    with capture_logs() as told:
        for _ in range(2):
            vantage.keep([Finished(the_menu(parts), (a_check("refused"),))])
    parts.writer.flush()
    assert parts.telemetry.last_minutes() == {}
    assert in_look(parts.register).probes.vantages() == {}
    assert [event["event"] for event in told] == ["menu is not checked"]
