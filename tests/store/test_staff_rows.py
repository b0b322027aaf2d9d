"""What a register promises about accounts, secrets and sessions, on every backend."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from observatory.errors import Conflict
from observatory.model.staff import NOBODY_WAS_HERE, Grant, SignInPlace, StaffSecrets, StaffSession
from observatory.store.people_books import SIGN_IN_PLACES_MAX
from observatory.store.register import RegisterStore
from tests.builders import a_staff_member
from tests.registers import in_change, in_look

SECRETS = StaffSecrets("hash", "SECRET", ("code-a", "code-b"))


@pytest.fixture
def register(register: RegisterStore) -> RegisterStore:
    """A register in which only the minister has an account."""
    in_change(register).staff.add(a_staff_member(), SECRETS)
    return register


def a_session(number: int, now: datetime, staff_id: str = "minister") -> StaffSession:
    """Return a session opened and seen now."""
    return StaffSession(bytes([number]) * 32, staff_id, now, now)


def test_a_member_comes_back_with_grants_and_secrets(register: RegisterStore) -> None:
    grants = (Grant("executive", service_id="tax"), Grant("auditor", agency_id="labor"), Grant("sre"))
    other = a_staff_member("another", grants=grants)
    in_change(register).staff.add(other, replace(SECRETS, recovery_code_hashes=()))

    assert in_look(register).staff.member("another") == other
    assert in_look(register).staff.members() == [other, a_staff_member()]
    assert in_look(register).staff.secrets("minister") == SECRETS
    assert in_look(register).staff.member("nobody") is None
    assert in_look(register).staff.secrets("nobody") is None


def test_a_taken_id_changes_nothing(register: RegisterStore) -> None:
    with pytest.raises(Conflict):
        in_change(register).staff.add(replace(a_staff_member(), name="다른 사람"), SECRETS)

    assert in_look(register).staff.members() == [a_staff_member()]


def test_disabling_ends_sessions_and_works_once(register: RegisterStore, now: datetime) -> None:
    in_change(register).sessions.open(a_session(1, now))

    assert in_change(register).staff.disable("minister", now)
    assert not in_change(register).staff.disable("minister", now)
    assert not in_change(register).staff.disable("nobody", now)
    assert in_look(register).sessions.session(bytes([1]) * 32) is None
    assert in_look(register).staff.member("minister") == replace(a_staff_member(), disabled_at=now)


def test_a_time_step_is_used_once_and_only_forward(register: RegisterStore) -> None:
    assert [in_change(register).staff.use_totp_step("minister", step) for step in (5, 5, 4, 6)] == [True, False, False, True]
    assert not in_change(register).staff.use_totp_step("nobody", 1)


def test_of_many_who_use_a_step_or_code_at_once_one_succeeds(register: RegisterStore) -> None:
    with ThreadPoolExecutor(4) as people:
        steps = list(people.map(lambda _: in_change(register).staff.use_totp_step("minister", 7), range(8)))
        codes = list(people.map(lambda _: in_change(register).staff.use_recovery_code("minister", "code-a"), range(8)))

    assert (sum(steps), sum(codes)) == (1, 1)
    assert in_look(register).staff.secrets("minister") == replace(SECRETS, recovery_code_hashes=("code-b",))


def test_failures_count_up_until_a_success(register: RegisterStore, now: datetime) -> None:
    later = now + timedelta(seconds=5)
    in_change(register).staff.note_sign_in("minister", [b"here"], now, succeeded=False)
    in_change(register).staff.note_sign_in("minister", [b"here"], later, succeeded=False)
    assert in_look(register).staff.sign_in_failures("minister") == (2, later)

    in_change(register).staff.note_sign_in("minister", [b"here"], later, succeeded=True)

    assert in_look(register).staff.sign_in_failures("minister") == (0, None)
    in_change(register).staff.note_sign_in("nobody", [b"here"], now, succeeded=False)
    assert in_look(register).staff.sign_in_failures("nobody") == (0, None)


def test_new_secrets_end_what_rested_on_the_old(register: RegisterStore, now: datetime) -> None:
    in_change(register).sessions.open(a_session(1, now))
    in_change(register).staff.use_totp_step("minister", 99)
    in_change(register).staff.note_sign_in("minister", [b"here"], now, succeeded=False)
    fresh = StaffSecrets("new hash", "NEW", ("code-c",))

    assert in_change(register).staff.replace_secrets("minister", fresh)

    assert in_look(register).staff.secrets("minister") == fresh
    assert in_look(register).sessions.session(bytes([1]) * 32) is None
    assert in_look(register).staff.sign_in_failures("minister") == (0, None)
    assert in_change(register).staff.use_totp_step("minister", 1)
    assert not in_change(register).staff.replace_secrets("nobody", fresh)
    in_change(register).staff.disable("minister", now)
    assert not in_change(register).staff.replace_secrets("minister", SECRETS)


def test_a_session_is_kept_touched_and_ended(register: RegisterStore, now: datetime) -> None:
    session, later = a_session(1, now), now + timedelta(minutes=1)
    in_change(register).sessions.open(session)
    in_change(register).sessions.touch(session.id_hash, later)
    assert in_look(register).sessions.session(session.id_hash) == replace(session, last_seen_at=later)

    in_change(register).sessions.end(session.id_hash)
    in_change(register).sessions.end(session.id_hash)

    assert in_look(register).sessions.session(session.id_hash) is None


def test_sessions_past_their_limits_are_forgotten(register: RegisterStore, now: datetime) -> None:
    old, idle, live = a_session(1, now - timedelta(hours=13)), a_session(2, now - timedelta(hours=1)), a_session(3, now)
    for session in (replace(old, last_seen_at=now), idle, live):
        in_change(register).sessions.open(session)

    assert in_change(register).sessions.forget(opened_before=now - timedelta(hours=12), seen_before=now - timedelta(minutes=30)) == 2
    assert in_look(register).sessions.session(live.id_hash) == live


def test_places_are_counted_apart_and_a_success_is_remembered(register: RegisterStore, now: datetime) -> None:
    in_change(register).staff.note_sign_in("minister", [b"here"], now, succeeded=False)
    in_change(register).staff.note_sign_in("minister", [b"there", b"device"], now, succeeded=True)

    assert in_look(register).staff.sign_in_place("minister", b"here") == SignInPlace(1, now, None)
    assert in_look(register).staff.sign_in_place("minister", b"there") == SignInPlace(0, None, now)
    assert in_look(register).staff.sign_in_place("minister", b"nowhere") == NOBODY_WAS_HERE

    in_change(register).staff.note_sign_in("minister", [b"there"], now, succeeded=False)
    assert in_look(register).staff.sign_in_place("minister", b"there") == SignInPlace(1, now, now)


def test_strangers_cannot_push_out_the_places_of_a_member(register: RegisterStore, now: datetime) -> None:
    in_change(register).staff.note_sign_in("minister", [b"home"], now, succeeded=True)
    for number in range(2 * SIGN_IN_PLACES_MAX):
        in_change(register).staff.note_sign_in("minister", [b"%d" % number], now + timedelta(seconds=number), succeeded=False)

    kept = [
        number
        for number in range(2 * SIGN_IN_PLACES_MAX)
        if in_look(register).staff.sign_in_place("minister", b"%d" % number) != NOBODY_WAS_HERE
    ]
    assert in_look(register).staff.sign_in_place("minister", b"home").last_success_at == now
    assert kept == list(range(SIGN_IN_PLACES_MAX + 1, 2 * SIGN_IN_PLACES_MAX))


def test_a_session_remembers_what_its_owner_is_to_be_told(register: RegisterStore, now: datetime) -> None:
    session = replace(a_session(1, now), failures_before=7, last_failure_at=now - timedelta(minutes=1))
    in_change(register).sessions.open(session)

    assert in_look(register).sessions.session(session.id_hash) == session


def test_a_step_used_while_the_clock_was_ahead_locks_nobody_out_and_makes_nothing_good_twice(register: RegisterStore) -> None:
    now, ahead = 59_000_000, 71_000_000
    used = [now, ahead, now, now - 1, now + 1, ahead, ahead - 1, now + 1]
    assert [in_change(register).staff.use_totp_step("minister", step) for step in used] == [
        True,
        True,
        False,
        False,
        True,
        False,
        False,
        False,
    ]


def test_an_hour_of_used_steps_is_remembered_and_no_more(register: RegisterStore) -> None:
    assert all(in_change(register).staff.use_totp_step("minister", step) for step in range(1000, 1130))
    assert [in_change(register).staff.use_totp_step("minister", step) for step in (1010, 1129)] == [False, False]
