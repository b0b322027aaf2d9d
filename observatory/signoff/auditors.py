"""Tell whether a staff member may let final minutes of a service get better: the separation of duties."""

from observatory.errors import NotAllowed, phrase
from observatory.model.catalogue import Service
from observatory.model.staff import StaffMember
from observatory.signoff.signers import covers


def check_may_audit(member: StaffMember, service: Service) -> None:
    """Raise NotAllowed unless this member can sign in, is auditor of this service, and neither runs nor moderates it."""
    roles = {grant.role for grant in member.grants if covers(grant, service)}
    if member.disabled_at is not None or "auditor" not in roles:
        raise NotAllowed(
            phrase("cannot correct minutes of service %(id)r: only its auditor does"),
            phrase("an auditor of the service has to approve it"),
            id=service.id,
        )
    if roles & {"owner", "moderator", "sre"}:
        raise NotAllowed(
            phrase("cannot correct minutes of service %(id)r: those who run or moderate a service do not audit it"),
            phrase("an auditor of the service has to approve it"),
            id=service.id,
        )
