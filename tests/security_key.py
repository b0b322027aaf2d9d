"""What a security key makes of a statement, as the log keeps it; everything about an answer can be made wrong."""

import hashlib
import json
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec

from observatory.signoff.assertion import Assertion
from tests.authenticator import USER_PRESENT, USER_VERIFIED, Authenticator, decoded, encoded

RP_ID, ORIGIN = "status.go.kr", "https://status.go.kr"


@dataclass
class SecurityKey:
    """One key pair."""

    rp_id: str = RP_ID
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def public_key(self) -> bytes:
        """The public half as COSE."""
        return Authenticator(key=self.private).public_key

    @property
    def thumbprint(self) -> str:
        """What names it in the log."""
        return hashlib.sha256(self.public_key).hexdigest()

    def answer(
        self, challenge: bytes, *, origin: str = ORIGIN, flags: int = USER_PRESENT | USER_VERIFIED, kind: str = "webauthn.get"
    ) -> Assertion:
        """Return what the key and a browser make of a challenge."""
        authenticator = Authenticator(origin, self.rp_id, flags, key=self.private)
        response = json.loads(authenticator.get({"challenge": encoded(challenge)}))["response"]
        said = decoded(response["clientDataJSON"]).replace(b"webauthn.get", kind.encode())
        data, signature = decoded(response["authenticatorData"]), decoded(response["signature"])
        return Assertion(self.public_key, self.rp_id, origin, data, said, signature)
