"""Describe what those who run a service declare: that it fails, from when to when, whether or not anything was measured."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Literal, get_args

from observatory.errors import BadInput, phrase
from observatory.model.text import Text
from observatory.model.visible_text import refuse_longer

DeclaredSeverity = Literal["down", "partial"]
DECLARED_SEVERITIES: tuple[DeclaredSeverity, ...] = get_args(DeclaredSeverity)
DECLARED_TITLE_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True)
class Declaration:
    """Minutes [start, end) of a service or menus that are declared to have failed; it is never made shorter, and never taken back."""

    id: str
    service_id: str
    menu_ids: tuple[str, ...]
    """Menus that fail; none: the service with all its menus."""
    severity: DeclaredSeverity
    start: datetime
    end: datetime | None
    """None: it goes on."""
    title: Text
    """In both languages; one may still be empty."""
    at: datetime
    """When it became an entry of the log."""
    ended_at: datetime | None = None
    """When somebody said that it is over, of one that was declared while it went on."""

    def __post_init__(self) -> None:
        if self.severity not in DECLARED_SEVERITIES:
            raise BadInput(phrase("cannot declare a failure without its severity"), phrase("choose down or partial"))
        if any(moment.second or moment.microsecond for moment in (self.start, self.end or self.start)):
            raise BadInput(phrase("cannot declare parts of a minute"), phrase("give begin and end in whole minutes"))
        if self.end is not None and self.end <= self.start:
            raise BadInput(phrase("cannot declare a failure that ends before it begins"), phrase("let it end after it begins"))
        check_title(self.title)

    def touches(self, menu_id: str | None) -> bool:
        """Return whether it is also said of a menu; what is said of any part is said of the service (None)."""
        return menu_id is None or not self.menu_ids or menu_id in self.menu_ids


def check_title(title: Text) -> None:
    """Raise BadInput for no title, or one that is too long."""
    if not any(written.strip() for written in title):
        raise BadInput(phrase("cannot publish this without a title"), phrase("give one in Korean, English or both"))
    refuse_longer("title", title, DECLARED_TITLE_LENGTH_MAX)


def declaration_id(service_id: str, start: datetime, taken: Collection[str]) -> str:
    """Return a name for what is declared from a moment on; a second one of the same minute gets a number."""
    name = f"{service_id}-declared-{start.astimezone(UTC):%Y%m%dT%H%M}"
    return next(each for number in count(1) if (each := name if number == 1 else f"{name}-{number}") not in taken)
