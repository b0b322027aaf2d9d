"""Describe maintenance and incidents for programs, as the commands of those who run a service print them."""

from collections.abc import Sequence
from datetime import datetime

from observatory.model.declaration import Declaration
from observatory.model.dispute import Dispute
from observatory.model.incident import Incident
from observatory.model.incident_update import IncidentUpdate
from observatory.model.maintenance import Maintenance
from observatory.model.scheduled_message import ScheduledMessage
from observatory.model.shared_cause import SharedCause


def maintenance_document(each: Maintenance) -> dict[str, object]:
    """Return announced maintenance; a title that is not translated yet is None."""
    return {
        "id": each.id,
        "service_id": each.service_id,
        "menu_ids": each.menu_ids,
        "title_ko": each.title.ko or None,
        "title_en": each.title.en or None,
        "starts_at": _time(each.start),
        "ends_at": _time(each.end),
        "announced_at": _time(each.announced_at),
        "cancelled_at": _time(each.cancelled_at) if each.cancelled_at else None,
    }


def incident_document(each: Incident, updates: Sequence[IncidentUpdate]) -> dict[str, object]:
    """Return an incident with what was written about it."""
    return {
        "id": each.id,
        "service_id": each.service_id,
        "menu_id": each.menu_id,
        "severity": each.severity,
        "started_at": _time(each.started_at),
        "ended_at": _time(each.ended_at) if each.ended_at else None,
        "updates": [update_document(written) for written in updates],
    }


def update_document(written: IncidentUpdate) -> dict[str, object]:
    """Return an update; a text that is not translated yet is None."""
    texts = {"text_ko": written.text.ko or None, "text_en": written.text.en or None}
    return {"incident_id": written.incident_id, "number": written.number, "stage": written.stage, "at": _time(written.at), **texts}


def declaration_document(each: Declaration) -> dict[str, object]:
    """Return a declared failure; a title that is not translated yet is None."""
    return {
        "id": each.id,
        "service_id": each.service_id,
        "menu_ids": each.menu_ids,
        "severity": each.severity,
        "from": _time(each.start),
        "to": _time(each.end) if each.end else None,
        "title_ko": each.title.ko or None,
        "title_en": each.title.en or None,
        "declared_at": _time(each.at),
    }


def dispute_document(each: Dispute) -> dict[str, object]:
    """Return a dispute with its answer; a text that is not translated yet is None."""
    answer = each.answer
    return {
        "id": each.id,
        "incident_id": each.incident_id,
        "at": _time(each.at),
        "text_ko": each.text.ko or None,
        "text_en": each.text.en or None,
        "state": each.state,
        "answered_at": _time(answer.at) if answer else None,
        "reason_ko": answer.reason.ko if answer else None,
        "reason_en": answer.reason.en if answer else None,
    }


def cause_document(each: SharedCause) -> dict[str, object]:
    """Return a shared cause with the incidents that are tied to it now."""
    return {"id": each.id, "title_ko": each.title.ko, "title_en": each.title.en, "at": _time(each.at), "incident_ids": each.tied}


def scheduled_document(each: ScheduledMessage) -> dict[str, object]:
    """Return a message that waits for its time; a text that is not translated yet is None."""
    subject = {"service_id": each.service_id, "incident_id": each.incident_id, "maintenance_id": each.maintenance_id}
    texts = {"text_ko": each.text.ko or None, "text_en": each.text.en or None}
    return {"number": each.number, **subject, "stage": each.stage, **texts, "publish_at": _time(each.publish_at), "outcome": each.outcome}


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
