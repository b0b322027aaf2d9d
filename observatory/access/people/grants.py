"""Tell whether any role of a staff member covers a service."""

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
