"""What is signed can be revoked and mended, an emergency needs two people, and what gates do is noted once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from observatory.errors import BadInput, Conflict, NotAllowed, NotFound
from observatory.flows.breaking_glass import ANSWERED_WITHIN, approve_break_glass, request_break_glass
from observatory.flows.catalogue import apply_catalogue
from observatory.flows.gate_watch import note_gates
from observatory.flows.release_history import KnownHistory
from observatory.flows.revoking import meet_condition, revoke_signoff
from observatory.flows.signing_keys import SigningKeys
from observatory.model.release import BreakGlassRequested, ConditionMet, SignOffRevoked
from observatory.model.signoff import Condition
from observatory.signoff.gate import GateQuestion, decide
from observatory.store.opening import open_register, prepare_folder
from observatory.store.register import RegisterStore
from tests.builders import a_catalogue, a_service
from tests.moments import NOW
from tests.registers import in_look
from tests.signed_log import AUDITOR, BEGIN, DIGEST, OTHER_DIGEST, OWNER, REASONS, SERVICE, WrittenLog

QUESTION = GateQuestion(SERVICE, DIGEST)
REQUEST = BreakGlassRequested(SERVICE, DIGEST, "production", REASONS, 24, OWNER)


@pytest.fixture
def log() -> WrittenLog:
    """A log in which the release was signed on the condition that something is mended."""
    log = WrittenLog.with_people()
    log.freeze()
    log.sign(log.signoff(decision="conditional", conditions=(Condition("안내문을 고친다", date(2026, 11, 19)),)))
    return log


@pytest.fixture
def register(tmp_path: Path, log: WrittenLog) -> Iterator[RegisterStore]:
    """A register with that log."""
    keys = prepare_folder(tmp_path)
    opened = open_register(tmp_path)
    SigningKeys(opened, keys).make_first(BEGIN)
    apply_catalogue(opened, a_catalogue(a_service()), BEGIN)
    log.keep_in(opened)
    yield opened
    opened.close()


def reasons(register: RegisterStore, now: datetime) -> tuple[str, ...]:
    return decide(QUESTION, KnownHistory(register).look(), now).reasons


def test_a_condition_that_was_met_is_no_longer_overdue(register: RegisterStore, log: WrittenLog, now: datetime) -> None:
    met = ConditionMet(SERVICE, len(log.entries) - 1, "1", "고쳤습니다.", "host")
    assert reasons(register, now) == ("CONDITION_OVERDUE",)

    meet_condition(register, met, now)

    assert reasons(register, now) == ()
    with pytest.raises(Conflict):
        meet_condition(register, met, now)


@pytest.mark.parametrize("wrong", [{"condition": "2"}, {"condition": "0"}, {"condition": "one"}, {"signoff": 3}, {"signoff": 999}])
def test_there_is_no_other_condition(register: RegisterStore, log: WrittenLog, now: datetime, wrong: dict[str, object]) -> None:
    met = ConditionMet(SERVICE, len(log.entries) - 1, "1", "고쳤습니다.", "host")

    with pytest.raises(NotFound):
        meet_condition(register, replace(met, **wrong), now)  # type: ignore[arg-type]


def test_what_is_revoked_is_over_for_ever(register: RegisterStore, log: WrittenLog, now: datetime) -> None:
    revoked = SignOffRevoked(SERVICE, len(log.entries) - 1, REASONS, "host")
    revoke_signoff(register, revoked, now)

    assert "REVOKED" in reasons(register, now)
    with pytest.raises(Conflict):
        revoke_signoff(register, revoked, now)
    with pytest.raises(Conflict):
        meet_condition(register, ConditionMet(SERVICE, revoked.signoff, "1", "고쳤습니다.", "host"), now)
    with pytest.raises(NotFound):
        revoke_signoff(register, replace(revoked, signoff=2), now)
    with pytest.raises(NotFound):
        revoke_signoff(register, replace(revoked, service="tax"), now)


@pytest.mark.parametrize("text", ["짧다", "", "가" * 4001, REASONS + "\u202e"])
def test_reasons_are_given_and_can_be_seen(register: RegisterStore, log: WrittenLog, now: datetime, text: str) -> None:
    with pytest.raises(BadInput):
        revoke_signoff(register, SignOffRevoked(SERVICE, len(log.entries) - 1, text, "host"), now)
    with pytest.raises(BadInput):
        request_break_glass(register, replace(REQUEST, reasons=text), now)


def test_two_people_open_a_gate(register: RegisterStore, now: datetime) -> None:
    asked = request_break_glass(register, replace(REQUEST, digest=OTHER_DIGEST), now)
    approved = approve_break_glass(register, SERVICE, asked.index, AUDITOR, now)

    question, history = replace(QUESTION, digest=OTHER_DIGEST), KnownHistory(register).look()
    assert approved.until == now + timedelta(hours=24)
    assert decide(question, history, now).decision == "allow"
    assert decide(question, history, approved.until).decision == "deny"
    with pytest.raises(Conflict):
        approve_break_glass(register, SERVICE, asked.index, "d" * 12, now)


def test_nobody_agrees_to_what_they_asked_for_or_to_nothing_or_too_late(register: RegisterStore, now: datetime) -> None:
    asked = request_break_glass(register, REQUEST, now)

    with pytest.raises(NotAllowed):
        approve_break_glass(register, SERVICE, asked.index, OWNER, now)
    with pytest.raises(NotFound):
        approve_break_glass(register, SERVICE, asked.index - 1, AUDITOR, now)
    with pytest.raises(Conflict):
        approve_break_glass(register, SERVICE, asked.index, AUDITOR, now + ANSWERED_WITHIN + timedelta(seconds=1))
    with pytest.raises(NotFound):
        request_break_glass(register, replace(REQUEST, service="tax"), now)


@pytest.mark.parametrize("hours", [0, 73, -1])
def test_an_emergency_lasts_three_days_at_most(hours: int) -> None:
    with pytest.raises(BadInput):
        replace(REQUEST, hours=hours)


def noted(register: RegisterStore) -> list[tuple[str, str]]:
    entries = [*in_look(register).log.entries_of_kind("gate-opened"), *in_look(register).log.entries_of_kind("gate-suspended")]
    return [(entry.kind, entry.body.decode()) for entry in sorted(entries, key=lambda entry: entry.index)]


def watch(register: RegisterStore, now: datetime) -> int:
    return note_gates(register, KnownHistory(register).look(), now)


def test_a_gate_that_opens_and_shuts_is_noted_once_each_time(register: RegisterStore, log: WrittenLog) -> None:
    signoff, day_before, day_after = len(log.entries) - 1, datetime(2026, 11, 18, tzinfo=NOW.tzinfo), NOW
    assert [watch(register, day_before) for _ in range(3)] == [1, 0, 0]
    assert [watch(register, day_after) for _ in range(3)] == [1, 0, 0]
    meet_condition(register, ConditionMet(SERVICE, signoff, "1", "고쳤습니다.", "host"), day_after)
    assert [watch(register, day_after) for _ in range(3)] == [1, 0, 0]

    assert [kind for kind, _ in noted(register)] == ["gate-opened", "gate-suspended", "gate-opened"]
    assert '"reasons":["CONDITION_OVERDUE"]' in noted(register)[1][1]


def test_what_runs_without_an_open_gate_is_noted_once(tmp_path: Path) -> None:
    keys = prepare_folder(tmp_path)
    register = open_register(tmp_path)
    SigningKeys(register, keys).make_first(BEGIN)
    apply_catalogue(register, a_catalogue(a_service()), BEGIN)
    log = WrittenLog.with_people()
    log.observe(OTHER_DIGEST)
    log.keep_in(register)

    assert [watch(register, NOW) for _ in range(3)] == [1, 0, 0]
    assert [(kind, OTHER_DIGEST in body) for kind, body in noted(register)] == [("gate-suspended", True)]
    register.close()


def test_a_log_that_went_on_is_looked_at_again_first(register: RegisterStore, log: WrittenLog) -> None:
    day_before, history = datetime(2026, 11, 18, tzinfo=NOW.tzinfo), KnownHistory(register).look()
    revoke_signoff(register, SignOffRevoked(SERVICE, len(log.entries) - 1, REASONS, "host"), day_before)

    assert note_gates(register, history, day_before) == 0
    assert watch(register, day_before) == 0
    assert noted(register) == []
