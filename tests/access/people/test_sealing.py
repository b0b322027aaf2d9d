"""What proves people is sealed: under the folder's key or one outside, bound to its owner, and sealed again when the key changes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from observatory.access.people.sealing import seal_again
from observatory.store.opening import FolderKeys, open_register, prepare_folder
from observatory.store.register import RegisterStore
from observatory.store.sealing import PREFIX, CannotUnseal, seal, unseal
from tests.builders import a_staff_member
from tests.people import TOTP_SECRET, staff_secrets
from tests.registers import in_change, in_look

KEYS = FolderKeys(secret=b"s" * 32, admin="admin")
OUTSIDE = replace(KEYS, outside=b"o" * 32)


@pytest.fixture
def register(tmp_path: Path) -> Iterator[RegisterStore]:
    """The register of an earlier release: the minister's secret is plain."""
    prepare_folder(tmp_path)
    opened = open_register(tmp_path)
    in_change(opened).staff.add(a_staff_member(), staff_secrets())
    yield opened
    opened.close()


def stored(register: RegisterStore) -> str:
    secrets = in_look(register).staff.secrets("minister")
    assert secrets is not None
    return secrets.totp_secret


def test_what_was_sealed_comes_back_for_its_owner_only() -> None:
    sealed = seal(TOTP_SECRET, "minister", KEYS)

    assert TOTP_SECRET not in sealed
    assert seal(TOTP_SECRET, "minister", KEYS) != sealed
    assert unseal(sealed, "minister", KEYS) == TOTP_SECRET
    with pytest.raises(CannotUnseal):
        unseal(sealed, "somebody-else", KEYS)


@pytest.mark.parametrize("at", [10, 20, 40, -8])
def test_a_changed_text_is_not_opened(at: int) -> None:
    sealed = seal(TOTP_SECRET, "minister", KEYS)
    changed = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at:][1:]

    for text in (changed, changed[:at], PREFIX):
        with pytest.raises(CannotUnseal):
            unseal(text, "minister", KEYS)


def test_a_secret_of_an_earlier_release_is_sealed_and_stays_the_same(register: RegisterStore) -> None:
    seal_again(register, KEYS)

    assert stored(register).startswith(PREFIX)
    assert unseal(stored(register), "minister", KEYS) == TOTP_SECRET


def test_a_key_outside_takes_over_what_the_folder_sealed(register: RegisterStore) -> None:
    seal_again(register, KEYS)
    seal_again(register, OUTSIDE)
    today = stored(register)
    seal_again(register, OUTSIDE)

    assert stored(register) == today
    assert unseal(today, "minister", OUTSIDE) == TOTP_SECRET
    with pytest.raises(CannotUnseal):
        unseal(today, "minister", KEYS)


def test_without_the_key_outside_nothing_is_touched(register: RegisterStore, capsys: pytest.CaptureFixture[str]) -> None:
    seal_again(register, OUTSIDE)
    before = stored(register)
    seal_again(register, KEYS)

    assert stored(register) == before
    assert "OBSERVATORY_KEY_FILE" in capsys.readouterr().out
