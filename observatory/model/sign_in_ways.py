"""Describe how people sign in without a passkey, and the codes that let them add a way to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

WayKind = Literal["totp", "oidc"]

ENROLMENT_CODE_GOOD_FOR = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class SignInWay:
    """Password and authenticator of a member, or their account at the provider of single sign-on."""

    id: str
    """Random hex: what names it in the log."""
    staff_id: str
    kind: WayKind
    enrolled_at: datetime
    enrolled_by: str
    """Mark of who gave the enrolment code, or "host"."""
    issuer: str = ""
    """Of single sign-on: the provider, exactly as it writes itself."""
    subject: str = ""
    """And the person as it writes them: never an address."""
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EnrolmentCode:
    """Leave to add one way to sign in to an account. The code itself is shown once and not kept."""

    code_hash: str
    staff_id: str
    given_by: str
    """Mark of who gave it, or "host"; never of the account itself."""
    given_at: datetime
