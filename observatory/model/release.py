"""Describe releases of a service, and what is said about them in the log; each value is the body of one leaf."""

import re
from dataclasses import dataclass
from datetime import datetime

from observatory.errors import BadInput, phrase
from observatory.model.catalogue import ID_PATTERN, check_id
from observatory.model.signoff import CONDITION_LENGTH_MAX, DIGEST_PATTERN, REASONS_LENGTH_MAX, REASONS_LENGTH_MIN, Release

URL_LENGTH_MAX = 300
BREAK_GLASS_HOURS_MAX = 72
HOST = "host"
"""Who does what a command on this host does; everybody else stands in leaves as the mark of an account."""
_BY_PATTERN = re.compile(r"host|[0-9a-f]{12}", re.ASCII)


def check_release(service: str, version: str, digest: str, environment: str) -> None:
    """Raise BadInput for what names no release: id of a service, version, digest and environment."""
    check_id(service, "service")
    Release(service, version, digest, environment)
    check_environment(environment)


def check_environment(environment: str) -> None:
    """Raise BadInput for what is no name of an environment."""
    if ID_PATTERN.fullmatch(environment) is None:
        raise BadInput(phrase("cannot use this environment"), phrase("use lower-case letters, digits and hyphens, such as production"))


def check_digest(digest: str) -> None:
    """Raise BadInput for what is no digest."""
    if DIGEST_PATTERN.fullmatch(digest) is None:
        raise BadInput(phrase("cannot use this release digest"), phrase("give sha256: and 64 lower-case hex digits"))


def check_reasons(reasons: str) -> None:
    """Raise BadInput for reasons too short to be any, or too long to be read."""
    if not REASONS_LENGTH_MIN <= len(reasons.strip()) <= len(reasons) <= REASONS_LENGTH_MAX:
        raise BadInput(
            phrase("cannot do this without reasons"),
            phrase("write %(min)d to %(max)d characters in your own words"),
            min=REASONS_LENGTH_MIN,
            max=REASONS_LENGTH_MAX,
        )


def _check_by(by: str) -> None:
    if _BY_PATTERN.fullmatch(by) is None:
        raise BadInput(phrase("cannot tell who did this"), phrase("name an account by its mark"))


@dataclass(frozen=True, slots=True)
class ReleaseFrozen:
    """One immutable state of a service, as it is to be tested, signed and let through the gate."""

    service: str
    version: str
    digest: str
    """sha256:<64 hex digits> of the artifact."""
    environment: str
    url: str
    """Where it can be tried."""
    by: str
    """Who delivers it."""

    def __post_init__(self) -> None:
        check_release(self.service, self.version, self.digest, self.environment)
        if not self.url.startswith(("https://", "http://")) or not self.url.isprintable() or len(self.url) > URL_LENGTH_MAX:
            raise BadInput(
                phrase("cannot use this address of a release"), phrase("give an http or https address of %(max)d characters at most"),
                max=URL_LENGTH_MAX,
            )  # fmt: skip
        _check_by(self.by)


@dataclass(frozen=True, slots=True)
class ReleaseObserved:
    """What a service says it runs, since it says so."""

    service: str
    environment: str
    digest: str
    version: str

    def __post_init__(self) -> None:
        check_release(self.service, self.version, self.digest, self.environment)


@dataclass(frozen=True, slots=True)
class SignOffRevoked:
    """A sign-off that no longer counts."""

    service: str
    signoff: int
    """Index of its leaf."""
    reasons: str
    by: str

    def __post_init__(self) -> None:
        check_reasons(self.reasons)
        _check_by(self.by)


@dataclass(frozen=True, slots=True)
class ConditionMet:
    """A condition of a sign-off that was mended."""

    service: str
    signoff: int
    condition: str
    """Its number in the sign-off, from 1."""
    note: str
    by: str

    def __post_init__(self) -> None:
        if not 1 <= len(self.note.strip()) <= CONDITION_LENGTH_MAX:
            raise BadInput(
                phrase("cannot record a condition without words"), phrase("write 1 to %(max)d characters"), max=CONDITION_LENGTH_MAX
            )
        _check_by(self.by)


@dataclass(frozen=True, slots=True)
class BreakGlassRequested:
    """Somebody asks to open the gate in an emergency, without a sign-off."""

    service: str
    digest: str
    environment: str
    reasons: str
    hours: int
    by: str

    def __post_init__(self) -> None:
        check_digest(self.digest)
        check_environment(self.environment)
        check_reasons(self.reasons)
        _check_by(self.by)
        if not 1 <= self.hours <= BREAK_GLASS_HOURS_MAX:
            raise BadInput(
                phrase("cannot open the gate for %(hours)d hours"), phrase("choose 1 to %(max)d hours"),
                hours=self.hours, max=BREAK_GLASS_HOURS_MAX,
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class BreakGlassApproved:
    """Somebody else agreed: the gate is open until a moment."""

    service: str
    request: int
    """Index of the leaf of the request."""
    until: datetime
    by: str

    def __post_init__(self) -> None:
        _check_by(self.by)


@dataclass(frozen=True, slots=True)
class GateChanged:
    """A gate as the watch found it: open without reasons, else shut for these."""

    service: str
    digest: str
    environment: str
    reasons: tuple[str, ...]
    """Codes of `signoff.gate_reasons`."""

    def __post_init__(self) -> None:
        check_digest(self.digest)
        check_environment(self.environment)
