"""Make challenges for authenticators, and take each once: within five minutes, from the browser it was made for, for one purpose.

Nothing is kept of a challenge until it is answered: a proof goes with it to the browser and comes back with the answer. So
nobody fills the register by asking for challenges.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from observatory.access.people.passkey_answers import CHALLENGE_BYTES
from observatory.access.people.staff_sessions import browser_value
from observatory.model.staff import CLOCK_BACK_MAX
from observatory.store.people_books import ChallengeBook
from observatory.web.context import parts

CHALLENGE_GOOD_FOR = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Challenge:
    """What an authenticator is to sign, and the proof that we asked for it."""

    value: bytes
    proof: str


def new_challenge(purpose: str, challenge: bytes | None = None) -> Challenge:
    """Return a challenge for the browser of this request; a caller may name the 32 bytes, which then are good once.

    A browser without a cookie gets one that nobody will take.
    """
    value, made_s = challenge or secrets.token_bytes(CHALLENGE_BYTES), int(parts().now().timestamp())
    return Challenge(value, f"{made_s:x}.{_mac(value, purpose, made_s)}")


def is_ours(value: bytes, proof: str, purpose: str, now: datetime) -> bool:
    """Return whether a challenge was made for the browser of this request and this purpose, not too long ago."""
    made, _, mac = proof.partition(".")
    try:
        made_s = int(made, 16)
        made_at = datetime.fromtimestamp(made_s, now.tzinfo)
    except (ValueError, OverflowError, OSError):
        return False
    right = hmac.compare_digest(_mac(value, purpose, made_s).encode(), mac.encode())
    return right and browser_value() is not None and -CLOCK_BACK_MAX <= now - made_at < CHALLENGE_GOOD_FOR


def take_challenge(book: ChallengeBook, value: bytes, proof: str, purpose: str, now: datetime) -> bool:
    """Use a challenge up; False unless it is ours and was not used before."""
    return is_ours(value, proof, purpose, now) and book.use(value, now)


def _mac(value: bytes, purpose: str, made_s: int) -> str:
    told = f"challenge\0{purpose}\0{browser_value()}\0{made_s}\0{value.hex()}"
    return hmac.digest(parts().keys.secret, told.encode(), "sha256").hex()
