"""A log written in a test, leaf by leaf: what is told of releases, and by whom, without a store."""

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from observatory.model.release import (
    BreakGlassApproved,
    BreakGlassRequested,
    ConditionMet,
    ReleaseFrozen,
    ReleaseObserved,
    SignOffRevoked,
)
from observatory.model.signoff import Condition, Decision, LogEntry, NewEntry, Release, SignOff, SignOffBinding
from observatory.model.text import Text
from observatory.signoff import leaves
from observatory.signoff.assertion import challenge_of
from observatory.signoff.canonical_json import Json, canonical
from observatory.signoff.dsse import StatementKey, sign_envelope
from observatory.signoff.gate_history import History
from observatory.signoff.gate_policy import VERSION, GatePolicy
from observatory.signoff.leaves import PolicyChanged, Told, body_of
from observatory.signoff.signed import signed_bytes
from observatory.signoff.statement import statement_bytes
from observatory.store.register import RegisterStore
from tests.security_key import SecurityKey

SERVICE, AGENCY = "job-portal", "labor"
DIGEST, OTHER_DIGEST = "sha256:" + "ab" * 32, "sha256:" + "cd" * 32
OWNER, SIGNER, AUDITOR, STRANGER = "0" * 12, "a" * 12, "b" * 12, "c" * 12
KEY = SecurityKey(private=ec.derive_private_key(7, ec.SECP256R1()))
CREDENTIAL = KEY.thumbprint
SECRET = Ed25519PrivateKey.from_private_bytes(bytes(32))
STATEMENT_KEY = StatementKey(SECRET.public_key().public_bytes_raw(), SECRET.sign)
FIRST_LEAVES = 2
BEGIN = datetime(2026, 11, 2, 0, 0, tzinfo=UTC)
REASONS = "여덟 명의 시민과 함께 모든 과업을 직접 끝까지 해 보았습니다."


def signed_body(signoff: SignOff, key: SecurityKey | None = KEY, by: StatementKey = STATEMENT_KEY) -> bytes:
    """Return the body of a sign-off as it is written today, signed by a security key if one is given."""
    envelope = sign_envelope(statement_bytes(signoff), [by])
    if key is None:
        return signed_bytes(envelope, "password+totp", None)
    return signed_bytes(envelope, "passkey-device-bound", key.answer(challenge_of(envelope.pae)))


@dataclass
class WrittenLog:
    """A log that grows by a leaf a minute; each method returns the index of what it appended."""

    entries: list[LogEntry] = field(default_factory=list)
    now: datetime = BEGIN
    frozen: dict[tuple[str, str], int] = field(default_factory=dict)
    """Index by digest and environment, as they were frozen first."""

    @classmethod
    def with_people(cls) -> "WrittenLog":
        """Return a log in which the service is registered, and its owner, executive and auditor are enrolled."""
        log = cls()
        log.append("keys-made", canonical({"statements": base64.b64encode(bytes(32)).decode()}))
        log.append("service-registered", canonical({"agency_id": AGENCY, "id": SERVICE}))
        log.append("key-rotated", canonical({"statements": base64.b64encode(STATEMENT_KEY.public_key).decode()}))
        log.enrol(OWNER, f"owner:service={SERVICE}")
        log.enrol(SIGNER, f"executive:service={SERVICE}")
        log.enrol(AUDITOR, f"auditor:service={SERVICE}")
        log.add_passkey(SIGNER, by=AUDITOR)
        return log

    def keep_in(self, register: RegisterStore) -> None:
        """Append all of it to a log that holds its first leaves: of the keys, and of the catalogue with this one service."""
        with register.change() as books:
            assert books.log.tree()[0] == FIRST_LEAVES
            for entry in self.entries[FIRST_LEAVES:]:
                books.log.append(NewEntry(entry.kind, entry.body, entry.recorded_at))

    @property
    def history(self) -> History:
        """What it tells."""
        return History().after(self.entries, len(self.entries))

    def append(self, kind: str, body: bytes) -> int:
        """Append any leaf, a minute after the one before."""
        self.now += timedelta(minutes=1)
        self.entries.append(LogEntry(len(self.entries), kind, body, self.now, b""))
        return len(self.entries) - 1

    def tell(self, kind: str, told: Told) -> int:
        """Append a leaf of our own."""
        return self.append(kind, body_of(told))

    def enrol(self, account: str, *roles: str, by: str = "host") -> int:
        """Enrol an account."""
        return self._account("account-enrolled", account, list(roles), by)

    def change_roles(self, account: str, *roles: str, by: str = "host") -> int:
        """Give an account other roles."""
        return self._account("account-roles-changed", account, list(roles), by)

    def _account(self, kind: str, account: str, roles: list[str], by: str) -> int:
        return self.append(kind, canonical({"account": account, "by": by, "roles": [*roles]}))

    def end(self, account: str) -> int:
        """End an account."""
        return self._account("account-ended", account, [], "host")

    def add_passkey(self, account: str, by: str, credential: str = CREDENTIAL) -> int:
        """Add a passkey to an account."""
        body: dict[str, Json] = {"account": account, "by": by, "credential": credential, "way": "passkey-device-bound"}
        return self.append("credential-enrolled", canonical(body))

    def revoke_passkey(self, account: str, credential: str = CREDENTIAL) -> int:
        """End it."""
        return self.append("credential-revoked", canonical({"account": account, "by": "host", "credential": credential}))

    def freeze(
        self, digest: str = DIGEST, *, version: str = "2.4.1", environment: str = "production", by: str = OWNER, service: str = SERVICE
    ) -> int:
        """Freeze a release."""
        url = "https://test.job-portal.example.go.kr"
        index = self.tell(leaves.RELEASE_FROZEN, ReleaseFrozen(service, version, digest, environment, url, by))
        return self.frozen.setdefault((digest, environment), index)

    def signoff(
        self,
        digest: str = DIGEST,
        decision: Decision = "pass",
        *,
        conditions: tuple[Condition, ...] = (),
        version: str = "2.4.1",
        environment: str = "production",
        by: str = SIGNER,
        service: str = SERVICE,
        credentials: tuple[str, ...] = (CREDENTIAL,),
    ) -> SignOff:
        """Return what would be signed now."""
        frozen = self.frozen.get((digest, environment), 0)
        return SignOff(
            Release(service, version, digest, environment),
            "사용성 시험 계획 2026-7",
            decision,
            REASONS,
            conditions,
            by,
            "김책임",
            Text("고용노동부 장관", "Minister of Employment and Labor"),
            "",
            self.now,
            SignOffBinding(frozen, credentials, VERSION, self.history.policy_at(frozen).digest, ""),
        )

    def sign(self, signoff: SignOff | None = None, key: SecurityKey | None = KEY) -> int:
        """Sign it."""
        return self.append(leaves.SIGNED, signed_body(signoff or self.signoff(), key))

    def revoke(self, signoff: int, service: str = SERVICE) -> int:
        """Revoke a sign-off."""
        return self.tell(leaves.SIGNOFF_REVOKED, SignOffRevoked(service, signoff, REASONS, AUDITOR))

    def meet(self, signoff: int, condition: str = "1") -> int:
        """Say that a condition was met."""
        return self.tell(leaves.CONDITION_MET, ConditionMet(SERVICE, signoff, condition, "고쳤습니다.", OWNER))

    def observe(self, digest: str = DIGEST, *, version: str = "2.4.1", environment: str = "production", service: str = SERVICE) -> int:
        """Say what a service runs."""
        return self.tell(leaves.RELEASE_OBSERVED, ReleaseObserved(service, environment, digest, version))

    def request(self, digest: str = DIGEST, hours: int = 24, by: str = OWNER) -> int:
        """Ask to open the gate in an emergency."""
        return self.tell(leaves.BREAK_GLASS_REQUESTED, BreakGlassRequested(SERVICE, digest, "production", REASONS, hours, by))

    def approve(self, request: int, hours: int = 24, by: str = AUDITOR) -> int:
        """Agree to that."""
        until = (self.now + timedelta(hours=hours)).replace(microsecond=0)
        return self.tell(leaves.BREAK_GLASS_APPROVED, BreakGlassApproved(SERVICE, request, until, by))

    def change_policy(self, *requires: str) -> int:
        """Put other rules in force."""
        policy = GatePolicy(("frozen-release", "executive-signoff", *requires))  # type: ignore[arg-type]  # also unknown ones
        return self.tell(leaves.POLICY_CHANGED, PolicyChanged(policy, policy.digest))
