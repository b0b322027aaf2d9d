"""Compute one-time passwords (RFC 6238), and recovery codes for when the device is lost."""

import base64
import hashlib
import hmac
import re
import secrets
from datetime import datetime

import pyotp

STEP_SECONDS = 30
STEPS_EITHER_SIDE = 1
"""How far a device's clock may be off, in steps (RFC 6238 section 5.2)."""
RECOVERY_CODE_COUNT = 10
RECOVERY_CODE_BYTES = 10
"""80 bits: too many to guess, so a plain hash keeps them."""

_TOTP_PATTERN = re.compile(r"[0-9]{6}")


def new_totp_secret() -> str:
    """Return a new secret, 160 bits in base32."""
    return pyotp.random_base32()


def provisioning_uri(secret: str, staff_id: str, issuer: str) -> str:
    """Return the otpauth:// address that an authenticator reads, as text or QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=staff_id, issuer_name=issuer)


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """Return the time step whose one-time password this is, None if it is none of now."""
    if not _TOTP_PATTERN.fullmatch(code):
        return None
    totp, current_step = pyotp.TOTP(secret), int(now.timestamp()) // STEP_SECONDS
    steps = range(current_step - STEPS_EITHER_SIDE, current_step + STEPS_EITHER_SIDE + 1)
    return next((step for step in steps if hmac.compare_digest(totp.generate_otp(step), code)), None)


def new_recovery_codes() -> list[str]:
    """Return new codes such as abcd-efgh-ijkl-mnop."""
    return [new_code() for _ in range(RECOVERY_CODE_COUNT)]


def new_code() -> str:
    """Return a new code such as abcd-efgh-ijkl-mnop."""
    text = base64.b32encode(secrets.token_bytes(RECOVERY_CODE_BYTES)).decode().lower()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def recovery_code_hash(code: str) -> str:
    """Return what is kept of a recovery code; hyphens, spaces and case do not matter."""
    return hashlib.sha256(compact(code).lower().encode()).hexdigest()


def compact(code: str) -> str:
    """Return a typed code without the spaces and hyphens people group it by."""
    return code.replace(" ", "").replace("-", "")
