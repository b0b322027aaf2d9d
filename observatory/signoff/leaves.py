"""Read and write the leaves of the log that a release gate is decided from, each as one frozen value.

What this observatory writes about releases is read strictly: bytes that say more, or say it differently, are refused. Of leaves that
other stories write, only what a gate asks of them is read.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar, cast

import msgspec

from observatory.errors import BadInput, phrase
from observatory.model.release import (
    HOST,
    BreakGlassApproved,
    BreakGlassRequested,
    ConditionMet,
    GateChanged,
    ReleaseFrozen,
    ReleaseObserved,
    SignOffRevoked,
)
from observatory.model.signoff import LogEntry
from observatory.signoff.canonical_json import Json, canonical, parse
from observatory.signoff.gate_policy import GatePolicy
from observatory.signoff.signed import Signed, read_signed

RELEASE_FROZEN, RELEASE_OBSERVED = "release-frozen", "release-observed"
SIGNED, SIGNOFF_REVOKED, CONDITION_MET = "sign-off", "signoff-revoked", "condition-met"
BREAK_GLASS_REQUESTED, BREAK_GLASS_APPROVED = "break-glass-requested", "break-glass-approved"
GATE_OPENED, GATE_SUSPENDED, POLICY_CHANGED = "gate-opened", "gate-suspended", "policy-changed"
"""Kinds of log entries."""
BODY_LENGTH_MAX = 65_000
"""Of a leaf with kind and time 65 535 bytes (C2SP tlog-tiles)."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PolicyChanged:
    """The rules of the gate for what is frozen from here on."""

    policy: GatePolicy
    digest: str

    def __post_init__(self) -> None:
        if self.digest != self.policy.digest:
            raise BadInput(phrase("cannot read a gate policy: its digest is another one"), phrase("run: observatory check-log"))


class AccountRoles(msgspec.Struct, frozen=True):
    """An account was enrolled, or was given other roles; `by` is who did that."""

    account: str
    roles: tuple[str, ...] = ()
    by: str = HOST


class AccountOffered(msgspec.Struct, frozen=True):
    """A code was given with which an account may add a way to sign in."""

    account: str
    by: str = HOST


class AccountEnded(msgspec.Struct, frozen=True):
    """An account has ended."""

    account: str


class CredentialEnrolled(msgspec.Struct, frozen=True):
    """An account has one more way to sign in; `by` gave the code for it."""

    account: str
    credential: str
    way: str
    by: str


class CredentialRevoked(msgspec.Struct, frozen=True):
    """A way to sign in has ended."""

    account: str
    credential: str


class KeysChanged(msgspec.Struct, frozen=True):
    """From here on the observatory signs statements with this key."""

    statements: str
    """Public, Ed25519, base64."""

    @property
    def statement_key(self) -> bytes:
        """Its 32 bytes."""
        return base64.b64decode(self.statements)


class ServiceNamed(msgspec.Struct, frozen=True):
    """A service is observed from here on, or described anew."""

    id: str
    agency_id: str


OfRelease = (
    ReleaseFrozen | ReleaseObserved | Signed | SignOffRevoked | ConditionMet | BreakGlassRequested | BreakGlassApproved | GateChanged
)
OfAccount = AccountRoles | AccountOffered | AccountEnded | CredentialEnrolled | CredentialRevoked
Told = OfRelease | OfAccount | PolicyChanged | KeysChanged | ServiceNamed
"""What one leaf tells."""


@dataclass(frozen=True, slots=True)
class Logged(Generic[T]):
    """What a leaf tells, with its place in the log and the moment it was appended."""

    index: int
    at: datetime
    told: T
    leaf_hash: bytes = b""
    """Of the entry that was read."""


def body_of(told: Told) -> bytes:
    """Return the body of the leaf that tells this. Raises BadInput if it is too long for one."""
    body = canonical(cast(Json, _plain(msgspec.to_builtins(told))))
    if len(body) > BODY_LENGTH_MAX:
        raise BadInput(phrase("cannot write this into the log: it is too long"), phrase("shorten it"))
    return body


def read_leaf(entry: LogEntry) -> Logged[Told] | None:
    """Return what an entry tells, None for one of a kind that no gate asks about. Raises BadInput for one nobody here wrote."""
    read = READERS.get(entry.kind)
    return None if read is None else Logged(entry.index, entry.recorded_at, read(entry.body), entry.leaf_hash)


def _strictly(kind: type[T]) -> Callable[[bytes], T]:
    """Return what reads exactly what `body_of` writes."""

    def read(body: bytes) -> T:
        try:
            told = msgspec.convert(parse(body), kind)
        except msgspec.ValidationError as error:
            raise BadInput(
                phrase("cannot read an entry of the log: %(error)s"), phrase("run: observatory check-log"), error=str(error)
            ) from None
        if body_of(cast(Told, told)) != body:
            raise BadInput(
                phrase("cannot read an entry of the log: it says more, or says it differently"), phrase("run: observatory check-log")
            )
        return told

    return read


def _loosely(kind: type[T]) -> Callable[[bytes], T]:
    """Return what reads of a body what the kind has fields for."""

    def read(body: bytes) -> T:
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.DecodeError as error:
            raise BadInput(
                phrase("cannot read an entry of the log: %(error)s"), phrase("run: observatory check-log"), error=str(error)
            ) from None

    return read


READERS: Mapping[str, Callable[[bytes], Told]] = {
    RELEASE_FROZEN: _strictly(ReleaseFrozen),
    RELEASE_OBSERVED: _strictly(ReleaseObserved),
    SIGNED: read_signed,
    SIGNOFF_REVOKED: _strictly(SignOffRevoked),
    CONDITION_MET: _strictly(ConditionMet),
    BREAK_GLASS_REQUESTED: _strictly(BreakGlassRequested),
    BREAK_GLASS_APPROVED: _strictly(BreakGlassApproved),
    GATE_OPENED: _strictly(GateChanged),
    GATE_SUSPENDED: _strictly(GateChanged),
    POLICY_CHANGED: _strictly(PolicyChanged),
    "keys-made": _loosely(KeysChanged),
    "key-rotated": _loosely(KeysChanged),
    "account-enrolled": _loosely(AccountRoles),
    "account-roles-changed": _loosely(AccountRoles),
    "account-ended": _loosely(AccountEnded),
    "enrolment-offered": _loosely(AccountOffered),
    "credential-enrolled": _loosely(CredentialEnrolled),
    "credential-revoked": _loosely(CredentialRevoked),
    "service-registered": _loosely(ServiceNamed),
    "service-changed": _loosely(ServiceNamed),
}
"""Kind of an entry -> what reads its body."""


def _plain(value: object) -> object:
    """Return a value with lists for tuples: canonical JSON knows no tuples."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value
