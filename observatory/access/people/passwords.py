"""Hash passwords with argon2id, and tell whether a password is the one that was hashed."""

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from observatory.errors import BadInput, Overloaded

PASSWORD_LENGTH_MIN = 12
PASSWORD_LENGTH_MAX = 200
PASSWORD_LETTERS_MIN = 4
HASHES_AT_ONCE_MAX = 2
"""Each takes 64 MiB and two cores for a moment (RFC 9106 section 4, second recommendation): a crowd of guesses waits."""
TURN_WAIT_SECONDS_MAX = 0.3
"""How long a sign-in waits for its turn: a thread that waits serves nobody else."""

_hasher = PasswordHasher()
_turns = threading.BoundedSemaphore(HASHES_AT_ONCE_MAX)
_NOBODYS_HASH = "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
"""No password has this hash; comparing with it takes as long as with any other."""


def hash_password(password: str) -> str:
    """Return the encoded hash of a new password. Raises BadInput for one too short, too long, too uniform or too frequent."""
    if not PASSWORD_LENGTH_MIN <= len(password) <= PASSWORD_LENGTH_MAX or len(set(password)) < PASSWORD_LETTERS_MIN:
        raise BadInput(
            "cannot use this password",
            f"choose {PASSWORD_LENGTH_MIN} to {PASSWORD_LENGTH_MAX} characters, {PASSWORD_LETTERS_MIN} or more of them different",
        )
    if _composed(password).casefold() in frequent_passwords():
        raise BadInput("cannot use this password: it is among the most frequent ones", "choose one that nobody else would")
    return _hasher.hash(_composed(password))


@cache
def frequent_passwords() -> frozenset[str]:
    """Return the most frequent passwords that are long enough to be chosen, case-folded."""
    lines = files("observatory.access.people").joinpath("frequent_passwords.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line.casefold() for line in lines if not line.startswith("#"))


def password_matches(password: str, encoded_hash: str | None) -> bool:
    """Tell whether a password is the hashed one; None stands for nobody's: False, after the same time. Within a turn only."""
    if len(password) > PASSWORD_LENGTH_MAX:
        return False
    try:
        return _hasher.verify(encoded_hash or _NOBODYS_HASH, _composed(password))
    except VerificationError:
        return False


@contextmanager
def turn() -> Iterator[None]:
    """Wait for a turn to compare one password. Raises Overloaded when too many people wait for theirs."""
    if not _turns.acquire(timeout=TURN_WAIT_SECONDS_MAX):
        raise Overloaded("cannot check the password: too many people sign in at once", "try again in a moment")
    try:
        yield
    finally:
        _turns.release()


def _composed(password: str) -> str:
    """Return a password in one Unicode form: systems differ in how they type 한 (RFC 8265 section 4.2)."""
    return unicodedata.normalize("NFC", password)
