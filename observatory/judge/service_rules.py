"""Hold what the method needs to know of a service besides its minutes: what is in force on which day, and what people said."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from observatory.judge import votes
from observatory.judge.dated import Dated
from observatory.judge.days import Span, mask_of
from observatory.judge.declared import Declared
from observatory.judge.evidence import Mask
from observatory.judge.hours import Hours
from observatory.judge.method import Method
from observatory.judge.timeline import SERVICE
from observatory.model.catalogue import SERVER_SOURCE_NAMES, Menu, Service
from observatory.model.columns import SERVER_SOURCES

Entry = TypeVar("Entry", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the method needs to know of a service besides its minutes."""

    service: Service
    zone: ZoneInfo
    intervals_s: Mapping[tuple[int, int], int]
    """Declared interval of the checks of a (menu, source)."""
    method: Method
    blocks: Dated[int]
    """How many minutes are counted as one where there is little traffic."""
    critical: Dated[frozenset[int]]
    """Menus as badly as which the service fails, by their indexes."""
    grades: Dated[int]
    choices: tuple[tuple[date, int], ...] = ()
    """From which day on which server source tells of this service, the earliest first; none before the first reported."""

    corrections: tuple[tuple[int, Span], ...] = ()
    """Minutes of a subject that an auditor let be judged anew."""

    hour_changes: tuple[tuple[date, str], ...] = ()
    """From which day on which service hours are in force, the earliest first; none: those of the service always were."""

    holidays: frozenset[date] = frozenset()
    maintenance: tuple[tuple[int, Span], ...] = ()
    """Minutes of announced maintenance that are left out of what is measured, of a menu or the service with all of them."""
    declared: tuple[Declared, ...] = ()
    """Minutes that those who run the service declared to be bad."""

    @property
    def hours(self) -> Hours:
        """When the service is open."""
        return Hours(self.hour_changes or ((date.min, self.service.hours),), self.zone, self.holidays)

    def by_block(self, span: Span, make: Callable[[int], NDArray[Entry]]) -> NDArray[Entry]:
        """Return what is made of a span, an entry a minute, with the length of blocks that is in force in each minute."""
        made = [make(block)[piece.first - span.first : piece.end - span.first] for piece, block in self.blocks.pieces(span, self.zone)]
        return made[0] if len(made) == 1 else np.concatenate(made)

    def critical_in(self, span: Span) -> dict[int, Mask]:
        """Return in which minutes of a span menus are critical, of those that are."""
        pieces = list(self.critical.pieces(span, self.zone))
        menus = sorted({menu for _, menus in pieces for menu in menus})
        return {menu: mask_of((piece for piece, menus in pieces if menu in menus), span) for menu in menus}

    def maintenance_of(self, subject: int) -> tuple[Span, ...]:
        """Return the minutes of maintenance of a subject that are left out of what is measured."""
        return tuple(span for of_subject, span in self.maintenance if of_subject in (SERVICE, subject))

    def maintained(self, subject: int, whole: Span) -> Mask:
        """Return the same for each minute of a span."""
        return mask_of(self.maintenance_of(subject), whole)

    def corrected(self, subject: int) -> tuple[Span, ...]:
        """Return the minutes of a subject that may get better although they were final."""
        return tuple(span for of_subject, span in self.corrections if of_subject == subject)

    def source_of(self, day: date) -> int:
        """Return the server source that tells of a day, 0 for none."""
        return next((source for from_day, source in reversed(self.choices) if from_day <= day), 0)

    @property
    def declared_source(self) -> int:
        """The server source the catalogue names, 0 for none."""
        names = dict(zip(SERVER_SOURCE_NAMES, SERVER_SOURCES, strict=True))
        return int(names[self.service.server_source]) if self.service.server_source else 0

    @property
    def has_server(self) -> bool:
        """Whether servers tell of this service: then its load times are theirs, else those of checks; never those of whoever sent more."""
        return bool(self.choices or self.declared_source)

    def menu(self, index: int) -> Menu | None:
        """Return the menu of that index, None if the catalogue no longer has it."""
        return next((menu for menu in self.service.menus if menu.index == index), None)

    def hold_minutes(self, menu_index: int, source: int) -> int:
        """Return how long a vote holds: by the declared interval, else by the catalogue's, else as if checked every minute."""
        menu = self.menu(menu_index)
        default = menu.probe.interval_s if menu and menu.probe else votes.INTERVAL_S_DEFAULT
        return votes.hold_minutes(self.intervals_s.get((menu_index, source), default), self.method)
