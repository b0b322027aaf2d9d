"""The step that judges: what comes in soon and not too often, time that passes every minute, days once they are over."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import pytest
from apiflask import APIFlask

from observatory.flows.catalogue import apply_catalogue
from observatory.flows.declarations import declare
from observatory.judge.days import minute_of
from observatory.model.catalogue import Menu, Service
from observatory.model.declaration import Declaration
from observatory.model.incident import Verdict
from observatory.model.minute import Counter, MinuteCounters
from observatory.model.text import Text
from observatory.parts import Parts
from observatory.store.telemetry import Batch
from observatory.workers.forget_old import ForgetOld
from observatory.workers.heartbeat import Heartbeat
from observatory.workers.judge_due import JudgeDue
from tests.builders import a_catalogue, a_service
from tests.observed import COUNT, parts_of, traffic
from tests.registers import in_look

DAY = timedelta(days=1)


@dataclass
class Steps:
    """The steps of one process."""

    judge_due: JudgeDue = field(default_factory=JudgeDue)
    heartbeat: Heartbeat = field(default_factory=Heartbeat)
    forget_old: ForgetOld = field(default_factory=ForgetOld)


@pytest.fixture
def steps() -> Steps:
    return Steps()


@pytest.fixture
def parts(app: APIFlask, now: datetime) -> Parts:
    found = parts_of(app)
    apply_catalogue(found.register, a_catalogue(a_service(index=0)), now - 30 * DAY)
    return found


@pytest.fixture
def service(parts: Parts) -> Service:
    return parts.register.catalogue().services[0]


@pytest.fixture
def menu(service: Service) -> Menu:
    return service.menus[0]


def at(parts: Parts, moment: datetime) -> Parts:
    """Return the same parts at another time."""
    return replace(parts, now=lambda: moment)


def store(parts: Parts, counters: MinuteCounters) -> None:
    parts.writer.submit(Batch(counters, parts.now()))
    parts.writer.flush()


def days_with_loads(parts: Parts, service: Service) -> list[date]:
    return sorted({load.day for load in parts.telemetry.load_times(service.index, date(1970, 1, 1), date(9999, 1, 1))})


def test_a_backlog_is_judged_at_once(steps: Steps, parts: Parts, service: Service, menu: Menu, now: datetime) -> None:
    store(parts, traffic(service, menu, now - timedelta(minutes=60), 30, bad=100))
    assert steps.judge_due(parts) is False
    assert parts.telemetry.unjudged() == []
    assert len(in_look(parts.register).incidents.incidents(service.id)) == 1


def test_fresh_minutes_are_judged_at_once_the_first_time_and_then_wait_for_their_turn(
    steps: Steps, parts: Parts, service: Service, menu: Menu, now: datetime
) -> None:
    revisions = []
    for _ in range(3):
        store(parts, traffic(service, menu, now, 1))
        steps.judge_due(parts)
        revisions.append(parts.telemetry.revision(service.index))
    assert (revisions, len(parts.telemetry.unjudged())) == ([1, 1, 1], 1)
    steps.judge_due(at(parts, now + timedelta(minutes=1)))
    assert parts.telemetry.unjudged() == []


def test_silence_closes_an_incident_without_anything_coming_in(
    steps: Steps, parts: Parts, service: Service, menu: Menu, now: datetime
) -> None:
    store(parts, traffic(service, menu, now - timedelta(minutes=20), 20, bad=100))
    steps.judge_due(parts)
    assert in_look(parts.register).incidents.incidents(service.id)[0].ended_at is None
    for minute in range(5, 70, 5):
        steps.judge_due(at(parts, now + timedelta(minutes=minute)))
    assert in_look(parts.register).incidents.incidents(service.id)[0].ended_at == now


def test_a_day_is_summed_when_it_is_over_though_nothing_comes_in_any_more(
    steps: Steps, parts: Parts, service: Service, menu: Menu, now: datetime
) -> None:
    store(parts, traffic(service, menu, now - timedelta(minutes=20), 20))
    steps.judge_due(parts)
    assert days_with_loads(parts, service) == []
    midnight = now + timedelta(hours=12)
    steps.judge_due(at(parts, midnight - timedelta(minutes=1)))
    steps.judge_due(at(parts, midnight + timedelta(minutes=10)))
    assert days_with_loads(parts, service) == []
    steps.judge_due(at(parts, midnight + timedelta(minutes=11)))
    assert days_with_loads(parts, service) == [date(2026, 11, 20)]


def test_the_first_look_after_a_start_sums_the_days_that_ended_meanwhile(
    steps: Steps, parts: Parts, service: Service, menu: Menu, now: datetime
) -> None:
    store(parts, traffic(service, menu, now - timedelta(minutes=20), 20))
    steps.judge_due(parts)
    steps.judge_due = JudgeDue()
    steps.judge_due(at(parts, now + 5 * DAY))
    assert days_with_loads(parts, service) == [date(2026, 11, 20)]


def test_minutes_are_forgotten_after_their_time(steps: Steps, parts: Parts, service: Service, menu: Menu, now: datetime) -> None:
    store(parts, traffic(service, menu, now - 20 * DAY, 20))
    steps.judge_due(parts)
    parts.writer.write(lambda telemetry: telemetry.beat(minute_of(now - 20 * DAY), first=True))
    parts.writer.write(lambda telemetry: telemetry.beat(minute_of(now), first=False))
    while steps.forget_old(parts):
        pass
    first = minute_of(now - 20 * DAY)
    assert len(parts.telemetry.minutes(service.index, first, first + 20)) == 0
    assert parts.telemetry.load_times(service.index, date(1970, 1, 1), date(9999, 1, 1))[0].values[0] == 2000


def test_a_clock_that_leapt_ahead_makes_nothing_old_until_it_was_awake_for_a_day(
    steps: Steps, parts: Parts, service: Service, menu: Menu, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    ahead, minutes = now + 12 * 365 * DAY, traffic(service, menu, now - timedelta(minutes=20), 20)
    steps.heartbeat(parts)
    store(parts, minutes)
    steps.judge_due(parts)
    steps.heartbeat(at(parts, ahead))
    for _ in range(3):
        assert steps.forget_old(at(parts, ahead)) is False
    first, today = minute_of(now - timedelta(minutes=20)), date(2026, 11, 20)
    assert len(parts.telemetry.minutes(service.index, first, first + 20)) == 20
    assert len(parts.telemetry.strips(service.index, today, today + DAY)) == 2
    assert capsys.readouterr().out.count("clock leapt ahead") == 1

    parts.writer.write(lambda telemetry: telemetry.beat(minute_of(ahead + DAY), first=False))
    while steps.forget_old(at(parts, ahead + DAY)):
        pass
    assert not parts.telemetry.strips(service.index, today, today + DAY)


def test_a_day_that_a_leaping_clock_thought_over_is_summed_anew(
    steps: Steps, parts: Parts, service: Service, menu: Menu, now: datetime
) -> None:
    store(parts, traffic(service, menu, now - timedelta(minutes=40), 20))
    steps.judge_due(parts)
    steps.judge_due(at(parts, now + 3 * DAY))
    assert days_with_loads(parts, service) == [date(2026, 11, 20)]

    store(parts, traffic(service, menu, now - timedelta(minutes=20), 20))
    steps.judge_due = JudgeDue()
    steps.judge_due(parts)

    (load,) = parts.telemetry.load_times(service.index, date(1970, 1, 1), date(9999, 1, 1))
    assert load.values[Counter.COUNT] == 2 * 20 * COUNT


def test_minutes_without_a_heartbeat_are_blind(steps: Steps, parts: Parts, now: datetime) -> None:
    for minute in (0, 0, 1, 2, 7, 8):
        assert steps.heartbeat(at(parts, now + timedelta(minutes=minute))) is False
    steps.heartbeat = Heartbeat()
    steps.heartbeat(at(parts, now + timedelta(minutes=11)))
    first = minute_of(now)
    assert parts.telemetry.blind_minutes(first, first + 60) == [(first + 3, first + 7), (first + 9, first + 11)]


def test_what_is_declared_to_go_on_is_judged_though_nothing_was_ever_heard_of_it(parts: Parts, now: datetime) -> None:
    service = parts.register.catalogue().services[0]
    start = now.replace(second=0, microsecond=0)
    declare(parts.register, Declaration("", service.id, (), "down", start, None, Text("장애", ""), now), "operator", now)
    JudgeDue()(at(parts, now + timedelta(minutes=5)))
    (open_one,) = in_look(parts.register).incidents.incidents(service.id)
    assert (open_one.started_at, open_one.ended_at, open_one.detected_by) == (start, None, "declared")
    later = now + timedelta(hours=9)
    JudgeDue()(at(parts, later))
    JudgeDue()(at(parts, later))
    strips = parts.telemetry.strips(service.index, date(1970, 1, 1), date(9999, 1, 1))
    assert sum(int((strip.verdict == Verdict.DOWN).sum()) for strip in strips if strip.menu == 0) == 9 * 60 + 1
