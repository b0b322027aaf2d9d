"""Describe services and incidents as they are published in the API. A number that is not known is null."""

from typing import Annotated

from pydantic import Field

from observatory.decode.machines import MACHINES_LIST
from observatory.judge.method import IN_FORCE
from observatory.model.figure import State
from observatory.model.signoff import SignOffState
from observatory.readmodel.values import ServiceCard
from observatory.web.shapes import Moment, Shape

Disagreement = Annotated[
    bool,
    Field(description="Only one of users and our checks sees a failure just now. Which of them decides is a rule of the method."),
]


class MenuShape(Shape):
    """A menu: the unit of published load time."""

    id: str
    name_ko: str
    name_en: str
    critical: bool
    state: State
    disagreement: Disagreement


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
    disagreement: Disagreement
    signoff: SignOffState
    menus: tuple[MenuShape, ...]

    @classmethod
    def of(cls, summary: ServiceCard) -> "ServiceShape":
        """Return what is published about a service."""
        service = summary.service
        menus = (
            MenuShape(
                id=row.menu.id,
                name_ko=row.menu.name.ko,
                name_en=row.menu.name.en,
                critical=row.menu.critical,
                state=row.state,
                disagreement=row.disagreement,
            )
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
            disagreement=summary.disagreement,
            signoff=summary.signoff_state,
            menus=tuple(menus),
        )


class ServicesShape(Shape):
    """A page of services, by id."""

    services: tuple[ServiceShape, ...]
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
