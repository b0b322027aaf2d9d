"""Ask for the signature of what is shown, and take it: by a security key over these very bytes, else by password and code."""

import hmac
from datetime import UTC, datetime

import structlog
from flask import Response
from flask_babel import gettext

from observatory.access.people.account_marks import account_mark
from observatory.access.people.challenges import is_ours, new_challenge, take_challenge
from observatory.access.people.passkeys import prove_by_passkey, relying_party, request_options
from observatory.access.people.proving import Proof
from observatory.access.people.sign_in import prove_here
from observatory.access.people.staff_sessions import rotate_session
from observatory.access.rules import staff
from observatory.desk.frame import page_with_form
from observatory.desk.signing.forms import KeyProofForm, PasswordProofForm, ShownForm, SignOffForm
from observatory.errors import CannotDecide, phrase
from observatory.flows.preparing import Prepared, Signer, prepare, service_to_sign
from observatory.flows.public_log import SignedLog
from observatory.flows.release_history import KnownHistory
from observatory.flows.signing import Proven, sign
from observatory.flows.signing_keys import SigningKeys
from observatory.flows.signoffs import SignedEntry
from observatory.model.staff import StaffMember
from observatory.signoff.assertion import Assertion
from observatory.signoff.gate_reasons import REASONS
from observatory.web.context import part, parts

PURPOSE = "sign"
SECOND_DIGITS_MAX = 10
"""Of a second since 1970: enough for two hundred years."""

log = structlog.get_logger(__name__)


def ask_for_signature(service_id: str, form: SignOffForm, proof_form: ShownForm | None = None) -> Response:
    """Return the page of the statement as it is to be signed from this moment on, with what was wrong about the signature before."""
    proof_form = proof_form or PasswordProofForm(formdata=None)
    member, now = staff().member, parts().now().replace(microsecond=0)
    _refuse_broken_log(now)
    signer = signer_of(member)
    prepared = prepare(parts().register, part(KnownHistory).look(), signer, form.draft(service_id), now)
    challenge = new_challenge(PURPOSE, prepared.challenge)
    return page_with_form(
        "desk/read.html",
        proof_form,
        signoff=prepared.signoff,
        content=prepared.payload.decode(),
        fields=form.content,
        shown={"shown_at": int(now.timestamp()), "challenge": prepared.challenge.hex(), "challenge_proof": challenge.proof},
        password_form=proof_form if isinstance(proof_form, PasswordProofForm) else PasswordProofForm(formdata=None),
        needs_passkey=prepared.needs_passkey,
        passkey_options=request_options(member, challenge) if signer.credentials else None,
        service=service_to_sign(parts().register, member, service_id),
    )


def sign_as_shown(service_id: str, form: SignOffForm, proof_form: ShownForm) -> SignedEntry | None:
    """Return what was signed, None after saying in the form why it was not."""
    now, prepared = parts().now(), _as_shown(service_id, form, proof_form)
    _refuse_broken_log(now)
    if prepared is None:
        proof_form.form_errors.append(
            gettext("You were shown this more than five minutes ago, or it has changed since. Read it once more, then sign.")
        )
        return None
    proof = (
        _proof_by_key(proof_form, prepared, now) if isinstance(proof_form, KeyProofForm) else _proof_by_password(proof_form, prepared, now)
    )
    if proof is None:
        proof_form.form_errors.append(_refusal(proof_form))
        return None
    rotate_session(staff().session, now)
    signed_now = sign(parts().register, part(SigningKeys), prepared, _proven(proof), now)
    log.info("signed", service=service_id, decision=prepared.signoff.decision, index=signed_now.entry.index)
    return signed_now


def _refuse_broken_log(now: datetime) -> None:
    """Raise CannotDecide while the log is not what was signed before: what is added to it then nobody can verify, and it may be lost."""
    if part(SignedLog).look(now).broken is not None:
        raise CannotDecide(REASONS["LOG_INCONSISTENT"], phrase("run: observatory check-log"))


def signer_of(member: StaffMember) -> Signer:
    """Return a member as the one who is about to sign."""
    with parts().register.look() as books:
        passkeys = [passkey for passkey in books.passkeys.passkeys_of(member.id) if passkey.revoked_at is None]
    return Signer(member, account_mark(parts().keys, member.id), tuple(passkey.thumbprint for passkey in passkeys))


def _as_shown(service_id: str, form: SignOffForm, proof_form: ShownForm) -> Prepared | None:
    """Return the statement that was shown, None unless we showed these very bytes to this browser, not long ago."""
    typed = str(proof_form.shown_at.data or "")
    if not (typed.isascii() and typed.isdecimal() and len(typed) <= SECOND_DIGITS_MAX):
        return None
    shown_at = datetime.fromtimestamp(int(typed), UTC)
    prepared = prepare(parts().register, part(KnownHistory).look(), signer_of(staff().member), form.draft(service_id), shown_at)
    same = hmac.compare_digest(prepared.challenge.hex(), str(proof_form.challenge.data or "").encode("ascii", "replace").decode())
    ours = is_ours(prepared.challenge, str(proof_form.challenge_proof.data or ""), PURPOSE, parts().now())
    return prepared if same and ours else None


def _proof_by_key(proof_form: ShownForm, prepared: Prepared, now: datetime) -> Proof | None:
    assert isinstance(proof_form, KeyProofForm)
    return prove_by_passkey(str(proof_form.assertion.data), PURPOSE, now, staff_id=staff().member.id, challenge=prepared.challenge)


def _proof_by_password(proof_form: ShownForm, prepared: Prepared, now: datetime) -> Proof | None:
    assert isinstance(proof_form, PasswordProofForm)
    proof = prove_here(staff().member.id, proof_form.password.data, proof_form.code.data)
    if proof is None:
        return None
    with parts().register.change() as books:
        fresh = take_challenge(books.challenges, prepared.challenge, str(proof_form.challenge_proof.data), PURPOSE, now)
    return proof if fresh else None


def _proven(proof: Proof) -> Proven:
    said = proof.assertion
    if said is None:
        return Proven(proof.assurance)
    party = relying_party()
    return Proven(
        proof.assurance,
        Assertion(said.public_key, party.id, party.origin, said.authenticator_data, said.client_data_json, said.signature),
    )


def _refusal(proof_form: ShownForm) -> str:
    if isinstance(proof_form, KeyProofForm):
        return str(
            gettext("The security key did not sign this, or is not one of yours. Nothing was signed. Try again, or use another one.")
        )
    return str(gettext("Password or code is wrong or was used before, or there were too many attempts. Nothing was signed."))
