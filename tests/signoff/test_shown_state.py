"""What a badge says: of the release a service says it runs, or of the newest sign-off."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from observatory.model.signoff import Condition, SignOff
from observatory.signoff.bare_statement import bare_statement_bytes
from observatory.signoff.state import Emergencies, emergencies_of, notes_of, service_state
from tests.signed_log import DIGEST, OTHER_DIGEST, REASONS, SERVICE, SIGNER, WrittenLog

CONDITION = Condition("안내문을 고친다", date(2026, 11, 10))


def nothing(log: WrittenLog) -> None:
    del log


def passed(log: WrittenLog) -> None:
    log.freeze()
    log.sign()


def conditional(log: WrittenLog) -> None:
    log.freeze()
    log.sign(log.signoff(decision="conditional", conditions=(CONDITION,)))


def overdue(log: WrittenLog) -> None:
    conditional(log)
    log.now += timedelta(days=30)


def met(log: WrittenLog) -> None:
    conditional(log)
    log.meet(len(log.entries) - 1)
    log.now += timedelta(days=30)


def failed(log: WrittenLog) -> None:
    log.freeze()
    log.sign(log.signoff(decision="fail"))


def revoked(log: WrittenLog) -> None:
    log.freeze()
    log.revoke(log.sign())


def by_the_deliverer(log: WrittenLog) -> None:
    log.freeze(by=SIGNER)
    log.sign()


def bare(signoff: SignOff) -> bytes:
    """Return a sign-off in the form of before."""
    return bare_statement_bytes(replace(signoff, binding=None, assurance="password+totp"))


def as_before(log: WrittenLog) -> None:
    log.append("sign-off", bare(log.signoff()))


def as_before_and_revoked(log: WrittenLog) -> None:
    log.revoke(log.append("sign-off", bare(log.signoff())))


def as_before_and_met(log: WrittenLog) -> None:
    log.meet(log.append("sign-off", bare(log.signoff(decision="conditional", conditions=(CONDITION,)))))
    log.now += timedelta(days=30)


def runs_what_was_signed(log: WrittenLog) -> None:
    passed(log)
    log.observe()


def runs_another(log: WrittenLog) -> None:
    passed(log)
    log.observe(OTHER_DIGEST)


def runs_what_nobody_froze(log: WrittenLog) -> None:
    log.observe()


def runs_what_was_signed_as_before(log: WrittenLog) -> None:
    as_before(log)
    log.observe()


def runs_what_a_newer_one_is_to_follow(log: WrittenLog) -> None:
    runs_what_was_signed(log)
    log.freeze(OTHER_DIGEST, version="2.5.0")
    log.sign(log.signoff(OTHER_DIGEST, "fail", version="2.5.0"))


def runs_in_an_emergency(log: WrittenLog) -> None:
    log.observe()
    log.approve(log.request())


def ran_in_an_emergency(log: WrittenLog) -> None:
    runs_in_an_emergency(log)
    log.now += timedelta(hours=25)


def runs_another_in_staging(log: WrittenLog) -> None:
    passed(log)
    log.observe(OTHER_DIGEST, environment="staging")


@pytest.mark.parametrize(
    ("happened", "state"),
    [
        (nothing, "none"),
        (passed, "signed"),
        (conditional, "conditional"),
        (overdue, "overdue"),
        (met, "signed"),
        (failed, "failed"),
        (revoked, "suspended"),
        (by_the_deliverer, "suspended"),
        (as_before, "signed"),
        (as_before_and_revoked, "suspended"),
        (as_before_and_met, "signed"),
        (runs_what_was_signed, "signed"),
        (runs_another, "unapproved"),
        (runs_what_nobody_froze, "unapproved"),
        (runs_what_was_signed_as_before, "unapproved"),
        (runs_what_a_newer_one_is_to_follow, "signed"),
        (runs_in_an_emergency, "none"),
        (ran_in_an_emergency, "unapproved"),
        (runs_another_in_staging, "signed"),
    ],
)
def test_a_badge_says_what_counts(happened: Callable[[WrittenLog], None], state: str) -> None:
    log = WrittenLog.with_people()
    happened(log)

    assert service_state(SERVICE, log.history, log.now) == state
    assert service_state("tax", log.history, log.now) == "none"


def test_emergencies_are_counted_for_ever_and_ask_for_a_sign_off() -> None:
    log = WrittenLog.with_people()
    approved = log.approve(log.request(hours=24))
    until = log.entries[approved].recorded_at + timedelta(hours=24) - timedelta(minutes=1)

    assert emergencies_of(SERVICE, log.history, log.now) == Emergencies(1, until, 1)
    log.now += timedelta(days=200)
    log.freeze()
    log.sign(log.signoff(DIGEST, "fail"))
    assert emergencies_of(SERVICE, log.history, log.now) == Emergencies(1, None, 0)


def test_what_became_of_each_sign_off_is_told() -> None:
    log = WrittenLog.with_people()
    log.freeze()
    first = log.sign(log.signoff(decision="conditional", conditions=(CONDITION, replace(CONDITION, text="다른 것"))))
    log.meet(first, "2")
    log.revoke(first)
    second = log.sign()

    newest, oldest = notes_of(SERVICE, log.history)
    assert (newest.index, newest.revoked_at, newest.met) == (second, None, ())
    assert (oldest.index, oldest.revoked_for, oldest.met[0]) == (first, REASONS, None)
    assert oldest.met[1] is not None
