"""Hash passwords with argon2id, and tell whether a password is the one that was hashed."""

import threading
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from observatory.errors import BadInput, Overloaded, phrase

PASSWORD_LENGTH_MIN = 12
PASSWORD_LENGTH_MAX = 200
JUDGED_LENGTH = 72
"""Judging takes the square of the length."""
SCORE_MIN = 3
"""Of 4: some hundred million guesses and more (Wheeler, zxcvbn, USENIX Security 2016)."""
HASHES_AT_ONCE_MAX = 2
"""Each takes 64 MiB and two cores for a moment (RFC 9106 section 4, second recommendation): a crowd of guesses waits."""
TURN_WAIT_SECONDS_MAX = 0.3
"""How long a sign-in waits for its turn: a thread that waits serves nobody else."""

_hasher = PasswordHasher()
_turns, _turns_of_known = threading.BoundedSemaphore(HASHES_AT_ONCE_MAX), threading.BoundedSemaphore(1)
_NOBODYS_HASH = "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
"""No password has this hash; comparing with it takes as long as with any other."""


def hash_password(password: str, about: Sequence[str] = ()) -> str:
    """Return the encoded hash of a new password; `about` are words that others know its owner by.

    Raises BadInput for one too short or too long, or that a guesser would try early: frequent ones and what people make of them,
    rows of keys, dates, names.
    """
    if not PASSWORD_LENGTH_MIN <= len(password) <= PASSWORD_LENGTH_MAX:
        raise BadInput(
            phrase("cannot use this password"),
            phrase("choose %(min)d to %(max)d characters"),
            min=PASSWORD_LENGTH_MIN,
            max=PASSWORD_LENGTH_MAX,
        )
    if _is_guessed_early(password, about):
        raise BadInput(
            phrase("cannot use this password: it is among the first that are tried"),
            phrase("choose several words that have nothing in common"),
        )
    return _hasher.hash(_composed(password))


def _is_guessed_early(password: str, about: Sequence[str]) -> bool:
    from zxcvbn import zxcvbn  # noqa: PLC0415  # its lists of words take a twentieth of a second, and only who sets a password needs them

    return bool(zxcvbn(_composed(password)[:JUDGED_LENGTH], user_inputs=[*about])["score"] < SCORE_MIN)


def password_matches(password: str, encoded_hash: str | None) -> bool:
    """Tell whether a password is the hashed one; None stands for nobody's: False, after the same time. Within a turn only."""
    if len(password) > PASSWORD_LENGTH_MAX:
        return False
    try:
        return _hasher.verify(encoded_hash or _NOBODYS_HASH, _composed(password))
    except VerificationError:
        return False


@contextmanager
def turn(*, known: bool = False) -> Iterator[None]:
    """Wait for a turn to compare one password; for a `known` device there is one of its own, however many strangers knock.

    Raises Overloaded when too many people wait for theirs.
    """
    turns = _turns_of_known if known else _turns
    if not turns.acquire(timeout=TURN_WAIT_SECONDS_MAX):
        raise Overloaded(phrase("cannot check the password: too many people sign in at once"), phrase("try again in a moment"))
    try:
        yield
    finally:
        turns.release()


def _composed(password: str) -> str:
    """Return a password in one Unicode form: systems differ in how they type 한 (RFC 8265 section 4.2)."""
    return unicodedata.normalize("NFC", password)
