"""Write what people say of failures beside measuring as the log keeps it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from observatory.model.declaration import Declaration
from observatory.model.dispute import Dispute
from observatory.model.shared_cause import SharedCause
from observatory.signoff.canonical_json import Json, canonical


def declared_body(declared: Declaration, by: str) -> bytes:
    """Return the body of a declaration, or of what was added to one: it stands there whole. `by` is the mark of an account."""
    told: dict[str, Json] = {"by": by, "from": _minute(declared.start), "id": declared.id, "menus": list[Json](declared.menu_ids)}
    end = _minute(declared.end) if declared.end else None
    service: dict[str, Json] = {"service": declared.service_id, "severity": declared.severity, "to": end}
    return canonical({**told, **service, "title_en": declared.title.en, "title_ko": declared.title.ko})


def dispute_body(service_id: str, said: Dispute, by: str) -> bytes:
    """Return the body of a dispute, written or translated."""
    told: dict[str, Json] = {"by": by, "incident": said.incident_id, "number": said.number, "service": service_id}
    return canonical({**told, "text_en": said.text.en, "text_ko": said.text.ko})


def dispute_answer_body(service_id: str, said: Dispute) -> bytes:
    """Return the body of an auditor's answer."""
    assert said.answer is not None
    told: dict[str, Json] = {"auditor": said.answer.by, "incident": said.incident_id, "number": said.number, "service": service_id}
    reason: dict[str, Json] = {"reason_en": said.answer.reason.en, "reason_ko": said.answer.reason.ko}
    return canonical({**told, **reason, "state": said.state})


def tied_body(cause: SharedCause, incident_ids: Sequence[str], by: str) -> bytes:
    """Return the body of what ties incidents to a cause, or unties them."""
    told: dict[str, Json] = {"by": by, "cause": cause.id, "incidents": list[Json](incident_ids)}
    return canonical({**told, "title_en": cause.title.en, "title_ko": cause.title.ko})


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
