"""Describe what a pipeline asks by a webhook, and what is sent back to it."""

import hashlib
import hmac
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import msgspec

from observatory.errors import BadInput, NotSignedIn, Overloaded, phrase
from observatory.model.release import ReleaseFrozen
from observatory.signoff.gate import GateAnswer
from observatory.signoff.gate_history import History
from observatory.signoff.gate_reasons import REASONS

WAITING_MAX = 256
BODY_BYTES_MAX = 1 << 20
COMMENT_LENGTH_MAX = 1000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sending:
    """One request to be sent to a pipeline's server."""

    url: str
    headers: Mapping[str, str]
    body: Mapping[str, object] | None = None
    """Sent as JSON; None: nothing."""


@dataclass(frozen=True, slots=True)
class AskedByHook:
    """A question of a pipeline, which names a commit and not a digest: a release frozen with one of these names as its version is meant."""

    service: str
    environment: str
    versions: tuple[str, ...]
    """What names the commit, the surest first."""
    answer: Callable[[GateAnswer | None, Callable[[Sending], object], datetime], None]
    """Sends the answer; None: no release is frozen by such a version. Raises OSError or ValueError if it cannot be sent."""


@dataclass(frozen=True, slots=True)
class WaitingHooks:
    """Questions that came and are not answered yet. What a killed process forgets stays shut, and is asked again. Any number of threads."""

    _waiting: deque[AskedByHook] = field(default_factory=deque)

    def add(self, asked: AskedByHook) -> None:
        """Take a question. Raises Overloaded while too many wait."""
        if len(self._waiting) >= WAITING_MAX:
            raise Overloaded(phrase("cannot take this question now: too many wait"), phrase("try again in a moment"), 30)
        self._waiting.append(asked)

    def take(self) -> AskedByHook | None:
        """Return the question that waited longest, None if none does."""
        try:
            return self._waiting.popleft()
        except IndexError:
            return None


def digest_meant(asked: AskedByHook, history: History) -> str | None:
    """Return the digest of the release that a pipeline means, None if none is frozen by such a version: the newest of several."""
    frozen = [leaf.told for leaf in history.about(asked.service, ReleaseFrozen) if leaf.told.environment == asked.environment]
    for version in asked.versions:
        for release in reversed(frozen):
            if release.version == version:
                return release.digest
    return None


def check_signature(secret: bytes, body: bytes, given: str) -> None:
    """Raise NotSignedIn unless a body was signed with a shared secret: HMAC-SHA256 in hexadecimal."""
    if not hmac.compare_digest(hmac.digest(secret, body, hashlib.sha256).hex().encode(), given.encode()):
        raise NotSignedIn(phrase("cannot take this webhook: its signature is missing or wrong"), phrase("give both sides the same secret"))


def read_hook(body: bytes, kind: type[T]) -> T:
    """Return what a webhook says. Raises BadInput."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadInput(
            phrase("cannot read this webhook: %(error)s"), phrase("choose the event the README names"), error=str(error)[:200]
        ) from None


def comment_of(answer: GateAnswer | None) -> str:
    """Return why, in words for people who look at a pipeline."""
    if answer is None:
        return f"NO_RELEASE: {REASONS['NO_RELEASE']}, by the version that names this commit."
    if answer.decision == "allow":
        return f"Signed off, or opened in an emergency; to be asked again after {answer.valid_until:%Y-%m-%dT%H:%MZ}."
    return " ".join(f"{code}: {REASONS[code]}." for code in answer.reasons)[:COMMENT_LENGTH_MAX]
