"""Write a decision as the statement that is shown, and signed byte for byte as shown."""

from dataclasses import dataclass
from datetime import datetime

from observatory.errors import NotAllowed, NotFound, phrase
from observatory.flows.releases import FrozenRelease, frozen_releases
from observatory.flows.signoffs import local_day
from observatory.model.catalogue import Service
from observatory.model.signoff import SIGNOFF_VALIDITY, Release, SigningDraft, SignOff, SignOffBinding
from observatory.model.staff import StaffMember
from observatory.signoff.assertion import challenge_of
from observatory.signoff.drafts import check_draft
from observatory.signoff.dsse import IN_TOTO, pae
from observatory.signoff.gate_history import History
from observatory.signoff.signers import check_may_sign
from observatory.signoff.statement import statement_bytes
from observatory.store.register import RegisterStore


@dataclass(frozen=True, slots=True)
class Signer:
    """Who is about to sign, as the log will tell it."""

    member: StaffMember
    account: str
    """Mark of the account."""
    credentials: tuple[str, ...]
    """Thumbprints of the member's security keys."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement as it will be published, if it is signed."""

    staff_id: str
    """Whose signature it waits for."""
    signoff: SignOff
    payload: bytes
    """Its canonical bytes."""
    needs_passkey: bool = False
    """Whether the rules of its release ask for a security key."""

    @property
    def challenge(self) -> bytes:
        """What stands for these bytes: 32 bytes, which a security key signs."""
        return challenge_of(pae(IN_TOTO, self.payload))


def prepare(register: RegisterStore, history: History, signer: Signer, draft: SigningDraft, shown_at: datetime) -> Prepared:
    """Return the statement as it would be published if it were signed; `shown_at` is its moment, to the second.

    `history` is what the log tells of releases. Raises what `service_to_sign` raises, NotFound for a release that is not frozen,
    NotAllowed for one they deliver, and what `check_draft` raises.
    """
    service_to_sign(register, signer.member, draft.service_id)
    frozen = _frozen(history, signer, draft)
    policy = history.policy_at(frozen.index)
    check_draft(signer.member, draft, local_day(register, shown_at), (shown_at + SIGNOFF_VALIDITY).date())
    signoff = SignOff(
        release=Release(draft.service_id, frozen.version, frozen.digest, frozen.environment),
        plan_reference=draft.plan_reference,
        decision=draft.decision,
        reasons=draft.reasons,
        conditions=draft.conditions,
        signer_id=signer.account,
        signer_name=signer.member.name,
        office=signer.member.office,
        assurance="",
        signed_at=shown_at.replace(microsecond=0),
        binding=SignOffBinding(
            release_index=frozen.index,
            credentials=signer.credentials,
            policy_name=policy.version,
            policy_digest=policy.digest,
            resource_uri=frozen.url,
        ),
    )
    return Prepared(signer.member.id, signoff, statement_bytes(signoff), "passkey" in policy.requires)


def _frozen(history: History, signer: Signer, draft: SigningDraft) -> FrozenRelease:
    found = next((each for each in frozen_releases(history, draft.service_id) if each.index == draft.release_index), None)
    if found is None:
        raise NotFound(
            phrase("cannot sign for this release: it is not frozen"), phrase("choose one of the list; the service's owner freezes releases")
        )
    if any(each.digest == found.digest and each.by == signer.account for each in frozen_releases(history, draft.service_id)):
        raise NotAllowed(
            phrase("cannot sign for this release: whoever delivers a release does not judge it"),
            phrase("the responsible executive has to sign"),
        )
    return found


def service_to_sign(register: RegisterStore, member: StaffMember, service_id: str) -> Service:
    """Return a service for which this member may sign. Raises NotFound if there is none of that id, NotAllowed if they may not."""
    service = register.catalogue().service(service_id)
    if service is None:
        raise NotFound(phrase("cannot find service %(id)r"), phrase("choose a service of the catalogue"), id=service_id)
    check_may_sign(member, service)
    return service
