"""Describe sign-offs and the public log as they are published in the API."""

import base64
from datetime import date
from itertools import zip_longest

from observatory.model.signoff import Decision, LogEntry, SignOff, SignOffState
from observatory.signoff.state import SignOffNote
from observatory.transparency.checkpoint import SignedCheckpoint
from observatory.transparency.leaf import recorded_text
from observatory.transparency.note import Note, NoteKey
from observatory.web.shapes import Moment, Shape


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
    certificate: str
    """Number of its certificate, at /c/<number>."""
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
            certificate=signoff.certificate,
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
    """How long the log of sign-offs, catalogue changes, accounts and tokens is, and what the root of its tree is, signed."""

    origin: str
    size: int
    hash: str
    """The root."""
    signed_at: Moment
    text: str
    """Exactly the bytes that are signed."""
    signature: str
    public_key: str
    algorithm: str
    key: str
    """As verifiers of signed notes take it."""

    @classmethod
    def of(cls, signed: SignedCheckpoint, key: NoteKey) -> "LogHeadShape":
        """Return what is published of a checkpoint that a key has signed; bytes are hexadecimal."""
        signature = Note.parse(signed.content).signed_by(key)
        return cls(
            origin=signed.checkpoint.origin,
            size=signed.size,
            hash=signed.root.hex(),
            signed_at=signed.signed_at,
            text=signed.checkpoint.text.decode(),
            signature=signature.payload.hex() if signature is not None else "",
            public_key=key.public_key.hex(),
            algorithm="Ed25519",
            key=key.vkey,
        )


class LogBreakShape(Shape):
    """Where the log is not what was signed before."""

    index: int
    reason: str


class LogShape(Shape):
    """How the log stands. While `broken` is not null, `head` is the last that was signed, and nothing later is."""

    head: LogHeadShape | None
    broken: LogBreakShape | None
    witnessed_size: int | None
    """How many entries those have cosigned who must by the policy; null if none asks for witnesses."""
    checked_at: Moment | None
    """When all of it was last read again, and what is made of it compared with what is shown."""
    checked_size: int | None


class LogEntryShape(Shape):
    """An entry of the log: `leaf_hash` is made of kind, time and body as the README says."""

    index: int
    kind: str
    recorded_at: str
    body_base64: str
    leaf_hash: str

    @classmethod
    def of(cls, entry: LogEntry) -> "LogEntryShape":
        """Return an entry exactly as it is stored."""
        return cls(
            index=entry.index,
            kind=entry.kind,
            recorded_at=recorded_text(entry.recorded_at),
            body_base64=base64.b64encode(entry.body).decode(),
            leaf_hash=entry.leaf_hash.hex(),
        )


class LogEntriesShape(Shape):
    """A part of the log, in order."""

    entries: tuple[LogEntryShape, ...]
    next: int | None
    """The `first` of the following part."""
