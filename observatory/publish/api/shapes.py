"""Describe services and incidents as they are published in the API. A number that is not known is null."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from observatory.decode.machines import MACHINES_LIST
from observatory.judge.method import IN_FORCE
from observatory.model.figure import State
from observatory.model.incident import DetectedBy, EndReason, Incident, Severity
from observatory.model.signoff import SignOffState
from observatory.readmodel.summary import ServiceSummary

Moment = Annotated[datetime, PlainSerializer(lambda moment: moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), return_type=str)]
"""Whole seconds, UTC: 2026-11-20T09:04:00Z."""


class Shape(BaseModel):
    """A published object: every key is always there."""

    model_config = ConfigDict(from_attributes=True, frozen=True, extra="forbid")


class MenuShape(Shape):
    """A menu: the unit of published load time."""

    id: str
    name_ko: str
    name_en: str
    critical: bool
    state: State


class ServiceShape(Shape):
    """A public service and its state now."""

    id: str
    agency_id: str
    name_ko: str
    name_en: str
    url: str
    grade: int
    state: State
    state_since: Moment | None
    signoff: SignOffState
    menus: tuple[MenuShape, ...]

    @classmethod
    def of(cls, summary: ServiceSummary) -> "ServiceShape":
        """Return what is published about a service."""
        service = summary.service
        menus = (
            MenuShape(id=row.menu.id, name_ko=row.menu.name.ko, name_en=row.menu.name.en, critical=row.menu.critical, state=row.state)
            for row in summary.menus
        )
        return cls(
            id=service.id,
            agency_id=service.agency_id,
            name_ko=service.name.ko,
            name_en=service.name.en,
            url=service.url,
            grade=service.grade,
            state=summary.state,
            state_since=summary.state_since,
            signoff=summary.signoff_state,
            menus=tuple(menus),
        )


class ServicesShape(Shape):
    """A page of services, by id."""

    services: tuple[ServiceShape, ...]
    next: str | None = Field(description="The cursor of the next page; null on the last.")


class UpdateShape(Shape):
    """What the agency wrote about an incident while it lasted."""

    at: Moment
    text_ko: str
    text_en: str


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
    updates: tuple[UpdateShape, ...]
    superseded_by: str | None
    menu_id: str | None = Field(description="The menu it is a failure of; null: of the service as a whole.")
    partial_minutes: int

    @classmethod
    def of(cls, incident: Incident) -> "IncidentShape":
        """Return a published incident."""
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
            updates=(),
            superseded_by=incident.superseded_by,
            menu_id=incident.menu_id,
            partial_minutes=incident.partial_minutes,
        )


class IncidentsShape(Shape):
    """A page of incidents, newest start first."""

    incidents: tuple[IncidentShape, ...]
    next: str | None = Field(description="The cursor of the next page; null on the last.")


class ConstantShape(Shape):
    """One constant of the method."""

    key: str
    value: int
    unit: str


class MethodShape(Shape):
    """The method by which every figure is computed, in the version that is in force."""

    method: str
    machines_list: str
    """Version of the list by which crawlers, monitors and load tests are told from people."""
    constants: tuple[ConstantShape, ...]

    @classmethod
    def current(cls) -> "MethodShape":
        """Return the method in force."""
        constants = tuple(ConstantShape.model_validate(constant) for constant in IN_FORCE.constants)
        return cls(method=IN_FORCE.version, machines_list=MACHINES_LIST, constants=constants)
