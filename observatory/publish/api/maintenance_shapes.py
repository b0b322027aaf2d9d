"""Describe announced maintenance as it is published in the API."""

from pydantic import Field

from observatory.readmodel.values import MaintenanceSummary
from observatory.web.shapes import Moment, Shape


class ReminderShape(Shape):
    """What was written of maintenance beside its announcement."""

    at: Moment
    text_ko: str
    text_en: str


class MaintenanceShape(Shape):
    """Announced work on a service, half-open [starts_at, ends_at). A title that is not translated yet is null."""

    id: str
    service_id: str
    menu_ids: tuple[str, ...] = Field(description="Menus that are worked on; none: the service as a whole.")
    title_ko: str | None
    title_en: str | None
    starts_at: Moment
    ends_at: Moment
    announced_at: Moment = Field(description="When it was last spoken of: a change is a new announcement.")
    cancelled_at: Moment | None
    excluded_minutes: int = Field(description="Left out of what is measured; of several at one time it is told of one.")
    excluded_elsewhere_minutes: int = Field(description="Left out as well, but told of other maintenance; the rest counts like any time.")
    reminders: tuple[ReminderShape, ...] = Field(description="Newest first.")

    @classmethod
    def of(cls, found: MaintenanceSummary) -> "MaintenanceShape":
        """Return published maintenance."""
        maintenance = found.maintenance
        return cls(
            id=maintenance.id,
            service_id=maintenance.service_id,
            menu_ids=maintenance.menu_ids,
            title_ko=maintenance.title.ko or None,
            title_en=maintenance.title.en or None,
            starts_at=maintenance.start,
            ends_at=maintenance.end,
            announced_at=maintenance.announced_at,
            cancelled_at=maintenance.cancelled_at,
            excluded_minutes=found.excluded_minutes,
            excluded_elsewhere_minutes=found.excluded_elsewhere_minutes,
            reminders=tuple(
                ReminderShape(at=each.ended_at or each.publish_at, text_ko=each.text.ko, text_en=each.text.en) for each in found.reminders
            ),
        )


class MaintenanceListShape(Shape):
    """A page of maintenance, newest start first."""

    maintenance: tuple[MaintenanceShape, ...]
    next: str | None = Field(description="The cursor of the next page; null on the last.")
