"""Collect what a member of staff may answer as an auditor: the disputes of the services they audit."""

from dataclasses import dataclass

from observatory.errors import NotAllowed
from observatory.flows.disputes import dispute_of
from observatory.model.catalogue import Service
from observatory.model.dispute import Dispute
from observatory.model.incident import Incident
from observatory.model.staff import StaffMember
from observatory.signoff.auditors import check_may_audit
from observatory.store.register import RegisterStore


@dataclass(frozen=True, slots=True)
class AuditedDispute:
    """A dispute, with what it is about."""

    service: Service
    incident: Incident
    dispute: Dispute


def audited_disputes(register: RegisterStore, member: StaffMember) -> list[AuditedDispute]:
    """Return what waits for this auditor, the oldest first."""
    audited = {service.id: service for service in register.catalogue().services if _audits(member, service)}
    with register.look() as books:
        waiting = [(each, books.incidents.incident(each.incident_id)) for each in books.disputes.listed() if each.answer is None]
    return [
        AuditedDispute(audited[incident.service_id], incident, dispute)
        for dispute, incident in waiting
        if incident is not None and incident.service_id in audited
    ]


def dispute_audited_by(register: RegisterStore, member: StaffMember, dispute_id: str) -> AuditedDispute:
    """Return a dispute of a service this member audits, answered or not. Raises NotFound or NotAllowed."""
    with register.look() as books:
        found = dispute_of(books, dispute_id)
        incident = books.incidents.incident(found.incident_id)
    service = register.catalogue().service(incident.service_id) if incident is not None else None
    assert incident is not None
    assert service is not None
    check_may_audit(member, service)
    return AuditedDispute(service, incident, found)


def _audits(member: StaffMember, service: Service) -> bool:
    try:
        check_may_audit(member, service)
    except NotAllowed:
        return False
    return True
