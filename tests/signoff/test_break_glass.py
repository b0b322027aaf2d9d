"""In an emergency two people open a gate for a while; nobody does so alone."""

from datetime import datetime, timedelta

from observatory.signoff.gate import GateAnswer, GateQuestion, decide
from tests.signed_log import DIGEST, OTHER_DIGEST, OWNER, SERVICE, WrittenLog

QUESTION = GateQuestion(SERVICE, DIGEST)


def answered(log: WrittenLog, question: GateQuestion = QUESTION, now: datetime | None = None) -> GateAnswer:
    return decide(question, log.history, now or log.now)


def test_two_people_open_it_in_an_emergency_for_a_while() -> None:
    log = WrittenLog.with_people()
    approved = log.approve(log.request(hours=24))

    answer = answered(log)

    assert (answer.decision, answer.reasons, answer.waived) == ("allow", (), ("NO_RELEASE",))
    assert answer.break_glass is not None
    assert answer.break_glass.index == approved
    assert answered(log, now=log.now + timedelta(hours=24)).decision == "deny"
    assert answered(log, GateQuestion(SERVICE, OTHER_DIGEST)).decision == "deny"
    assert answered(log, GateQuestion(SERVICE, DIGEST, "staging")).decision == "deny"


def test_nobody_approves_their_own_emergency() -> None:
    log = WrittenLog.with_people()
    log.approve(log.request(by=OWNER), by=OWNER)

    assert answered(log).decision == "deny"


def test_an_emergency_lasts_no_longer_than_was_asked_for_whatever_was_approved() -> None:
    log = WrittenLog.with_people()
    log.approve(log.request(hours=2), hours=700)

    assert answered(log, now=log.now + timedelta(hours=3)).decision == "deny"


def test_an_approval_of_nothing_opens_nothing() -> None:
    log = WrittenLog.with_people()
    log.approve(12345)

    assert answered(log).decision == "deny"
