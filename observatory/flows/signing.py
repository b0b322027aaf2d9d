"""Sign a release: what an executive decided is signed byte for byte as it was shown, and stands in the log."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from observatory.errors import Conflict, NotAllowed, phrase
from observatory.flows.preparing import Prepared
from observatory.flows.signing_keys import SigningKeys
from observatory.flows.signoffs import SIGNOFF_KIND, SignedEntry
from observatory.model.signoff import SHOWN_GOOD_FOR, NewEntry
from observatory.signoff.assertion import Assertion, check_assertion
from observatory.signoff.dsse import sign_envelope
from observatory.signoff.signed import read_signed, signed_bytes
from observatory.store.register import RegisterStore


@dataclass(frozen=True, slots=True)
class Proven:
    """How the signer has just proved who they are."""

    assurance: str
    """As `SignOff.assurance`."""
    assertion: Assertion | None = None
    """What their security key signed; None for a password and a code."""


def sign(register: RegisterStore, keys: SigningKeys, prepared: Prepared, proven: Proven, now: datetime) -> SignedEntry:
    """Record what was shown for ever, in the observatory's own signature, and with that of the signer's security key if one signed.

    Raises Conflict for what was shown too long ago, NotAllowed for an assertion over something else. Nothing is stored then.
    """
    if not timedelta(0) <= now - prepared.signoff.signed_at < SHOWN_GOOD_FOR:
        raise Conflict(
            phrase("cannot sign: what would be published was shown more than five minutes ago"), phrase("read it again, then sign")
        )
    if prepared.needs_passkey and proven.assertion is None:
        raise NotAllowed(
            phrase("cannot sign for this release with a password: its rules ask for a security key"),
            phrase("ask an administrator for an enrolment code, and add one"),
        )
    if proven.assertion is not None:
        check_assertion(proven.assertion, prepared.challenge)
    with register.change() as books:
        member = books.staff.member(prepared.staff_id)
        if member is None or member.disabled_at is not None:
            raise Conflict(phrase("cannot sign: this account has ended"), phrase("ask an administrator"))
        envelope = sign_envelope(prepared.payload, [keys.statement_key(now, books)])
        body = signed_bytes(envelope, proven.assurance, proven.assertion)
        return SignedEntry(read_signed(body), books.log.append(NewEntry(SIGNOFF_KIND, body, now)))
