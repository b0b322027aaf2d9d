"""Describe services, figures and incidents as they are published in the API. A number that is not known is null."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from observatory.decode.machines import MACHINES_LIST
from observatory.judge.method import IN_FORCE
from observatory.model.figure import LoadTime, LoadTimeSource, MenuFigures, ServiceFigures, State
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


class WindowShape(Shape):
    """A half-open span of whole minutes."""

    model_config = ConfigDict(populate_by_name=True)

    name: str
    start: Moment = Field(alias="from")
    end: Moment = Field(alias="to")


class LoadTimeShape(Shape):
    """How long it takes to answer; null below 30 answered requests."""

    source: LoadTimeSource
    mean_ms: float | None
    p75_ms: float | None
    p95_ms: float | None
    n: int
    capped: int
    abandoned: int

    @classmethod
    def of(cls, load_time: LoadTime) -> "LoadTimeShape":
        """Return a published load time."""
        return cls.model_validate(load_time)


class MenuFiguresShape(Shape):
    """Figures of one menu."""

    menu_id: str
    load_time: LoadTimeShape
    failures: int | None
    downtime_minutes: int | None
    partial_minutes: int
    failed_requests_permille: float | None
    coverage: float | None
    requests: int
    failed_requests: int

    @classmethod
    def of(cls, figures: MenuFigures) -> "MenuFiguresShape":
        """Return the published figures of a menu."""
        return cls.model_validate(figures)


class FiguresShape(Shape):
    """Figures of a service in a window, with those of its menus."""

    service_id: str
    window: WindowShape
    method: str
    as_of: Moment
    revision: int
    availability_percent: float | None = Field(description="If the unknown minutes were like the measured ones.")
    availability_any_percent: float | None = Field(description="With partial minutes taken off as well.")
    downtime_minutes: int | None = Field(description="In incidents and isolated minutes; null if nothing was measured.")
    partial_minutes: int
    failures: int | None = Field(description="Null if nothing was measured.")
    failures_scaled: float | None = Field(description="For thirty open days; null where much less than a week was measured.")
    failed_requests_permille: float | None
    measured_minutes: int
    unknown_minutes: int
    maintenance_minutes: int
    closed_minutes: int
    coverage: float | None
    mttr_minutes: float | None
    mttd_minutes: float | None
    mtbf_minutes: float | None
    load_time: LoadTimeShape
    menus: tuple[MenuFiguresShape, ...]
    requests: int
    failed_requests: int
    throttled_requests: int
    excluded_requests: int
    request_success_percent: float | None
    availability_worst_percent: float | None = Field(description="If it was down in every unknown minute.")
    isolated_minutes: int = Field(description="Of the downtime, what was too short to be an incident.")
    blip_minutes: int = Field(description="Partly down outside incidents.")
    partial_share_minutes: float = Field(description="Partial minutes, each charged by the share that failed.")
    unobserved_minutes: int = Field(description="Of the window, before observed_from; closed hours left out.")
    observed_from: Moment | None
    judged_to: Moment
    final: bool = Field(description="Whether no evidence that still comes can change these figures.")

    @classmethod
    def of(cls, figures: ServiceFigures) -> "FiguresShape":
        """Return the published figures of a service."""
        return cls.model_validate(figures)


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
