"""Passwords are kept as argon2id, and compared in the same time whoever they are of."""

import threading
import unicodedata

import pytest
from argon2 import PasswordHasher

from observatory.access.people import passwords
from observatory.access.people.passwords import PASSWORD_LENGTH_MAX, hash_password, password_matches, turn
from observatory.errors import BadInput, Overloaded
from tests.people import PASSWORD, staff_secrets


def test_only_the_password_itself_matches() -> None:
    encoded = hash_password(PASSWORD)

    assert encoded.startswith("$argon2id$")
    assert password_matches(PASSWORD, encoded)
    assert not password_matches(PASSWORD + " ", encoded)
    assert not password_matches("x" * (PASSWORD_LENGTH_MAX + 1), encoded)


def test_hangul_matches_however_a_system_composes_it() -> None:
    decomposed = unicodedata.normalize("NFD", PASSWORD)

    assert decomposed != PASSWORD
    assert password_matches(decomposed, staff_secrets().password_hash)


def test_nobody_has_a_password_and_it_takes_as_long_to_find_out() -> None:
    assert not password_matches(PASSWORD, None)
    assert not PasswordHasher().check_needs_rehash(passwords._NOBODYS_HASH)


@pytest.mark.parametrize("password", ["", "short", "x" * (PASSWORD_LENGTH_MAX + 1)])
def test_a_password_of_another_length_is_refused(password: str) -> None:
    with pytest.raises(BadInput, match="choose 12 to 200 characters"):
        hash_password(password)


@pytest.mark.parametrize(
    "password",
    [
        *("password1234", "PassWord1234", "P@ssw0rd1234", "Administrator", "qwertyqwerty", "1Q2W3E4R5T6Y", "123456789012"),
        *("passwordpassword", "iloveyou1234", "aaaaaaaaaaaaaaaa", "abababababababab", "abcdefgh9012"),
    ],
)
def test_a_password_that_is_tried_early_is_refused(password: str) -> None:
    with pytest.raises(BadInput, match="among the first that are tried"):
        hash_password(password)


@pytest.mark.parametrize("password", ["deputy-minister", "Deputy-Minister1", "observatory1234"])
def test_what_others_know_somebody_by_is_no_password(password: str) -> None:
    with pytest.raises(BadInput, match="among the first that are tried"):
        hash_password(password, ("deputy-minister", "observatory"))


@pytest.mark.parametrize("password", [PASSWORD, "three little words", "correct horse battery staple", "가나다 라디오 7 우산"])
def test_several_words_are_a_password(password: str) -> None:
    assert hash_password(password).startswith("$argon2id$")


def test_a_crowd_of_guesses_is_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "TURN_WAIT_SECONDS_MAX", 0.01)
    monkeypatch.setattr(passwords, "_turns", threading.BoundedSemaphore(1))

    with turn(), pytest.raises(Overloaded), turn():
        pytest.fail("two had the one turn")
    with turn():
        assert not password_matches(PASSWORD, None)
    with passwords._turns, turn(known=True):
        assert not password_matches(PASSWORD, None)
