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
class SignOff:
    """One signed decision, as it is published. Never edited; a later one supersedes it."""

    release: Release
    plan_reference: str
    """Where the usability test plan and its results can be read: a document number or an address."""
    decision: Decision
    reasons: str
    conditions: tuple[Condition, ...]
    signer_id: str
    signer_name: str
    office: Text
    assurance: str
    """How the signer proved who they are: "password+totp" or "password+recovery-code"."""
    signed_at: datetime

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
    """One entry of the append-only log: bytes, chained to all before them."""

    index: int
    """0 for the first."""
    kind: str
    """service-registered, service-changed, service-removed, account-enrolled, token-created, sign-off, ..."""
    body: bytes
    """Canonical JSON; what is hashed."""
    recorded_at: datetime
    previous_hash: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class SigningDraft:
    """What an executive says about a release."""

    release: Release
    plan_reference: str
    decision: Decision
    reasons: str
    conditions: tuple[Condition, ...] = ()
