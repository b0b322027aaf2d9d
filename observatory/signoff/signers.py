"""Tell whether a staff member may sign for a service: the separation of duties."""

from collections.abc import Collection
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
    return "removed-service" if service.removed else refusal_by_roles(member.grants, service.id, service.agency_id)


def refusal_by_roles(grants: Collection[Grant], service_id: str, agency_id: str) -> Refusal | None:
    """Return why roles alone keep somebody from signing for a service of an agency, None if they do not."""
    roles = {grant.role for grant in grants if _reaches(grant, service_id, agency_id)}
    if any(grant.role == "admin" for grant in grants):
        return "administrator"
    if roles & {"owner", "moderator"}:
        return "works-on-service"
    if not any(grant.role == "executive" and _names(grant, service_id, agency_id) for grant in grants):
        return "not-executive"
    return None


def check_may_sign(member: StaffMember, service: Service) -> None:
    """Raise NotAllowed unless this member may sign for this service."""
    refusal = refusal_to_sign(member, service)
    if refusal:
        message, hint = REFUSALS[refusal]
        raise NotAllowed(message, hint, id=service.id)


def covers(grant: Grant, service: Service) -> bool:
    """Tell whether a grant is for this service, its agency, or everything."""
    return _reaches(grant, service.id, service.agency_id)


def _reaches(grant: Grant, service_id: str, agency_id: str) -> bool:
    return _names(grant, service_id, agency_id) or (grant.service_id is None and grant.agency_id is None)


def _names(grant: Grant, service_id: str, agency_id: str) -> bool:
    """Tell whether a grant is for this service or its agency; being responsible for everything is being responsible for nothing."""
    return grant.service_id == service_id or (grant.service_id is None and grant.agency_id == agency_id)
