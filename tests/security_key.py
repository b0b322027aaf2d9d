"""A security key in software, for tests: P-256, signs what a site asks it to, and everything about an answer can be made wrong."""

import base64
import hashlib
import json
from dataclasses import dataclass, field

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from observatory.signoff.assertion import Assertion

USER_PRESENT, USER_VERIFIED = 0x01, 0x04
RP_ID, ORIGIN = "status.go.kr", "https://status.go.kr"


@dataclass
class SecurityKey:
    """One key pair and its counter."""

    rp_id: str = RP_ID
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    sign_count: int = 0

    @property
    def public_key(self) -> bytes:
        """The public key as COSE (RFC 9053 section 2.1, ES256)."""
        numbers = self.private.public_key().public_numbers()
        encoded: bytes = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        return encoded

    @property
    def thumbprint(self) -> str:
        """What names it in the log."""
        return hashlib.sha256(self.public_key).hexdigest()

    def answer(
        self, challenge: bytes, *, origin: str = ORIGIN, flags: int = USER_PRESENT | USER_VERIFIED, kind: str = "webauthn.get"
    ) -> Assertion:
        """Return what the key and a browser make of a challenge."""
        self.sign_count += 1
        data = hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.sign_count.to_bytes(4, "big")
        asked = base64.urlsafe_b64encode(challenge).rstrip(b"=").decode()
        client_data = json.dumps({"type": kind, "challenge": asked, "origin": origin, "crossOrigin": False}).encode()
        signature = self.private.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(SHA256()))
        return Assertion(self.public_key, self.rp_id, origin, data, client_data, signature)
