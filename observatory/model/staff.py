"""Describe people who sign in, and programs that send."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from observatory.errors import BadInput, phrase
from observatory.model.catalogue import check_id
from observatory.model.delivery import SIGNALS
from observatory.model.text import Text

Role = Literal["owner", "moderator", "executive", "auditor", "sre", "admin"]
ROLES: tuple[Role, ...] = ("owner", "moderator", "executive", "auditor", "sre", "admin")


@dataclass(frozen=True, slots=True)
class Grant:
    """A role, for one service, all services of an agency, or everything (both None)."""

    role: Role
    service_id: str | None = None
    agency_id: str | None = None

    @property
    def text(self) -> str:
        """The grant as people write it: `executive:service=job-portal`."""
        if self.service_id is not None:
            return f"{self.role}:service={self.service_id}"
        return f"{self.role}:agency={self.agency_id}" if self.agency_id is not None else self.role


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody who may sign in."""

    id: str
    """Login name, ASCII."""
    name: str
    office: Text
    grants: tuple[Grant, ...]
    created_at: datetime
    disabled_at: datetime | None = None

    def __post_init__(self) -> None:
        check_id(self.id, "staff member")
        if not all(written.strip() for written in (self.name, *self.office)):
            raise BadInput(
                phrase("staff member %(id)r lacks a name or office"), phrase("give --name, --office-ko and --office-en"), id=self.id
            )


CLOCK_BACK_MAX = timedelta(minutes=5)
"""How far a clock may be set back: what was noted later than this ahead of now was noted by a wrong clock, and is not believed."""


@dataclass(frozen=True, slots=True)
class StaffSecrets:
    """What proves a staff member: never shown, never logged."""

    password_hash: str
    """argon2id, encoded."""
    totp_secret: str
    recovery_code_hashes: tuple[str, ...]


NO_SECRETS = StaffSecrets("", "", ())
"""Of somebody who signs in without a password: nothing proves them by one."""


@dataclass(frozen=True, slots=True)
class Passkey:
    """A key pair of which a member holds the private half: in a security key, a computer or a phone."""

    credential_id: bytes
    staff_id: str
    public_key: bytes
    """COSE (RFC 9053)."""
    sign_count: int
    """How often the authenticator said it was used; 0 for ever if it does not count."""
    device_bound: bool
    """Whether it cannot leave its authenticator; False: it is synced between devices."""
    name: str
    enrolled_at: datetime
    enrolled_by: str
    """Mark of who gave the enrolment code, or "host"."""
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None

    @property
    def thumbprint(self) -> str:
        """What names it in the log: hex SHA-256 of the public key."""
        return hashlib.sha256(self.public_key).hexdigest()


@dataclass(frozen=True, slots=True)
class Assertion:
    """What an authenticator signed, byte for byte, and what checks it (WebAuthn section 6.3.3)."""

    credential_id: bytes
    public_key: bytes
    authenticator_data: bytes
    client_data_json: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class StaffSession:
    """A signed-in browser. `id_hash` is the hash of the cookie's value, which is not kept."""

    id_hash: bytes
    staff_id: str
    opened_at: datetime
    last_seen_at: datetime
    failures_before: int = 0
    """Attempts to sign in as this member that failed since the sign-in before, whoever made them: its owner is told."""
    last_failure_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SignInPlace:
    """A network or a device from which somebody tried to sign in as a member."""

    failures: int
    """In a row."""
    last_failure_at: datetime | None
    last_success_at: datetime | None
    """When the member themself was there; None: never."""


NOBODY_WAS_HERE = SignInPlace(0, None, None)
"""A place from which nobody tried yet."""


@dataclass(frozen=True, slots=True)
class Token:
    """Permission to send telemetry of some services. The secret itself is shown once and not kept."""

    id: str
    service_ids: tuple[str, ...]
    mac: bytes
    """HMAC-SHA256 of the secret under the data folder's key."""
    created_at: datetime
    revoked_at: datetime | None = None
    signals: tuple[str, ...] = SIGNALS
    """What it may send, in the order of SIGNALS."""
    vantage: str = ""
    """Of an operator's own place of checks: its name. Such a token names no services, it checks them all, and its checks vote."""


IDLE_MAX = timedelta(minutes=30)


OPEN_MAX = timedelta(hours=12)
