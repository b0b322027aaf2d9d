"""Tell whether a staff member may sign for a service: the separation of duties."""

from typing import Literal

from observatory.errors import NotAllowed, phrase
from observatory.model.catalogue import Service
from observatory.model.staff import Grant, StaffMember

Refusal = Literal["removed-service", "administrator", "works-on-service", "not-executive"]

REFUSALS: dict[Refusal, tuple[str, str]] = {
    "removed-service": (
        phrase("cannot sign for service %(id)r: the service is no longer observed"),
        phrase("choose a service of the catalogue"),
    ),
    "administrator": (
        phrase("cannot sign for service %(id)r: administrators run the observatory and sign nothing"),
        phrase("sign with an account that has no admin role"),
    ),
    "works-on-service": (
        phrase("cannot sign for service %(id)r: owners and moderators of a service do not judge it"),
        phrase("the responsible executive has to sign"),
    ),
    "not-executive": (
        phrase("cannot sign for service %(id)r: only its responsible executive signs for a service"),
        phrase("ask an administrator for the role executive for this service"),
    ),
}


def refusal_to_sign(member: StaffMember, service: Service) -> Refusal | None:
    """Return why this member may not sign for this service, None if they may.

    The signer holds the role executive for the service or its agency, is no admin anywhere, and neither owns nor
    moderates the service: nobody judges their own work.
    """
    if service.removed:
        return "removed-service"
    if any(grant.role == "admin" for grant in member.grants):
        return "administrator"
    if any(grant.role in ("owner", "moderator") and covers(grant, service) for grant in member.grants):
        return "works-on-service"
    if not any(grant.role == "executive" and _names(grant, service) for grant in member.grants):
        return "not-executive"
    return None


def check_may_sign(member: StaffMember, service: Service) -> None:
    """Raise NotAllowed unless this member may sign for this service."""
    refusal = refusal_to_sign(member, service)
    if refusal:
        message, hint = REFUSALS[refusal]
        raise NotAllowed(message, hint, id=service.id)


def _names(grant: Grant, service: Service) -> bool:
    """Tell whether a grant is for this service or its agency; being responsible for everything is being responsible for nothing."""
    return grant.service_id == service.id or (grant.service_id is None and grant.agency_id == service.agency_id)


def covers(grant: Grant, service: Service) -> bool:
    """Tell whether a grant is for this service, its agency, or everything."""
    return _names(grant, service) or (grant.service_id is None and grant.agency_id is None)
