"""What stands in the log as a sign-off but was not made as one opens no gate."""

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from observatory.model.signoff import Condition
from observatory.signoff import leaves
from observatory.signoff.canonical_json import canonical
from observatory.signoff.dsse import StatementKey
from observatory.signoff.gate import GateQuestion, decide
from tests.signed_log import DIGEST, OTHER_DIGEST, SERVICE, SIGNER, STRANGER, WrittenLog, signed_body


def dated_back(log: WrittenLog) -> None:
    log.freeze()
    log.sign(replace(log.signoff(), signed_at=log.now - timedelta(minutes=5)))


def in_a_strange_signature(log: WrittenLog) -> None:
    log.freeze()
    strange = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    log.append(leaves.SIGNED, signed_body(log.signoff(), by=StatementKey(strange.public_key().public_bytes_raw(), strange.sign)))


def with_a_key_that_was_rotated(log: WrittenLog) -> None:
    log.freeze()
    log.append("key-rotated", canonical({"statements": base64.b64encode(bytes(32)).decode()}))
    log.sign()


def for_another_freezing(log: WrittenLog) -> None:
    log.freeze()
    signoff = log.signoff()
    assert signoff.binding is not None
    log.sign(replace(signoff, binding=replace(signoff.binding, release_index=0)))


def due_on_the_last_day_there_is(log: WrittenLog) -> None:
    log.freeze()
    log.sign(log.signoff(decision="conditional", conditions=(Condition("언젠가 고친다", date(9999, 12, 31)),)))


def somebody_who_may_not_signed_later(log: WrittenLog) -> None:
    log.freeze()
    log.sign()
    log.sign(log.signoff(decision="fail", by=STRANGER))
    log.freeze(OTHER_DIGEST, version="2.5.0", by=SIGNER)
    log.sign(log.signoff(OTHER_DIGEST, version="2.5.0"))


@pytest.mark.parametrize("forged", [dated_back, in_a_strange_signature, with_a_key_that_was_rotated, for_another_freezing])
def test_what_was_not_signed_here_and_then_opens_nothing(forged: Callable[[WrittenLog], None]) -> None:
    log = WrittenLog.with_people()
    forged(log)

    answer = decide(GateQuestion(SERVICE, DIGEST), log.history, log.now)

    assert (answer.decision, answer.reasons) == ("deny", ("NO_EXECUTIVE_SIGNOFF",))


@pytest.mark.parametrize("happened", [due_on_the_last_day_there_is, somebody_who_may_not_signed_later])
def test_what_was_signed_rightly_is_let_through_whatever_else_was_written(happened: Callable[[WrittenLog], None]) -> None:
    log = WrittenLog.with_people()
    happened(log)

    assert decide(GateQuestion(SERVICE, DIGEST), log.history, log.now).decision == "allow"
