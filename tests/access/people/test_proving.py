"""What proves somebody, and what guessing costs."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from observatory.access.people import proving as staff
from observatory.access.people.proving import ACCOUNT_FAILURES_FREE, FAILURES_FREE, Origin, Proof, delay_after
from observatory.store.opening import FolderKeys, open_register, prepare_folder
from observatory.store.register import RegisterStore
from tests.builders import a_staff_member
from tests.people import PASSWORD, RECOVERY_CODES, one_time_number, staff_secrets
from tests.registers import in_change, in_look

KEYS = FolderKeys(secret=b"s" * 32, admin="admin")
HERE, ELSEWHERE, ANYWHERE = (Origin(name.encode()) for name in ("here", "elsewhere", "anywhere"))
AT_THE_DESK = Origin(b"here", device=b"the minister's own computer")


def prove(register: RegisterStore, staff_id: str, password: str, code: str, now: datetime, origin: Origin = HERE) -> Proof | None:
    """Try to prove somebody, from here unless said otherwise."""
    return staff.prove(register, KEYS, staff_id, password, code, origin, now)


@pytest.fixture
def register(tmp_path: Path) -> Iterator[RegisterStore]:
    """A register in which only the minister has an account."""
    prepare_folder(tmp_path)
    opened = open_register(tmp_path)
    in_change(opened).staff.add(a_staff_member(), staff_secrets())
    yield opened
    opened.close()


def test_password_and_number_prove_who_somebody_is(register: RegisterStore, now: datetime) -> None:
    proof = prove(register, "minister", PASSWORD, one_time_number(now), now)

    assert proof is not None
    assert (proof.member, proof.assurance) == (a_staff_member(), "password+totp")


def test_a_number_may_be_typed_in_two_groups(register: RegisterStore, now: datetime) -> None:
    number = one_time_number(now)

    assert prove(register, "minister", PASSWORD, f"{number[:3]} {number[3:]}", now) is not None


def test_a_number_works_once(register: RegisterStore, now: datetime) -> None:
    assert prove(register, "minister", PASSWORD, one_time_number(now), now) is not None
    assert prove(register, "minister", PASSWORD, one_time_number(now), now) is None


def test_after_a_later_number_an_earlier_one_is_refused(register: RegisterStore, now: datetime) -> None:
    assert prove(register, "minister", PASSWORD, one_time_number(now + timedelta(seconds=30)), now) is not None
    assert prove(register, "minister", PASSWORD, one_time_number(now), now) is None


def test_a_recovery_code_works_once_and_says_so(register: RegisterStore, now: datetime) -> None:
    proof = prove(register, "minister", PASSWORD, RECOVERY_CODES[0].upper(), now)

    assert proof is not None
    assert proof.assurance == "password+recovery-code"
    assert prove(register, "minister", PASSWORD, RECOVERY_CODES[0], now) is None
    assert prove(register, "minister", PASSWORD, RECOVERY_CODES[1], now) is not None


def test_of_many_who_use_a_recovery_code_at_once_one_succeeds(register: RegisterStore, now: datetime) -> None:
    with ThreadPoolExecutor(4) as people:
        proofs = list(people.map(lambda _: prove(register, "minister", PASSWORD, RECOVERY_CODES[0], now), range(4)))

    assert sum(proof is not None for proof in proofs) == 1


def test_a_wrong_password_does_not_use_up_the_code(register: RegisterStore, now: datetime) -> None:
    assert prove(register, "minister", "wrong password", RECOVERY_CODES[0], now) is None
    assert prove(register, "minister", "wrong password", one_time_number(now), now) is None
    assert prove(register, "minister", PASSWORD, one_time_number(now), now) is not None
    assert prove(register, "minister", PASSWORD, RECOVERY_CODES[0], now) is not None


@pytest.mark.parametrize("staff_id", ["nobody", "", "MINISTER", "x" * 10_000, "a'; DROP TABLE staff; --"])
def test_nobody_proves_to_be_somebody_unknown(register: RegisterStore, now: datetime, staff_id: str) -> None:
    assert prove(register, staff_id, PASSWORD, one_time_number(now), now) is None


def test_an_account_that_ended_proves_nothing(register: RegisterStore, now: datetime) -> None:
    in_change(register).staff.disable("minister", now)

    assert prove(register, "minister", PASSWORD, one_time_number(now), now) is None


def test_after_five_failures_in_a_row_the_right_password_has_to_wait(register: RegisterStore, now: datetime) -> None:
    for _ in range(5):
        prove(register, "minister", "wrong password", "000000", now)

    assert prove(register, "minister", PASSWORD, one_time_number(now), now) is None
    later = now + delay_after(5)
    assert prove(register, "minister", PASSWORD, one_time_number(later), later) is not None
    assert in_look(register).staff.sign_in_failures("minister") == (0, None)


def fail(register: RegisterStore, origin: Origin, now: datetime, times: int = FAILURES_FREE) -> None:
    for _ in range(times):
        assert prove(register, "minister", "wrong password", "000000", now, origin) is None


def test_failures_elsewhere_close_nothing_here(register: RegisterStore, now: datetime) -> None:
    fail(register, ELSEWHERE, now)

    assert prove(register, "minister", PASSWORD, RECOVERY_CODES[0], now, ELSEWHERE) is None
    assert prove(register, "minister", PASSWORD, RECOVERY_CODES[0], now) is not None


def test_a_device_the_member_used_before_is_not_closed_by_others_behind_the_same_address(register: RegisterStore, now: datetime) -> None:
    assert prove(register, "minister", PASSWORD, one_time_number(now), now, AT_THE_DESK) is not None
    fail(register, HERE, now)

    assert prove(register, "minister", PASSWORD, RECOVERY_CODES[0], now, HERE) is None
    assert prove(register, "minister", PASSWORD, RECOVERY_CODES[0], now, AT_THE_DESK) is not None


def test_a_device_that_only_says_so_counts_as_its_network(register: RegisterStore, now: datetime) -> None:
    fail(register, HERE, now)

    assert prove(register, "minister", PASSWORD, RECOVERY_CODES[0], now, Origin(HERE.network, b"made up")) is None


def test_a_known_device_that_guesses_has_to_wait_as_well(register: RegisterStore, now: datetime) -> None:
    assert prove(register, "minister", PASSWORD, one_time_number(now), now, AT_THE_DESK) is not None
    fail(register, AT_THE_DESK, now)

    assert prove(register, "minister", PASSWORD, RECOVERY_CODES[0], now, AT_THE_DESK) is None


def test_very_many_failures_everywhere_close_an_account_but_not_to_where_its_owner_was(register: RegisterStore, now: datetime) -> None:
    assert prove(register, "minister", PASSWORD, one_time_number(now), now, AT_THE_DESK) is not None
    for number in range(ACCOUNT_FAILURES_FREE):
        fail(register, Origin(b"%d" % number), now, times=1)

    assert prove(register, "minister", PASSWORD, RECOVERY_CODES[0], now, ANYWHERE) is None
    proof = prove(register, "minister", PASSWORD, RECOVERY_CODES[0], now, Origin(ANYWHERE.network, AT_THE_DESK.device))
    assert proof is not None
    assert (proof.failures_before, proof.last_failure_at) == (ACCOUNT_FAILURES_FREE, now)


def test_failures_from_a_future_that_never_came_close_nothing(register: RegisterStore, now: datetime) -> None:
    fail(register, HERE, now + timedelta(days=4000))

    assert prove(register, "minister", PASSWORD, one_time_number(now), now) is not None


def test_new_secrets_forget_every_place(register: RegisterStore, now: datetime) -> None:
    assert prove(register, "minister", PASSWORD, one_time_number(now), now, AT_THE_DESK) is not None
    assert AT_THE_DESK.device is not None
    assert in_look(register).staff.sign_in_place("minister", AT_THE_DESK.device).last_success_at == now

    in_change(register).staff.replace_secrets("minister", staff_secrets())

    assert in_look(register).staff.sign_in_place("minister", AT_THE_DESK.device).last_success_at is None


def test_waiting_in_vain_is_no_further_failure(register: RegisterStore, now: datetime) -> None:
    for _ in range(9):
        prove(register, "minister", "wrong password", "000000", now)

    assert in_look(register).staff.sign_in_failures("minister") == (5, now)


@pytest.mark.parametrize(("failures", "seconds"), [(0, 0), (4, 0), (5, 30), (6, 60), (10, 960), (12, 3600), (10_000, 3600)])
def test_the_delay_doubles_up_to_an_hour(failures: int, seconds: int) -> None:
    assert delay_after(failures) == timedelta(seconds=seconds)


def test_what_was_noted_while_the_clock_was_ahead_keeps_nobody_out_and_a_used_number_stays_used(
    register: RegisterStore, now: datetime
) -> None:
    ahead = now + timedelta(days=12 * 365)
    assert prove(register, "minister", PASSWORD, one_time_number(now), now) is not None
    assert prove(register, "minister", PASSWORD, one_time_number(ahead), ahead) is not None
    for _ in range(FAILURES_FREE):
        prove(register, "minister", "wrong password", "000000", ahead)
    assert prove(register, "minister", PASSWORD, one_time_number(now), now) is None
    back = now + timedelta(seconds=45)
    assert back < now + delay_after(FAILURES_FREE + 1)
    assert prove(register, "minister", PASSWORD, one_time_number(back), back) is None, "that attempt failed now"
    later = back + timedelta(hours=1)
    assert prove(register, "minister", PASSWORD, one_time_number(later), later) is not None
