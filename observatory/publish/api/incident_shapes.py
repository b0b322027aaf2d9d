"""Describe incidents and what was written about them as they are published in the API."""

from pydantic import Field

from observatory.model.declaration import Declaration, DeclaredSeverity
from observatory.model.dispute import Dispute, DisputeState
from observatory.model.incident import DetectedBy, EndReason, Incident, Severity, WithdrawnReason
from observatory.model.incident_update import IncidentUpdate, Stage
from observatory.readmodel.stories import IncidentStory
from observatory.web.shapes import Moment, Shape


class UpdateShape(Shape):
    """What the agency wrote about an incident; a text that is not translated yet is null."""

    at: Moment
    text_ko: str | None
    text_en: str | None
    stage: Stage

    @classmethod
    def of(cls, update: IncidentUpdate) -> "UpdateShape":
        """Return a published update."""
        return cls(at=update.at, text_ko=update.text.ko or None, text_en=update.text.en or None, stage=update.stage)


class DeclaredShape(Shape):
    """What those who run a service declared to fail, half-open [from, to); a title that is not translated yet is null."""

    id: str
    menu_ids: tuple[str, ...] = Field(description="Menus that fail; none: the service with all its menus.")
    severity: DeclaredSeverity
    start: Moment = Field(alias="from")
    end: Moment | None = Field(alias="to", description="Null while it goes on.")
    title_ko: str | None
    title_en: str | None
    declared_at: Moment

    @classmethod
    def of(cls, declared: Declaration) -> "DeclaredShape":
        """Return a published declaration."""
        return cls.model_validate(
            {
                "id": declared.id,
                "menu_ids": declared.menu_ids,
                "severity": declared.severity,
                "from": declared.start,
                "to": declared.end,
                "title_ko": declared.title.ko or None,
                "title_en": declared.title.en or None,
                "declared_at": declared.at,
            }
        )


class DisputeShape(Shape):
    """What those who run a service dispute, and what an auditor answered; no digit changes by a dispute, only by a correction."""

    at: Moment
    text_ko: str | None = Field(description="Null while it is not translated.")
    text_en: str | None
    state: DisputeState = Field(description="accepted: its minutes were corrected; declined: for a reason.")
    answered_at: Moment | None
    reason_ko: str | None
    reason_en: str | None

    @classmethod
    def of(cls, disputed: Dispute) -> "DisputeShape":
        """Return a published dispute."""
        answer, text = disputed.answer, disputed.text
        return cls(
            at=disputed.at,
            text_ko=text.ko or None,
            text_en=text.en or None,
            state=disputed.state,
            answered_at=answer.at if answer else None,
            reason_ko=answer.reason.ko if answer else None,
            reason_en=answer.reason.en if answer else None,
        )


class IncidentShape(Shape):
    """A failure, half-open [started_at, ended_at)."""

    id: str
    service_id: str
    menu_ids: tuple[str, ...] = Field(description="Menus that failed meanwhile.")
    severity: Severity
    started_at: Moment
    ended_at: Moment | None
    detected_at: Moment | None = Field(description="Null of a failure that was long over when it was first seen.")
    end_reason: EndReason | None
    detected_by: DetectedBy
    measured_minutes: int
    down_minutes: int
    updates: tuple[UpdateShape, ...] = Field(description="Newest first, with those of incidents that were merged into it.")
    superseded_by: str | None
    menu_id: str | None = Field(description="The menu it is a failure of; null: of the service as a whole.")
    partial_minutes: int
    declared: tuple[DeclaredShape, ...] = Field(description="What was declared of it by those who run the service, by begin.")
    disputes: tuple[DisputeShape, ...] = Field(description="What they dispute of it, newest first.")
    cause_id: str | None = Field(description="What it comes from, with incidents of other services: /api/v1/causes/<cause_id>.")
    withdrawn: WithdrawnReason | None = Field(
        description="It turned out to be no failure and its minutes are in no figure. correction: an auditor corrected its minutes; "
        "judged_anew: by another version of the method, or before they were final. Null: it is one."
    )

    @classmethod
    def of(cls, incident: Incident, story: IncidentStory) -> "IncidentShape":
        """Return a published incident with what people said of it."""
        return cls(
            id=incident.id,
            service_id=incident.service_id,
            menu_ids=incident.menu_ids,
            severity=incident.severity,
            started_at=incident.started_at,
            ended_at=incident.ended_at,
            detected_at=incident.detected_at,
            end_reason=incident.end_reason,
            detected_by=incident.detected_by,
            measured_minutes=incident.measured_minutes,
            down_minutes=incident.down_minutes,
            updates=tuple(map(UpdateShape.of, story.updates)),
            superseded_by=incident.superseded_by,
            menu_id=incident.menu_id,
            partial_minutes=incident.partial_minutes,
            declared=tuple(map(DeclaredShape.of, story.declarations)),
            disputes=tuple(map(DisputeShape.of, story.disputes)),
            cause_id=story.cause.id if story.cause else None,
            withdrawn=incident.withdrawn,
        )


class IncidentsShape(Shape):
    """A page of incidents, newest start first."""

    incidents: tuple[IncidentShape, ...]
    next: str | None = Field(description="The cursor of the next page; null on the last.")
