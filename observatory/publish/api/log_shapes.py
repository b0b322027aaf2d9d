"""Describe sign-offs and the public log as they are published in the API."""

import base64
from datetime import date
from itertools import zip_longest

from observatory.model.signoff import Decision, LogEntry, SignOff, SignOffState
from observatory.publish.api.shapes import Moment, Shape
from observatory.signoff.state import SignOffNote
from observatory.transparency.chain import recorded_text
from observatory.transparency.signed_head import SignedHead


class ConditionShape(Shape):
    """What must be mended, and by when."""

    text: str
    due: date
    met_at: Moment | None


class SignOffShape(Shape):
    """One signed decision about one release."""

    version: str
    digest: str
    environment: str
    plan_reference: str
    decision: Decision
    reasons: str
    conditions: tuple[ConditionShape, ...]
    signer_name: str
    office_ko: str
    office_en: str
    assurance: str
    signed_at: Moment
    not_after: Moment
    revoked_at: Moment | None
    revoked_for: str | None

    @classmethod
    def of(cls, signoff: SignOff, note: SignOffNote | None = None) -> "SignOffShape":
        """Return what is published of a sign-off: who, in which office, when, what; never a login name."""
        return cls(
            version=signoff.release.version,
            digest=signoff.release.digest,
            environment=signoff.release.environment,
            plan_reference=signoff.plan_reference,
            decision=signoff.decision,
            reasons=signoff.reasons,
            conditions=tuple(
                ConditionShape(text=condition.text, due=condition.due, met_at=met_at)
                for condition, met_at in zip_longest(signoff.conditions, note.met if note else ())
            ),
            signer_name=signoff.signer_name,
            office_ko=signoff.office.ko,
            office_en=signoff.office.en,
            assurance=signoff.assurance,
            signed_at=signoff.signed_at,
            not_after=signoff.not_after,
            revoked_at=note.revoked_at if note else None,
            revoked_for=note.revoked_for or None if note else None,
        )


class EmergenciesShape(Shape):
    """Openings of the release gate without a sign-off, which two people answered for: how often, and until when one lasts."""

    count: int
    open_until: Moment | None
    unsigned_count: int


class SignOffsShape(Shape):
    """All sign-offs of a service, newest first, and what they amount to."""

    service_id: str
    state: SignOffState
    signoffs: tuple[SignOffShape, ...]
    emergencies: EmergenciesShape


class LogHeadShape(Shape):
    """How long the log of sign-offs, catalogue changes, accounts and tokens is, and what its newest entry is, signed."""

    size: int
    hash: str
    signed_at: Moment
    text: str
    """Exactly the bytes that are signed."""
    signature: str
    public_key: str
    algorithm: str

    @classmethod
    def of(cls, head: SignedHead) -> "LogHeadShape":
        """Return what is published of a signed head; bytes are hexadecimal."""
        return cls(
            size=head.size,
            hash=head.hash.hex(),
            signed_at=head.signed_at,
            text=head.text.decode(),
            signature=head.signature.hex(),
            public_key=head.public_key.hex(),
            algorithm="Ed25519",
        )


class LogBreakShape(Shape):
    """Where the log is not what was signed before."""

    index: int
    reason: str


class LogShape(Shape):
    """How the log stands. While `broken` is not null, `head` is the last that was signed, and nothing later is."""

    head: LogHeadShape | None
    broken: LogBreakShape | None


class LogEntryShape(Shape):
    """An entry of the log: `hash` is made of all the others as the README says."""

    index: int
    kind: str
    recorded_at: str
    body_base64: str
    previous_hash: str
    hash: str

    @classmethod
    def of(cls, entry: LogEntry) -> "LogEntryShape":
        """Return an entry exactly as it is stored."""
        return cls(
            index=entry.index,
            kind=entry.kind,
            recorded_at=recorded_text(entry.recorded_at),
            body_base64=base64.b64encode(entry.body).decode(),
            previous_hash=entry.previous_hash.hex(),
            hash=entry.hash.hex(),
        )


class LogEntriesShape(Shape):
    """A part of the log, in order."""

    entries: tuple[LogEntryShape, ...]
    next: int | None
    """The `first` of the following part."""
