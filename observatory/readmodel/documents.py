"""Describe the documents that are made ready for readers of a service, and write them as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

import msgspec

from observatory.judge.current_state import CurrentState
from observatory.model.figure import DayLoadMark, DayMark, LoadTimeSource, ServiceFigures, State

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Present:
    """How a service stands, and what lasts."""

    states: tuple[CurrentState, ...]
    """Of the service, and after that of each of its menus."""
    today: DayMark
    failing_id: str | None
    """The incident of the service as a whole that goes on."""
    lasting: Mapping[str, tuple[int, int]]
    """Minutes down and partly down so far of each incident that goes on, of the service or a menu."""


@dataclass(frozen=True, slots=True)
class Recent:
    """Sums that change with every request: the dearest to make, renewed every hour."""

    figures_day: ServiceFigures
    figures_today: ServiceFigures


@dataclass(frozen=True, slots=True)
class Past:
    """What the days before today left behind."""

    figures: ServiceFigures
    days: tuple[DayMark, ...]
    load_times: Mapping[LoadTimeSource, tuple[DayLoadMark, ...]]


@dataclass(frozen=True, slots=True)
class Card:
    """What a list of services says about one."""

    state: State
    state_since: datetime | None
    menus: Mapping[str, State]
    """By id."""
    disagreement: bool
    disagreeing: tuple[str, ...]
    """Ids of menus of which users and checks say different things."""
    figures: ServiceFigures
    """Of the last 30 full local days, without those of menus."""
    figures_day: ServiceFigures | None
    """Of the last 24 hours, where those of 30 days say nothing yet."""
    failing_since: datetime | None
    """When the incident began that goes on."""

    def unknown_since(self, moment: datetime) -> "Card":
        """Return what is said when nobody looked since a moment: the figures, and no state."""
        return replace(self, state="unknown", state_since=moment, menus={}, disagreement=False, disagreeing=(), failing_since=None)


def to_json(document: object) -> bytes:
    """Return a document as it is kept."""
    return msgspec.json.encode(document)


def of_json(kind: type[T], document: bytes) -> T | None:
    """Return the document of a kind; None for one of another release, or a broken one: it is made anew."""
    try:
        return msgspec.json.decode(document, type=kind)
    except msgspec.DecodeError:
        return None
