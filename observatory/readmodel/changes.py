"""List what changed of what was published: days that were judged again after they were over, corrections, and what waits for an auditor."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from observatory.judge.days import civil_day, moment_of
from observatory.model.catalogue import Catalogue, Service
from observatory.model.correction import Correction
from observatory.model.day_change import ChangedMinutes, DayChange
from observatory.model.text import Text
from observatory.store.register import RegisterStore
from observatory.store.telemetry import TelemetryReader

ChangeKind = Literal["recomputed", "corrected", "waiting"]
NUMBER_MAX = 2**62
SECONDS_MAX = 2**40
POSITION_LENGTH_MAX = 160


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where a line stands in the list; a newer one is larger."""

    seconds: int
    """Since 1970."""
    rank: int
    """Of lines of one second: 0 a day, 1 a correction."""
    name: str

    @property
    def text(self) -> str:
        """The same as a text that `position_of` reads."""
        return f"{self.seconds}.{self.rank}.{self.name}"


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the list: minutes [start, end) of a service or menu."""

    kind: ChangeKind
    position: Position
    at: datetime
    service: Service
    menu_id: str | None
    start: datetime
    end: datetime
    revision: int | None = None
    before: ChangedMinutes | None = None
    after: ChangedMinutes | None = None
    reason: Text | None = None
    auditor: str | None = None
    """A mark."""


def position_of(text: str) -> Position | None:
    """Return the position that a text means; None if it means none."""
    seconds, _, rest = text[:POSITION_LENGTH_MAX].partition(".")
    rank, _, name = rest.partition(".")
    plain = text.isascii() and seconds.isdigit() and rank in ("0", "1") and name != ""
    if not plain or int(seconds) > SECONDS_MAX or (rank == "0" and not (name.isdigit() and int(name) < NUMBER_MAX)):
        return None
    return Position(int(seconds), int(rank), name)


def changes_behind(register: RegisterStore, telemetry: TelemetryReader, behind: Position | None, limit: int) -> tuple[list[Change], bool]:
    """Return the newest lines, or those behind a position, and whether more follow."""
    before = None if behind is None else (behind.seconds, NUMBER_MAX if behind.rank else int(behind.name))
    days = telemetry.day_changes(before, limit + 1)
    with register.look() as books:
        corrections = books.corrections.corrections()
    catalogue = register.catalogue()
    lines = [
        *_of_days(catalogue, days),
        *(line for line in _of_corrections(catalogue, corrections) if behind is None or line.position < behind),
    ]
    lines.sort(key=lambda line: line.position, reverse=True)
    return lines[:limit], len(lines) > limit


def _of_days(catalogue: Catalogue, days: list[DayChange]) -> Iterator[Change]:
    services = {service.index: service for service in catalogue.services}
    for each in days:
        if each.service in services:
            span = civil_day(each.day, catalogue.site.zone).span
            yield Change(
                kind="recomputed",
                position=Position(int(each.at.timestamp()), 0, f"{each.number:019d}"),
                at=each.at,
                service=services[each.service],
                menu_id=None,
                start=moment_of(span.first),
                end=moment_of(span.end),
                revision=each.revision,
                before=each.before,
                after=each.after,
            )


def _of_corrections(catalogue: Catalogue, corrections: list[Correction]) -> Iterator[Change]:
    for each in corrections:
        service, at = catalogue.service(each.service_id), each.approved_at or each.noted_at
        if service is not None:
            yield Change(
                kind="corrected" if each.approved_at else "waiting",
                position=Position(int(at.timestamp()), 1, each.id),
                at=at,
                service=service,
                menu_id=each.menu_id,
                start=each.start,
                end=each.end,
                reason=each.reason,
                auditor=each.approved_by or None,
            )
