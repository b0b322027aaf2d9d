"""Write what is said of maintenance and of incidents as the log keeps it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from observatory.model.incident_update import IncidentUpdate
from observatory.model.maintenance import Announcement, Maintenance
from observatory.model.scheduled_message import ScheduledMessage
from observatory.signoff.canonical_json import Json, canonical


def announced_body(service_id: str, ids: Sequence[str], parts: Sequence[Announcement], by: str) -> bytes:
    """Return the body of an announcement: parts of one series differ by id and time alone. `by` is the mark of an account."""
    windows: list[Json] = [
        {"from": _minute(part.start), "id": maintenance_id, "to": _minute(part.end)}
        for maintenance_id, part in zip(ids, parts, strict=True)
    ]
    title, menus = parts[0].title, list[Json](parts[0].menu_ids)
    return canonical({"by": by, "menus": menus, "service": service_id, "title_en": title.en, "title_ko": title.ko, "windows": windows})


def cancelled_body(maintenance: Maintenance, by: str) -> bytes:
    """Return the body of a cancellation."""
    return canonical({"by": by, "id": maintenance.id, "service": maintenance.service_id})


def reminder_body(said: ScheduledMessage) -> bytes:
    """Return the body of a reminder of maintenance."""
    told: dict[str, Json] = {"by": said.by, "id": said.maintenance_id, "service": said.service_id}
    return canonical({**told, "text_en": said.text.en, "text_ko": said.text.ko})


def update_body(service_id: str, update: IncidentUpdate, by: str) -> bytes:
    """Return the body of an update of an incident, written or translated."""
    told: dict[str, Json] = {"by": by, "incident": update.incident_id, "number": update.number, "service": service_id}
    return canonical({**told, "stage": update.stage, "text_en": update.text.en, "text_ko": update.text.ko})


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
