"""What a register promises about ways to sign in, enrolment codes, roles and the sessions of a member, on every backend."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from observatory.errors import Conflict
from observatory.model.sign_in_ways import ENROLMENT_CODE_GOOD_FOR, EnrolmentCode, SignInWay
from observatory.model.staff import NO_SECRETS, Grant, StaffSession
from observatory.store.register import RegisterStore
from tests.builders import a_staff_member
from tests.registers import in_change, in_look

ISSUER = "https://sso.example.go.kr"


@pytest.fixture
def register(register: RegisterStore) -> RegisterStore:
    """A register in which the minister and the mayor have accounts."""
    for name in ("minister", "mayor"):
        in_change(register).staff.add(a_staff_member(name), NO_SECRETS)
    return register


def linked(now: datetime, staff_id: str = "minister", subject: str = "s-1") -> SignInWay:
    """Return single sign-on of a member."""
    return SignInWay(f"{staff_id}-{subject}", staff_id, "oidc", now, "host", ISSUER, subject)


def test_a_way_is_kept_noted_and_revoked_once(register: RegisterStore, now: datetime) -> None:
    way = SignInWay("ab" * 16, "minister", "totp", now, "host")
    in_change(register).ways.add(way)
    in_change(register).ways.note_use(way.id, now)

    assert [in_change(register).ways.revoke(way.id, now) for _ in range(2)] == [True, False]
    assert in_look(register).ways.ways_of("minister") == [replace(way, last_used_at=now, revoked_at=now)]
    assert in_look(register).ways.ways_of("mayor") == []


def test_a_person_at_a_provider_signs_in_to_one_account(register: RegisterStore, now: datetime) -> None:
    in_change(register).ways.add(linked(now))
    assert in_look(register).ways.linked(ISSUER, "s-1") == linked(now)
    assert in_look(register).ways.linked(ISSUER + "/", "s-1") is None
    with pytest.raises(Conflict):
        in_change(register).ways.add(linked(now, "mayor"))

    in_change(register).ways.revoke(linked(now).id, now)
    in_change(register).ways.add(linked(now, "mayor"))
    assert in_look(register).ways.linked(ISSUER, "s-1") == linked(now, "mayor")


def test_a_new_code_ends_the_one_before_and_is_taken_once(register: RegisterStore, now: datetime) -> None:
    for name in ("first", "second"):
        in_change(register).enrolment_codes.give(EnrolmentCode(name, "minister", "host", now))
    assert in_look(register).enrolment_codes.code("first") is None
    assert in_look(register).enrolment_codes.code("second") == EnrolmentCode("second", "minister", "host", now)

    with ThreadPoolExecutor(4) as people:
        taken = list(people.map(lambda _: in_change(register).enrolment_codes.take("second"), range(8)))
    assert sum(taken) == 1


def test_old_codes_are_forgotten_when_one_is_given(register: RegisterStore, now: datetime) -> None:
    in_change(register).enrolment_codes.give(EnrolmentCode("old", "minister", "host", now))
    later = now + ENROLMENT_CODE_GOOD_FOR + timedelta(seconds=1)
    in_change(register).enrolment_codes.give(EnrolmentCode("new", "mayor", "host", later))

    assert in_look(register).enrolment_codes.code("old") is None


def test_the_sessions_of_a_member_are_listed_and_ended_but_for_one(register: RegisterStore, now: datetime) -> None:
    sessions = [StaffSession(bytes([number]) * 32, "minister", now, now - timedelta(minutes=number)) for number in range(3)]
    foreign = StaffSession(b"f" * 32, "mayor", now, now)
    for session in (*sessions, foreign):
        in_change(register).sessions.open(session)
    assert in_look(register).sessions.sessions_of("minister") == sessions

    assert in_change(register).sessions.end_all_of("minister", sessions[1].id_hash) == 2
    assert in_look(register).sessions.sessions_of("minister") == [sessions[1]]
    assert in_look(register).sessions.sessions_of("mayor") == [foreign]


def test_new_roles_take_the_place_of_the_old_and_end_sessions(register: RegisterStore, now: datetime) -> None:
    in_change(register).sessions.open(StaffSession(b"s" * 32, "minister", now, now))

    assert in_change(register).staff.replace_grants("minister", [Grant("sre"), Grant("owner", "job-portal")])

    member = in_look(register).staff.member("minister")
    assert member is not None
    assert member.grants == (Grant("sre"), Grant("owner", "job-portal"))
    assert in_look(register).sessions.sessions_of("minister") == []
    in_change(register).staff.disable("mayor", now)
    assert not in_change(register).staff.replace_grants("mayor", [])
    assert not in_change(register).staff.replace_grants("nobody", [])
