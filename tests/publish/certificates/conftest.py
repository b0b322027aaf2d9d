"""A running observatory whose minister has signed a release, and everything to look at it with."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from observatory.access.people.account_marks import account_mark
from observatory.access.people.enrolment import enrol
from observatory.flows.catalogue import apply_catalogue
from observatory.flows.preparing import Signer, prepare
from observatory.flows.release_history import KnownHistory
from observatory.flows.releases import freeze_release
from observatory.flows.signing import Proven, sign
from observatory.flows.signing_keys import SigningKeys
from observatory.model.release import HOST, ReleaseFrozen
from observatory.model.signoff import Condition, Decision, NewEntry, SigningDraft
from observatory.parts import Parts
from observatory.server.app import create_app
from observatory.settings import Settings
from observatory.signoff.canonical_json import canonical
from observatory.signoff.certificate import number_of
from tests.builders import a_catalogue, a_service, a_staff_member
from tests.frozen import DIGEST
from tests.people import REASONS, SteppingClock, staff_secrets
from tests.registers import in_change
from tests.security_key import SecurityKey


@dataclass
class Desk:
    """What happens at the desk, without its pages."""

    app: APIFlask
    parts: Parts
    clock: SteppingClock
    key: SecurityKey

    @property
    def client(self) -> FlaskClient:
        """An anonymous visitor."""
        return self.app.test_client()

    def freeze(self, digest: str = DIGEST, version: str = "2.4.1") -> int:
        """Freeze a release."""
        release = ReleaseFrozen("job-portal", version, digest, "production", "https://test.example.go.kr/", HOST)
        return freeze_release(self.parts.register, release, self.clock()).index

    def sign(self, release: int, decision: Decision = "pass", *conditions: Condition, by_key: bool = True) -> str:
        """Sign a release; return the number of the certificate."""
        member = a_staff_member()
        thumbprints = (self.key.thumbprint,) if by_key else ()
        draft = SigningDraft("job-portal", release, "시험 계획 2026-7", decision, REASONS, conditions)
        now = self.clock().replace(microsecond=0)
        prepared = prepare(
            self.parts.register,
            self.parts.get(KnownHistory).look(),
            Signer(member, account_mark(self.parts.keys, member.id), thumbprints),
            draft,
            now,
        )
        proven = Proven("passkey-device-bound", self.key.answer(prepared.challenge)) if by_key else Proven("password+totp")
        entry = sign(self.parts.register, self.parts.get(SigningKeys), prepared, proven, now).entry
        return number_of(entry.index, entry.leaf_hash)


@pytest.fixture
def clock(now: datetime) -> SteppingClock:
    """What time it is."""
    return SteppingClock(now)


@pytest.fixture
def desk(settings: Settings, clock: SteppingClock) -> Iterator[Desk]:
    """The minister is enrolled by the host, with a security key."""
    app = create_app(settings.model_copy(update={"public_url": "https://status.go.kr"}), now=clock)
    app.config["TESTING"] = True
    parts: Parts = app.extensions["observatory"]
    apply_catalogue(parts.register, a_catalogue(a_service(), a_service("tax", agency_id="labor")), clock())
    member, key = a_staff_member(), SecurityKey()
    enrol(parts.register, parts.keys, member, staff_secrets(), clock())
    mark = account_mark(parts.keys, member.id)
    body = canonical({"account": mark, "by": HOST, "credential": key.thumbprint, "way": "passkey-device-bound"})
    in_change(parts.register).log.append(NewEntry("credential-enrolled", body, clock()))
    yield Desk(app, parts, clock, key)
    parts.telemetry.close()
    parts.register.close()
