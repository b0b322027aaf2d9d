"""What a register promises about passkeys and answered challenges, on every backend."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from observatory.errors import Conflict
from observatory.model.staff import Passkey, StaffSecrets
from observatory.store.people_books import CHALLENGES_KEPT
from observatory.store.register import RegisterStore
from tests.builders import a_staff_member
from tests.registers import in_change, in_look


@pytest.fixture
def register(register: RegisterStore) -> RegisterStore:
    """A register in which only the minister has an account."""
    in_change(register).staff.add(a_staff_member(), StaffSecrets("", "", ()))
    return register


def a_passkey(now: datetime, number: int = 1, sign_count: int = 0) -> Passkey:
    """Return a passkey of the minister."""
    return Passkey(
        bytes([number]) * 20, "minister", b"key", sign_count, device_bound=True, name="열쇠", enrolled_at=now, enrolled_by="host"
    )


def test_a_passkey_is_kept_as_it_was_made_and_once(register: RegisterStore, now: datetime) -> None:
    first, second = a_passkey(now, 2), replace(a_passkey(now + timedelta(days=1), 1), device_bound=False)
    for passkey in (second, first):
        in_change(register).passkeys.add(passkey)

    assert in_look(register).passkeys.passkeys_of("minister") == [first, second]
    assert in_look(register).passkeys.passkey(second.credential_id) == second
    assert in_look(register).passkeys.passkeys_of("mayor") == []
    with pytest.raises(Conflict):
        in_change(register).passkeys.add(replace(first, public_key=b"another"))


def test_a_count_goes_on_or_is_refused(register: RegisterStore, now: datetime) -> None:
    passkey = a_passkey(now)
    in_change(register).passkeys.add(passkey)

    used = [in_change(register).passkeys.use(passkey.credential_id, count, now) for count in (0, 0, 5, 5, 4, 0, 6)]

    assert used == [True, True, True, False, False, False, True]
    assert in_look(register).passkeys.passkey(passkey.credential_id) == replace(passkey, sign_count=6, last_used_at=now)


def test_a_revoked_passkey_is_not_used_and_revoked_once(register: RegisterStore, now: datetime) -> None:
    passkey = a_passkey(now)
    in_change(register).passkeys.add(passkey)

    assert [in_change(register).passkeys.revoke(passkey.credential_id, now) for _ in range(2)] == [True, False]
    assert not in_change(register).passkeys.use(passkey.credential_id, 1, now)
    assert in_look(register).passkeys.passkey(passkey.credential_id) == replace(passkey, revoked_at=now)
    assert not in_change(register).passkeys.revoke(b"unknown", now)


def test_of_many_at_once_one_uses_a_count_and_one_a_challenge(register: RegisterStore, now: datetime) -> None:
    in_change(register).passkeys.add(a_passkey(now))
    with ThreadPoolExecutor(4) as people:
        uses = list(people.map(lambda _: in_change(register).passkeys.use(a_passkey(now).credential_id, 3, now), range(8)))
        answers = list(people.map(lambda _: in_change(register).challenges.use(b"challenge", now), range(8)))

    assert (sum(uses), sum(answers)) == (1, 1)


def test_an_answered_challenge_is_remembered_for_a_while(register: RegisterStore, now: datetime) -> None:
    assert in_change(register).challenges.use(b"one", now)
    assert not in_change(register).challenges.use(b"one", now + CHALLENGES_KEPT)
    assert in_change(register).challenges.use(b"two", now + CHALLENGES_KEPT + timedelta(seconds=1))
    assert in_change(register).challenges.use(b"one", now + CHALLENGES_KEPT + timedelta(seconds=1)), "it was forgotten"
