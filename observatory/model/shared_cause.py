"""Describe one cause of incidents of several services: what it is called, and which incidents are tied to it, now and before."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

from observatory.errors import BadInput, phrase
from observatory.model.declaration import check_title
from observatory.model.text import Text
from observatory.model.visible_text import refuse_all_but_a_line


@dataclass(frozen=True, slots=True)
class Tie:
    """An incident that has this cause, as was said at a moment."""

    incident_id: str
    at: datetime
    undone_at: datetime | None = None
    """When it was said that it has not."""


@dataclass(frozen=True, slots=True)
class SharedCause:
    """What several incidents come from; their minutes stay with their services."""

    id: str
    title: Text
    """In both languages."""
    at: datetime
    ties: tuple[Tie, ...]
    """Those that were undone too, in the order in which they were said."""

    def __post_init__(self) -> None:
        check_title(self.title)
        if not all(written.strip() for written in self.title):
            raise BadInput(phrase("cannot name a shared cause in one language alone"), phrase("give the title in Korean and in English"))
        for written in self.title:
            refuse_all_but_a_line("title", written)

    @property
    def tied(self) -> tuple[str, ...]:
        """The incidents that are tied to it now."""
        return tuple(tie.incident_id for tie in self.ties if tie.undone_at is None)


def cause_id(at: datetime, taken: Collection[str]) -> str:
    """Return a name for a cause that is named at a moment; a second one of the same minute gets a number."""
    name = f"cause-{at.astimezone(UTC):%Y%m%dT%H%M}"
    return next(each for number in count(1) if (each := name if number == 1 else f"{name}-{number}") not in taken)
