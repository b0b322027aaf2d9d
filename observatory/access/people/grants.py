"""Tell what the roles of a staff member let them do with a service."""

from observatory.errors import NotAllowed, phrase
from observatory.model.catalogue import Service
from observatory.model.staff import StaffMember
from observatory.signoff.signers import covers


def check_covered(member: StaffMember, service: Service) -> None:
    """Raise NotAllowed unless some role of this member is for this service, its agency, or everything."""
    if not any(covers(grant, service) for grant in member.grants):
        raise NotAllowed(
            phrase("cannot look into service %(id)r: none of your roles covers it"),
            phrase("ask an administrator for a role for it"),
            id=service.id,
        )


def runs(member: StaffMember, service: Service) -> bool:
    """Return whether this member runs a service: owns it or keeps it working."""
    return any(grant.role in ("owner", "sre") and covers(grant, service) for grant in member.grants)


def check_runs(member: StaffMember, service: Service) -> None:
    """Raise NotAllowed unless this member runs a service."""
    if not runs(member, service):
        raise NotAllowed(
            phrase("cannot speak for service %(id)r: only those who run it do"),
            phrase("ask an administrator for the role owner or sre for it"),
            id=service.id,
        )
