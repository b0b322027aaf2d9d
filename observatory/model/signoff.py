"""Describe an executive's decision about a release, and the log entry that proves it."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from observatory.errors import BadInput, phrase
from observatory.model.text import Text

Decision = Literal["pass", "conditional", "fail"]
SignOffState = Literal["signed", "conditional", "overdue", "none", "suspended", "failed", "unapproved"]
"""What a service's badge says; `unapproved`: it runs a release that its gate does not let through."""

REASONS_LENGTH_MIN = 20
REASONS_LENGTH_MAX = 4000
SIGNOFF_VALIDITY = timedelta(days=180)
SHOWN_GOOD_FOR = timedelta(minutes=5)
"""How long after a statement was shown it may be signed: its moment is part of what is signed."""
CONDITION_LENGTH_MAX = 500
CONDITIONS_MAX = 20
DIGEST_PATTERN = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Condition:
    """What must be mended, and by when, for a conditional sign-off to hold."""

    text: str
    due: date

    def __post_init__(self) -> None:
        if not 1 <= len(self.text.strip()) <= CONDITION_LENGTH_MAX:
            raise BadInput(
                phrase("cannot record a condition without words"), phrase("write 1 to %(max)d characters"), max=CONDITION_LENGTH_MAX
            )


@dataclass(frozen=True, slots=True)
class Release:
    """What exactly was judged: a new digest is a new release."""

    service_id: str
    version: str
    digest: str
    """sha256:<64 hex digits> of the artifact."""
    environment: str = "production"

    def __post_init__(self) -> None:
        if not 1 <= len(self.version) <= 100 or not self.version.isprintable():
            raise BadInput(phrase("cannot use this release version"), phrase("give 1 to 100 printable characters, such as 2.4.1"))
        if not DIGEST_PATTERN.fullmatch(self.digest):
            raise BadInput(phrase("cannot use this release digest"), phrase("give sha256: and 64 lower-case hex digits"))


@dataclass(frozen=True, slots=True)
class SignOffBinding:
    """What ties a sign-off to the public log: a verifier looks it up there."""

    release_index: int
    """Of the entry that froze the release."""
    credentials: tuple[str, ...]
    """Thumbprints of the signer's security keys at that moment: if one signed, it is one of these."""
    policy_name: str
    policy_digest: str
    """sha256:<64 hex digits> of the gate policy that was in force."""
    resource_uri: str
    """Where the release was judged; empty where nobody said."""

    def __post_init__(self) -> None:
        if not DIGEST_PATTERN.fullmatch(self.policy_digest) or self.release_index < 0:
            raise BadInput(phrase("cannot record a sign-off that the log does not know"), phrase("choose a release that is frozen"))


@dataclass(frozen=True, slots=True)
class SignOff:
    """One signed decision, as it is published. Never edited; a later one supersedes it."""

    release: Release
    plan_reference: str
    """Where the usability test plan and its results can be read: a document number or an address."""
    decision: Decision
    reasons: str
    conditions: tuple[Condition, ...]
    signer_id: str
    """Mark of the signer's account, as the log writes it; of those without a binding, a login name."""
    signer_name: str
    office: Text
    assurance: str
    """How the signer proved who they are: "passkey-device-bound", "passkey-synced", "password+totp" or "password+recovery-code"."""
    signed_at: datetime
    binding: SignOffBinding | None = None
    """None for those signed before releases were frozen."""
    certificate: str = ""
    """Number of its certificate, once it stands in the log."""

    def __post_init__(self) -> None:
        if self.decision not in ("pass", "conditional", "fail"):
            raise BadInput(
                phrase("cannot record decision %(decision)r"), phrase("choose pass, conditional or fail"), decision=self.decision
            )
        if not REASONS_LENGTH_MIN <= len(self.reasons.strip()) <= REASONS_LENGTH_MAX:
            raise BadInput(
                phrase("cannot sign without reasons"),
                phrase("write %(min)d to %(max)d characters in your own words"),
                min=REASONS_LENGTH_MIN,
                max=REASONS_LENGTH_MAX,
            )
        if not 1 <= len(self.plan_reference.strip()) <= 300:
            raise BadInput(
                phrase("cannot sign without a plan reference"), phrase("name the usability test plan: a document number or an address")
            )
        if len(self.conditions) > CONDITIONS_MAX:
            raise BadInput(
                phrase("cannot record %(count)d conditions"), phrase("name at most %(max)d"), count=len(self.conditions), max=CONDITIONS_MAX
            )
        if (self.decision == "conditional") != bool(self.conditions):
            raise BadInput(
                phrase("conditions do not fit the decision"),
                phrase("a conditional sign-off, and only that, has at least one dated condition"),
            )

    @property
    def not_after(self) -> datetime:
        """When the sign-off ends by itself."""
        return self.signed_at + SIGNOFF_VALIDITY


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What is to be appended to the log together with the change it tells of."""

    kind: str
    body: bytes
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry of the append-only log: bytes, a leaf of its tree."""

    index: int
    """0 for the first."""
    kind: str
    """service-registered, service-changed, service-removed, account-enrolled, token-created, sign-off, ..."""
    body: bytes
    """Canonical JSON."""
    recorded_at: datetime
    leaf_hash: bytes
    """SHA-256 of what `transparency.leaf` makes of the three."""


@dataclass(frozen=True, slots=True)
class SigningDraft:
    """What an executive says about a release."""

    service_id: str
    release_index: int
    """Of the log entry that froze the release."""
    plan_reference: str
    decision: Decision
    reasons: str
    conditions: tuple[Condition, ...] = ()
