"""Publish causes that incidents of several services share, with their effects, as shapes."""

from pydantic import Field

from observatory.errors import BadInput, NotFound
from observatory.model.incident import Severity
from observatory.publish.api.paging import cursor_after, id_before
from observatory.publish.api.questions import PageQuestion
from observatory.readmodel.shared_causes import CauseWithEffects, Effect, cause_with_effects, causes_named, with_effects
from observatory.web.context import parts, summary
from observatory.web.shapes import Moment, Shape

CAUSES = "causes"


class EffectShape(Shape):
    """An incident that comes from a cause; its minutes are those of its own service."""

    incident_id: str
    service_id: str
    menu_id: str | None
    severity: Severity
    started_at: Moment
    ended_at: Moment | None
    down_minutes: int
    partial_minutes: int
    tied_at: Moment
    untied_at: Moment | None = Field(description="When it was said that it does not come from this cause; null: it does.")

    @classmethod
    def of(cls, effect: Effect) -> "EffectShape":
        """Return a published effect."""
        found = effect.incident
        return cls(
            incident_id=found.id,
            service_id=found.service_id,
            menu_id=found.menu_id,
            severity=found.severity,
            started_at=found.started_at,
            ended_at=found.ended_at,
            down_minutes=found.down_minutes,
            partial_minutes=found.partial_minutes,
            tied_at=effect.tie.at,
            untied_at=effect.tie.undone_at,
        )


class CauseShape(Shape):
    """One cause of incidents of several services."""

    id: str
    title_ko: str
    title_en: str
    at: Moment = Field(description="When it was named.")
    effects: tuple[EffectShape, ...] = Field(description="By start; those that were untied stand last.")

    @classmethod
    def of(cls, found: CauseWithEffects) -> "CauseShape":
        """Return a published cause."""
        cause, effects = found.cause, tuple(map(EffectShape.of, (*found.effects, *found.undone)))
        return cls(id=cause.id, title_ko=cause.title.ko, title_en=cause.title.en, at=cause.at, effects=effects)


class CausesShape(Shape):
    """A page of causes, newest first."""

    causes: tuple[CauseShape, ...]
    next: str | None = Field(description="The cursor of the next page; null on the last.")


def causes_page(asked: PageQuestion) -> CausesShape:
    """Return a page of causes, newest first. Raises BadInput for a cursor that is none of ours."""
    found = causes_named(parts().register)
    ids = [each.id for each in found]
    after = id_before(CAUSES, asked.cursor) if asked.cursor else None
    if after is not None and after not in ids:
        raise BadInput("cannot continue this list: the cause it stopped at is gone", "begin again without cursor")
    first = ids.index(after) + 1 if after is not None else 0
    page = found[first : first + asked.limit]
    following = cursor_after(CAUSES, page[-1].id) if len(found) > first + len(page) else None
    return CausesShape(causes=tuple(CauseShape.of(with_effects(each, summary().incident)) for each in page), next=following)


def cause_of(cause_id: str) -> CauseShape:
    """Return one cause. Raises NotFound."""
    found = cause_with_effects(parts().register, summary().incident, cause_id)
    if found is None:
        raise NotFound("cannot show cause: there is none of this id", "ids are in /api/v1/causes")
    return CauseShape.of(found)
