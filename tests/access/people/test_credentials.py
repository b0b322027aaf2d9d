"""Who may add a way to sign in, and what the log says of it."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from observatory.access.people import credentials
from observatory.access.people.account_marks import account_mark
from observatory.access.people.enrolment import HOST, change_roles, new_totp_way
from observatory.access.people.proving import Origin, prove
from observatory.errors import Conflict, NotAllowed, NotFound
from observatory.model.sign_in_ways import ENROLMENT_CODE_GOOD_FOR, SignInWay
from observatory.model.staff import NO_SECRETS, Grant, Passkey, StaffSession
from observatory.store.opening import FolderKeys, open_register, prepare_folder
from observatory.store.register import RegisterStore
from tests.builders import a_staff_member
from tests.people import PASSWORD, RECOVERY_CODES, one_time_number, staff_secrets
from tests.registers import in_change, in_look

KEYS = FolderKeys(secret=b"s" * 32, admin="admin")
HERE = Origin(b"here")
MINISTER, ADMIN = account_mark(KEYS, "minister"), account_mark(KEYS, "admin")


@pytest.fixture
def register(tmp_path: Path) -> Iterator[RegisterStore]:
    """A register in which the minister and an administrator have accounts without any way to sign in."""
    prepare_folder(tmp_path)
    opened = open_register(tmp_path)
    in_change(opened).staff.add(a_staff_member(), NO_SECRETS)
    in_change(opened).staff.add(a_staff_member("admin", grants=(Grant("admin"),)), NO_SECRETS)
    yield opened
    opened.close()


def a_passkey(now: datetime, number: int = 1, staff_id: str = "minister", by: str = ADMIN) -> Passkey:
    """Return a passkey."""
    return Passkey(bytes([number]) * 16, staff_id, b"key %d" % number, 0, device_bound=True, name="열쇠", enrolled_at=now, enrolled_by=by)


def offered(register: RegisterStore, now: datetime, by: str = ADMIN) -> str:
    """Return a code for the minister."""
    return credentials.offer(register, KEYS, "minister", by, now)


def told(register: RegisterStore) -> list[tuple[str, dict[str, object]]]:
    """Return what the log says."""
    return [(entry.kind, json.loads(entry.body)) for entry in in_look(register).log.entries()]


def test_every_step_stands_in_the_log_by_marks(register: RegisterStore, now: datetime) -> None:
    passkey = a_passkey(now)
    credentials.add_passkey(register, KEYS, offered(register, now), passkey, now)
    credentials.revoke(register, KEYS, "minister", passkey.thumbprint, MINISTER, now)

    named = {"account": MINISTER, "credential": passkey.thumbprint}
    assert told(register) == [
        ("enrolment-offered", {"account": MINISTER, "by": ADMIN}),
        ("credential-enrolled", {**named, "by": ADMIN, "way": "passkey-device-bound"}),
        ("credential-revoked", {**named, "by": MINISTER}),
    ]


def test_nobody_enrols_themself(register: RegisterStore, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        offered(register, now, by=MINISTER)

    assert told(register) == []


def test_nobody_is_invited_who_has_no_account_or_whose_has_ended(register: RegisterStore, now: datetime) -> None:
    code = offered(register, now)
    in_change(register).staff.disable("minister", now)

    for staff_id in ("minister", "nobody"):
        with pytest.raises(NotFound):
            credentials.offer(register, KEYS, staff_id, HOST, now)
    with pytest.raises(NotAllowed):
        credentials.add_passkey(register, KEYS, code, a_passkey(now), now)


def test_a_code_is_good_once_also_at_once(register: RegisterStore, now: datetime) -> None:
    code = offered(register, now)

    def use(number: int) -> bool:
        with suppress(NotAllowed):
            credentials.add_passkey(register, KEYS, code, a_passkey(now, number), now)
            return True
        return False

    with ThreadPoolExecutor(4) as people:
        assert sum(people.map(use, range(1, 9))) == 1
    assert len(in_look(register).passkeys.passkeys_of("minister")) == 1


@pytest.mark.parametrize("passed", [ENROLMENT_CODE_GOOD_FOR, timedelta(days=-1)])
def test_a_code_too_old_or_of_a_wrong_clock_is_good_for_nothing(register: RegisterStore, now: datetime, passed: timedelta) -> None:
    code = offered(register, now)

    with pytest.raises(NotAllowed):
        credentials.add_passkey(register, KEYS, code, a_passkey(now), now + passed)


def test_a_code_of_one_member_is_good_for_no_other(register: RegisterStore, now: datetime) -> None:
    code = offered(register, now)

    with pytest.raises(NotAllowed):
        credentials.add_passkey(register, KEYS, code, a_passkey(now, staff_id="admin"), now)
    credentials.add_passkey(register, KEYS, code.upper().replace("-", " "), a_passkey(now), now)


def test_a_code_is_kept_as_a_hash(register: RegisterStore, now: datetime, tmp_path: Path) -> None:
    code = offered(register, now)

    assert code.encode() not in (tmp_path / "register.sqlite").read_bytes()


def test_a_new_password_ends_the_one_before_and_proves(register: RegisterStore, now: datetime) -> None:
    first, second = new_totp_way("minister", HOST, now), new_totp_way("minister", HOST, now + timedelta(minutes=1))
    for way in (first, second):
        credentials.add_password(register, KEYS, offered(register, way.enrolled_at, HOST), way, staff_secrets(), 0)

    later = now + timedelta(minutes=2)
    assert prove(register, KEYS, "minister", PASSWORD, one_time_number(later), HERE, later) is not None
    kinds = [kind for kind, _ in told(register)]
    assert kinds == ["enrolment-offered", "credential-enrolled", "enrolment-offered", "credential-revoked", "credential-enrolled"]
    ways = in_look(register).ways.ways_of("minister")
    assert [(way.id, way.revoked_at is None, way.last_used_at) for way in ways] == [(first.id, False, None), (second.id, True, later)]


def test_whoever_has_no_password_is_proved_by_none(register: RegisterStore, now: datetime) -> None:
    assert prove(register, KEYS, "minister", "", RECOVERY_CODES[0], HERE, now) is None

    way = new_totp_way("minister", HOST, now)
    credentials.add_password(register, KEYS, offered(register, now), way, staff_secrets(), 0)
    credentials.revoke(register, KEYS, "minister", way.id, HOST, now)
    assert prove(register, KEYS, "minister", PASSWORD, one_time_number(now), HERE, now) is None
    assert prove(register, KEYS, "minister", "", "", HERE, now) is None


def test_revoking_ends_every_session_but_the_one_it_is_done_in(register: RegisterStore, now: datetime) -> None:
    passkey, kept = a_passkey(now), b"1" * 32
    credentials.add_passkey(register, KEYS, offered(register, now), passkey, now)
    for id_hash in (kept, b"2" * 32):
        in_change(register).sessions.open(StaffSession(id_hash, "minister", now, now))

    credentials.revoke(register, KEYS, "minister", passkey.thumbprint, MINISTER, now, kept)

    assert [session.id_hash for session in in_look(register).sessions.sessions_of("minister")] == [kept]


def test_what_is_not_theirs_or_has_ended_is_not_revoked(register: RegisterStore, now: datetime) -> None:
    passkey = a_passkey(now)
    credentials.add_passkey(register, KEYS, offered(register, now), passkey, now)

    for staff_id, credential in (("admin", passkey.thumbprint), ("minister", "0" * 64)):
        with pytest.raises(NotFound):
            credentials.revoke(register, KEYS, staff_id, credential, HOST, now)


def test_a_member_has_so_many_passkeys_and_no_more(register: RegisterStore, now: datetime) -> None:
    for number in range(credentials.PASSKEYS_MAX):
        in_change(register).passkeys.add(a_passkey(now, number + 1))

    with pytest.raises(Conflict):
        credentials.add_passkey(register, KEYS, offered(register, now), a_passkey(now, 99), now)


def test_a_person_of_single_sign_on_is_linked_by_invitation_and_once(register: RegisterStore, now: datetime) -> None:
    way = SignInWay("cd" * 16, "minister", "oidc", now, ADMIN, "https://sso.example.go.kr", "s-1")
    credentials.link(register, KEYS, offered(register, now), way)

    assert told(register)[-1] == ("credential-enrolled", {"account": MINISTER, "by": ADMIN, "credential": way.id, "way": "oidc"})
    with pytest.raises(NotAllowed):
        credentials.link(register, KEYS, "aaaa-bbbb-cccc-dddd", way)


def test_changed_roles_stand_in_the_log(register: RegisterStore, now: datetime) -> None:
    assert change_roles(register, KEYS, "minister", [Grant("executive", agency_id="labor"), Grant("sre")], now)
    assert told(register) == [("account-roles-changed", {"account": MINISTER, "by": "host", "roles": ["executive:agency=labor", "sre"]})]
    assert not change_roles(register, KEYS, "nobody", [], now)
