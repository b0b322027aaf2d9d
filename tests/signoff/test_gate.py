"""A gate opens for exactly the release that its executive signed, and for nothing else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from observatory.model.signoff import Condition
from observatory.signoff.bare_statement import bare_statement_bytes
from observatory.signoff.canonical_json import canonical
from observatory.signoff.gate import ANSWER_HOLDS_MAX, GateAnswer, GateQuestion, decide
from tests.security_key import SecurityKey
from tests.signed_log import AUDITOR, DIGEST, OTHER_DIGEST, OWNER, SERVICE, SIGNER, STRANGER, WrittenLog

OTHER_KEY = SecurityKey()
QUESTION = GateQuestion(SERVICE, DIGEST)
CONDITION = Condition("오류 안내문을 고친다", date(2026, 11, 20))


def answered(log: WrittenLog, question: GateQuestion = QUESTION, now: datetime | None = None) -> GateAnswer:
    return decide(question, log.history, now or log.now)


def signed_log() -> WrittenLog:
    log = WrittenLog.with_people()
    log.freeze()
    log.sign()
    return log


def test_what_the_executive_signed_is_let_through() -> None:
    log = signed_log()

    answer = answered(log)

    assert (answer.decision, answer.reasons) == ("allow", ())
    assert answer.valid_until == log.now + ANSWER_HOLDS_MAX
    assert answer.signoff is not None
    assert answer.signoff.index == len(log.entries) - 1


def nothing(log: WrittenLog) -> None:
    del log


def frozen(log: WrittenLog) -> None:
    log.freeze()


def another_was_frozen(log: WrittenLog) -> None:
    log.freeze(OTHER_DIGEST)
    log.sign(log.signoff(OTHER_DIGEST))


def elsewhere(log: WrittenLog) -> None:
    log.freeze(environment="staging")
    log.sign(log.signoff(environment="staging"))


def signed_before_it_was_frozen(log: WrittenLog) -> None:
    log.sign()
    log.freeze()


def signed_in_the_form_of_before(log: WrittenLog) -> None:
    log.append("sign-off", bare_statement_bytes(replace(log.signoff(), binding=None, assurance="password+totp")))


def signed_in_that_form_though_frozen(log: WrittenLog) -> None:
    log.freeze()
    log.append("sign-off", bare_statement_bytes(replace(log.signoff(), binding=None, assurance="password+totp")))


def signed_as_another_version(log: WrittenLog) -> None:
    log.freeze()
    log.sign(log.signoff(version="2.4.2"))


def failed(log: WrittenLog) -> None:
    log.freeze()
    log.sign()
    log.sign(log.signoff(decision="fail"))


def revoked(log: WrittenLog) -> None:
    log.freeze()
    log.revoke(log.sign())


def superseded(log: WrittenLog) -> None:
    log.freeze()
    log.sign()
    log.freeze(OTHER_DIGEST, version="2.5.0")
    log.sign(log.signoff(OTHER_DIGEST, version="2.5.0"))


def expired(log: WrittenLog) -> None:
    log.freeze()
    log.sign()
    log.now += timedelta(days=181)


def dated_ahead(log: WrittenLog) -> None:
    log.freeze()
    log.sign(replace(log.signoff(), signed_at=log.now + timedelta(days=400)))
    log.now += timedelta(days=181)


def overdue(log: WrittenLog) -> None:
    log.freeze()
    log.sign(log.signoff(decision="conditional", conditions=(CONDITION,)))
    log.now += timedelta(days=30)


def another_condition_met(log: WrittenLog) -> None:
    log.freeze()
    signoff = log.sign(log.signoff(decision="conditional", conditions=(CONDITION, CONDITION)))
    log.meet(signoff, "2")
    log.now += timedelta(days=30)


def by_the_owner(log: WrittenLog) -> None:
    log.freeze(by=AUDITOR)
    log.change_roles(SIGNER, f"executive:service={SERVICE}", f"owner:service={SERVICE}")
    log.sign()


def by_the_deliverer(log: WrittenLog) -> None:
    log.freeze(by=SIGNER)
    log.sign()


def by_who_delivered_it_elsewhere_too(log: WrittenLog) -> None:
    log.freeze()
    log.freeze(environment="staging", by=SIGNER)
    log.sign()


def by_a_moderator_of_everything(log: WrittenLog) -> None:
    log.freeze()
    log.change_roles(SIGNER, f"executive:service={SERVICE}", "moderator")
    log.sign()


def by_an_administrator(log: WrittenLog) -> None:
    log.freeze()
    log.change_roles(SIGNER, f"executive:service={SERVICE}", "admin")
    log.sign()


def by_an_executive_of_another_service(log: WrittenLog) -> None:
    log.freeze()
    log.change_roles(SIGNER, "executive:service=tax-portal")
    log.sign()


def by_an_ended_account(log: WrittenLog) -> None:
    log.freeze()
    log.end(SIGNER)
    log.sign()


def by_nobody_who_was_enrolled(log: WrittenLog) -> None:
    log.freeze()
    log.sign(log.signoff(by=STRANGER))


def by_who_gave_themself_the_role(log: WrittenLog) -> None:
    log.freeze()
    log.change_roles(SIGNER, f"executive:service={SERVICE}", by=SIGNER)
    log.sign()


def by_who_let_themself_in(log: WrittenLog) -> None:
    log.freeze()
    log.add_passkey(SIGNER, by=SIGNER, credential=OTHER_KEY.thumbprint)
    log.sign(log.signoff(credentials=(OTHER_KEY.thumbprint,)), OTHER_KEY)


def with_a_revoked_passkey(log: WrittenLog) -> None:
    log.freeze()
    log.revoke_passkey(SIGNER)
    log.sign()


def with_an_unknown_passkey(log: WrittenLog) -> None:
    log.freeze()
    log.sign(log.signoff(credentials=(OTHER_KEY.thumbprint,)), OTHER_KEY)


def with_the_passkey_of_another(log: WrittenLog) -> None:
    log.freeze()
    log.add_passkey(AUDITOR, by=OWNER, credential=OTHER_KEY.thumbprint)
    log.sign(log.signoff(credentials=(OTHER_KEY.thumbprint,)), OTHER_KEY)


def without_a_passkey_where_one_is_required(log: WrittenLog) -> None:
    log.change_policy("passkey")
    log.freeze()
    log.sign(key=None)


def several_things_at_once(log: WrittenLog) -> None:
    log.freeze(by=SIGNER)
    log.revoke(log.sign())
    log.now += timedelta(days=181)


REFUSED: list[tuple[Callable[[WrittenLog], None], tuple[str, ...]]] = [
    (nothing, ("NO_RELEASE",)),
    (another_was_frozen, ("DIGEST_MISMATCH",)),
    (elsewhere, ("ENVIRONMENT_MISMATCH",)),
    (signed_in_the_form_of_before, ("NO_RELEASE",)),
    (frozen, ("NO_EXECUTIVE_SIGNOFF",)),
    (signed_before_it_was_frozen, ("NO_EXECUTIVE_SIGNOFF",)),
    (signed_in_that_form_though_frozen, ("NO_EXECUTIVE_SIGNOFF",)),
    (signed_as_another_version, ("NO_EXECUTIVE_SIGNOFF",)),
    (without_a_passkey_where_one_is_required, ("NO_EXECUTIVE_SIGNOFF",)),
    (failed, ("SIGNED_FAIL",)),
    (revoked, ("REVOKED",)),
    (superseded, ("SUPERSEDED",)),
    (expired, ("SIGNOFF_EXPIRED",)),
    (dated_ahead, ("NO_EXECUTIVE_SIGNOFF",)),
    (overdue, ("CONDITION_OVERDUE",)),
    (another_condition_met, ("CONDITION_OVERDUE",)),
    *(
        (happened, ("SOD_VIOLATION",))
        for happened in (
            by_the_owner,
            by_the_deliverer,
            by_who_delivered_it_elsewhere_too,
            by_a_moderator_of_everything,
            by_an_administrator,
            by_an_executive_of_another_service,
            by_an_ended_account,
            by_nobody_who_was_enrolled,
            by_who_gave_themself_the_role,
            by_who_let_themself_in,
            with_a_revoked_passkey,
            with_an_unknown_passkey,
            with_the_passkey_of_another,
        )
    ),
    (several_things_at_once, ("SIGNOFF_EXPIRED", "REVOKED", "SOD_VIOLATION")),
]


@pytest.mark.parametrize(("happened", "reasons"), REFUSED, ids=[happened.__name__ for happened, _ in REFUSED])
def test_what_was_not_signed_as_it_has_to_be_stays_shut(happened: Callable[[WrittenLog], None], reasons: tuple[str, ...]) -> None:
    log = WrittenLog.with_people()
    happened(log)

    answer = answered(log)

    assert (answer.decision, answer.reasons, answer.valid_until) == ("deny", reasons, None)


def agency_executive(log: WrittenLog) -> None:
    log.freeze()
    log.change_roles(SIGNER, "executive:agency=labor")
    log.sign()


def lost_the_office_later(log: WrittenLog) -> None:
    log.freeze()
    log.sign()
    log.end(SIGNER)
    log.revoke_passkey(SIGNER)


def met_in_time(log: WrittenLog) -> None:
    log.freeze()
    log.meet(log.sign(log.signoff(decision="conditional", conditions=(CONDITION,))))
    log.now += timedelta(days=30)


def signed_with_a_code(log: WrittenLog) -> None:
    log.freeze()
    log.sign(key=None)


def signed_again_after_a_failure(log: WrittenLog) -> None:
    failed(log)
    log.sign()


def another_release_failed(log: WrittenLog) -> None:
    log.freeze()
    log.sign()
    log.freeze(OTHER_DIGEST, version="2.5.0")
    log.sign(log.signoff(OTHER_DIGEST, "fail", version="2.5.0"))


def another_release_was_signed_for_another_place(log: WrittenLog) -> None:
    log.freeze()
    log.sign()
    log.freeze(OTHER_DIGEST, version="2.5.0", environment="staging")
    log.sign(log.signoff(OTHER_DIGEST, version="2.5.0", environment="staging"))


def stricter_rules_came_later(log: WrittenLog) -> None:
    log.freeze()
    log.sign(key=None)
    log.change_policy("passkey")


def another_one_runs(log: WrittenLog) -> None:
    log.freeze()
    log.sign()
    log.observe(OTHER_DIGEST)


@pytest.mark.parametrize(
    "happened",
    [
        agency_executive,
        lost_the_office_later,
        met_in_time,
        signed_with_a_code,
        signed_again_after_a_failure,
        another_release_failed,
        another_release_was_signed_for_another_place,
        stricter_rules_came_later,
        another_one_runs,
    ],
)
def test_what_does_not_speak_against_a_release_lets_it_through(happened: Callable[[WrittenLog], None]) -> None:
    log = WrittenLog.with_people()
    happened(log)

    assert answered(log).decision == "allow"


def test_a_condition_holds_through_its_day_where_the_services_are() -> None:
    log = WrittenLog.with_people()
    log.freeze()
    log.sign(log.signoff(decision="conditional", conditions=(CONDITION,)))
    midnight = datetime.fromisoformat("2026-11-21T00:00:00+09:00")

    assert answered(log, now=midnight - timedelta(hours=1)).valid_until == midnight
    assert answered(log, now=midnight).reasons == ("CONDITION_OVERDUE",)


def test_who_was_let_through_believes_it_no_longer_than_the_sign_off_holds() -> None:
    log = signed_log()
    end = log.entries[-1].recorded_at - timedelta(minutes=1) + timedelta(days=180)

    assert answered(log, now=end - timedelta(hours=2)).valid_until == end


def test_a_policy_holds_for_what_is_frozen_after_it() -> None:
    log = WrittenLog.with_people()
    log.change_policy("passkey")
    log.freeze()
    log.sign()

    assert answered(log).policy.requires == ("frozen-release", "executive-signoff", "passkey")


@pytest.mark.parametrize(("witnessed", "reasons"), [(None, ()), (0, ("UNWITNESSED",)), (-1, ("UNWITNESSED",)), (1, ())])
def test_what_witnesses_have_not_seen_does_not_open_it(witnessed: int | None, reasons: tuple[str, ...]) -> None:
    log = signed_log()
    history = replace(log.history, witnessed_size=None if witnessed is None else len(log.entries) - 1 + witnessed)

    assert decide(QUESTION, history, log.now).reasons == reasons


def test_a_condition_counts_as_met_once_witnesses_saw_that() -> None:
    log = WrittenLog.with_people()
    met_in_time(log)

    assert decide(QUESTION, replace(log.history, witnessed_size=len(log.entries) - 1), log.now).reasons == ("UNWITNESSED",)


@pytest.mark.parametrize("kind", ["release-frozen", "signoff-revoked", "policy-changed", "sign-off", "gate-opened"])
def test_a_leaf_that_nobody_here_wrote_decides_nothing(kind: str) -> None:
    log = signed_log()
    log.append(kind, canonical({"service": SERVICE, "by": "host"}))
    log.approve(log.request())

    assert answered(log).reasons == ("LOG_INCONSISTENT",)


def test_leaves_of_other_stories_are_passed_over() -> None:
    log = signed_log()
    log.append("month-frozen", b"{}")

    assert answered(log).decision == "allow"
