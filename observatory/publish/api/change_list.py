"""Publish the list of changes as pages of shapes and as a table."""

from typing import Any, Self

from pydantic import ConfigDict, Field

from observatory.errors import BadInput
from observatory.model.day_change import DayDigits
from observatory.model.figure import LoadTimeSource
from observatory.publish.api.answers import Table
from observatory.publish.api.paging import cursor_after, id_before
from observatory.publish.api.questions import PageQuestion
from observatory.readmodel.changes import Change, ChangeKind, changes_behind, position_of
from observatory.web.context import parts
from observatory.web.shapes import Moment, Shape

CHANGES = "changes"
MINUTES = ("down", "isolated", "partial", "blip", "unknown", "maintenance")


class ChangeShape(Shape):
    """A change of what was published, or one that waits for an auditor; digits are those of a whole day, null of what is no day."""

    model_config = ConfigDict(populate_by_name=True)

    kind: ChangeKind = Field(
        description="recomputed: a day that was over was judged again; imported: its records were imported; corrected: by an auditor; "
        "waiting: for one; rule: the catalogue or the server source is another; method: all is judged by another version."
    )
    at: Moment = Field(description="When it changed; of what waits, when the evidence came.")
    service_id: str | None = Field(description="Null: all services.")
    menu_id: str | None
    start: Moment = Field(alias="from")
    end: Moment | None = Field(alias="to", description="Null: from then on.")
    revision: int | None
    down_minutes_before: int | None
    down_minutes: int | None
    isolated_minutes_before: int | None
    isolated_minutes: int | None
    partial_minutes_before: int | None
    partial_minutes: int | None
    blip_minutes_before: int | None
    blip_minutes: int | None
    unknown_minutes_before: int | None
    unknown_minutes: int | None
    reason_ko: str | None
    reason_en: str | None
    auditor: str | None = Field(description="A mark that stands for the auditor, as in the log.")
    maintenance_minutes_before: int | None
    maintenance_minutes: int | None
    requests_before: int | None
    requests: int | None
    failed_requests_before: int | None
    failed_requests: int | None
    load_time_source: LoadTimeSource | None
    load_time_mean_ms_before: float | None = Field(description="Null below 30 answered requests.")
    load_time_mean_ms: float | None

    @classmethod
    def of(cls, change: Change) -> Self:
        """Return a published change."""
        return cls(
            kind=change.kind,
            at=change.at,
            service_id=change.service.id if change.service else None,
            menu_id=change.menu_id,
            start=change.start,
            end=change.end,
            revision=change.revision,
            reason_ko=change.reason.ko,
            reason_en=change.reason.en,
            auditor=change.auditor,
            load_time_source=change.load_time_source,
            **_digits(change.was, "_before"),
            **_digits(change.now, ""),
        )


def _digits(digits: DayDigits | None, when: str) -> dict[str, Any]:
    """Return the digits of a day by the names of their fields; all are null where nothing was written down."""
    minutes, requests = (digits.minutes, digits.requests) if digits else (None, None)
    told: dict[str, Any] = {f"{name}_minutes{when}": getattr(minutes, name, None) for name in MINUTES}
    told |= {f"requests{when}": requests.count if requests else None, f"failed_requests{when}": requests.failed if requests else None}
    mean_us = requests.mean_us if requests else None
    return told | {f"load_time_mean_ms{when}": None if mean_us is None else mean_us / 1000}


class ChangesShape(Shape):
    """A page of changes, newest first."""

    changes: tuple[ChangeShape, ...]
    next: str | None = Field(description="The cursor of the next page; null on the last.")


def changes_page(asked: PageQuestion) -> ChangesShape:
    """Return a page of changes, newest first. Raises BadInput for a cursor that is none of ours."""
    behind = position_of(id_before(CHANGES, asked.cursor)) if asked.cursor else None
    if asked.cursor and behind is None:
        raise BadInput("cannot continue this list: the cursor is not one it gave out", 'use the value of "next" as it came')
    page, more = changes_behind(parts().register, parts().telemetry, behind, asked.limit)
    following = cursor_after(CHANGES, page[-1].position.text) if more else None
    return ChangesShape(changes=tuple(ChangeShape.of(change) for change in page), next=following)


def changes_table(asked: PageQuestion) -> Table:
    """Return the same page as a table."""
    page = changes_page(asked)
    columns = [field.alias or name for name, field in ChangeShape.model_fields.items()]
    rows = [change.model_dump(mode="json", by_alias=True) for change in page.changes]
    return Table(columns, [[row[name] for name in columns] for row in rows], page.next)
