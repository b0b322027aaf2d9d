"""Write and read the leaf of a sign-off: the statement in its envelope, and beside it how its signer proved who they are."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from observatory.errors import BadInput, NotAllowed, phrase
from observatory.model.signoff import SignOff
from observatory.signoff.assertion import Assertion, assertion_json, challenge_of, check_assertion, read_assertion
from observatory.signoff.bare_statement import read_bare_statement
from observatory.signoff.canonical_json import canonical, parse
from observatory.signoff.dsse import IN_TOTO, Envelope, envelope_json, read_envelope
from observatory.signoff.statement import SIGNOFFS_REMEMBERED_MAX, WRITTEN_HERE, read_statement

BODY_BYTES_MAX = 60_000
"""So that it is a leaf of the public log, whose entries have at most 65,535 bytes."""
PASSKEYS = ("passkey-device-bound", "passkey-synced")
PASSWORDS = ("password+totp", "password+recovery-code", "demonstration")
"""The last one only where all data are made up."""
ASSURANCES = (*PASSKEYS, *PASSWORDS)


@dataclass(frozen=True, slots=True)
class Signed:
    """A sign-off as it stands in the log."""

    signoff: SignOff
    payload: bytes
    """The statement's canonical bytes."""
    envelope: Envelope | None
    """None for those of before releases were frozen."""
    assertion: Assertion | None
    """What the signer's security key signed; None where they signed with a password and a code."""


def signed_bytes(envelope: Envelope, assurance: str, assertion: Assertion | None) -> bytes:
    """Return the body of a leaf. Raises BadInput for a statement too long for the log."""
    body = canonical(
        {
            "assertion": None if assertion is None else assertion_json(assertion),
            "assurance": assurance,
            "envelope": envelope_json(envelope),
        }
    )
    if len(body) > BODY_BYTES_MAX:
        raise BadInput(phrase("cannot sign: the statement is too long for the public log"), phrase("shorten the reasons or the conditions"))
    return body


@lru_cache(maxsize=SIGNOFFS_REMEMBERED_MAX)
def read_signed(body: bytes) -> Signed:
    """Return the sign-off a leaf holds, of whichever release of the observatory. Raises BadInput for what none of them wrote.

    What an assertion says is verified with it: a leaf whose key did not sign this very statement is no sign-off.
    """
    document = parse(body)
    if not isinstance(document, Mapping) or "envelope" not in document:
        return Signed(read_bare_statement(body), body, None, None)
    envelope, assurance = read_envelope(document["envelope"]), document.get("assurance")
    assertion = None if document.get("assertion") is None else read_assertion(document["assertion"])
    known = assurance in (PASSWORDS if assertion is None else PASSKEYS)
    if (
        not isinstance(assurance, str)
        or not known
        or envelope.payload_type != IN_TOTO
        or signed_bytes(envelope, assurance, assertion) != body
    ):
        raise BadInput(phrase("cannot read a signed sign-off: it says more, or says it differently"), WRITTEN_HERE)
    signoff = read_statement(envelope.payload)
    if assertion is not None:
        _check(signoff, envelope, assertion)
    return Signed(replace(signoff, assurance=str(assurance)), envelope.payload, envelope, assertion)


def _check(signoff: SignOff, envelope: Envelope, assertion: Assertion) -> None:
    """Raise BadInput unless one of the keys that the statement names signed it."""
    try:
        check_assertion(assertion, challenge_of(envelope.pae))
    except NotAllowed as error:
        raise BadInput(error.message_key, error.hint_key, **error.values) from None
    if signoff.binding is None or assertion.thumbprint not in signoff.binding.credentials:
        raise BadInput(phrase("cannot read a signed sign-off: its statement names another security key"), WRITTEN_HERE)
