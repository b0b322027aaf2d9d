"""List what changed of what was published, with the reason: days, corrections and what waits for one, rules, the method."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from observatory.judge.days import civil_day, moment_of
from observatory.model.catalogue import OTHER_MENU_INDEX, Catalogue, Service
from observatory.model.correction import Correction
from observatory.model.day_change import DayChange, DayDigits, LoadTimeKind
from observatory.model.signoff import LogEntry
from observatory.model.text import Text
from observatory.readmodel.change_reasons import DAY_REASONS, LOGGED_KINDS, WAITS, LoggedRule, rule_of_entry
from observatory.store.register import Books, RegisterStore
from observatory.store.telemetry import TelemetryReader

ChangeKind = Literal["recomputed", "imported", "corrected", "waiting", "rule", "method"]
NUMBER_MAX = 2**62
SECONDS_MAX = 2**40
POSITION_LENGTH_MAX = 160
OF_DAY, OF_CORRECTION, OF_LOG = range(3)
"""Ranks of lines of one second."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where a line stands in the list; a newer one is larger."""

    seconds: int
    """Since 1970."""
    rank: int
    """Of lines of one second: 0 a day, 1 a correction, 2 an entry of the log."""
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
    service: Service | None
    """None: of all services."""
    menu_id: str | None
    start: datetime
    end: datetime | None
    """None: from `start` on."""
    reason: Text
    revision: int | None = None
    was: DayDigits | None = None
    now: DayDigits | None = None
    load_time_source: LoadTimeKind | None = None
    auditor: str | None = None
    """A mark."""


def position_of(text: str) -> Position | None:
    """Return the position that a text means; None if it means none."""
    seconds, _, rest = text[:POSITION_LENGTH_MAX].partition(".")
    rank, _, name = rest.partition(".")
    plain = text.isascii() and seconds.isdigit() and rank in ("0", "1", "2") and name != ""
    if not plain or int(seconds) > SECONDS_MAX or (rank != "1" and not (name.isdigit() and int(name) < NUMBER_MAX)):
        return None
    return Position(int(seconds), int(rank), name)


def changes_behind(register: RegisterStore, telemetry: TelemetryReader, behind: Position | None, limit: int) -> tuple[list[Change], bool]:
    """Return the newest lines, or those behind a position, and whether more follow."""
    before = None if behind is None else (behind.seconds, NUMBER_MAX if behind.rank else int(behind.name))
    days = telemetry.day_changes(before, limit + 1)
    catalogue = register.catalogue()
    with register.look() as books:
        lines = [
            *_of_days(catalogue, books, days),
            *(line for line in _of_corrections(catalogue, books.corrections.corrections()) if behind is None or line.position < behind),
            *_of_log(catalogue, _entries(books, behind, limit + 1)),
        ]
    lines.sort(key=lambda line: line.position, reverse=True)
    return lines[:limit], len(lines) > limit


def _of_days(catalogue: Catalogue, books: Books, days: list[DayChange]) -> Iterator[Change]:
    services = {service.index: service for service in catalogue.services}
    for each in days:
        if each.service in services:
            span = civil_day(each.day, catalogue.site.zone).span
            yield Change(
                kind="imported" if each.reason == "imported" else "recomputed",
                position=Position(int(each.at.timestamp()), OF_DAY, f"{each.number:019d}"),
                at=each.at,
                service=services[each.service],
                menu_id=None if each.menu == OTHER_MENU_INDEX else books.services.menu_id(each.menu),
                start=moment_of(span.first),
                end=moment_of(span.end),
                reason=DAY_REASONS[each.reason],
                revision=each.revision,
                was=each.was,
                now=each.now,
                load_time_source=each.load_time_source,
            )


def _of_corrections(catalogue: Catalogue, corrections: list[Correction]) -> Iterator[Change]:
    for each in corrections:
        service, at = catalogue.service(each.service_id), each.approved_at or each.noted_at
        if service is not None:
            yield Change(
                kind="corrected" if each.approved_at else "waiting",
                position=Position(int(at.timestamp()), OF_CORRECTION, each.id),
                at=at,
                service=service,
                menu_id=each.menu_id,
                start=each.start,
                end=each.end,
                reason=each.reason or WAITS,
                auditor=each.approved_by or None,
            )


def _entries(books: Books, behind: Position | None, limit: int) -> Iterator[tuple[LogEntry, LoggedRule]]:
    """Yield the newest entries that tell of a rule, or those behind a position; what somebody edited is told by the log's own page."""
    before = None if behind is None else (behind.seconds, int(behind.name) if behind.rank == OF_LOG else 0)
    for kind in LOGGED_KINDS:
        for entry in books.log.entries_before(kind, before, limit):
            rule = rule_of_entry(entry)
            if rule is not None:
                yield entry, rule


def _of_log(catalogue: Catalogue, told: Iterator[tuple[LogEntry, LoggedRule]]) -> Iterator[Change]:
    for entry, rule in told:
        service = catalogue.service(rule.service_id) if rule.service_id is not None else None
        if service is not None or rule.service_id is None:
            yield Change(
                kind="method" if rule.of_method else "rule",
                position=Position(int(entry.recorded_at.timestamp()), OF_LOG, f"{entry.index:019d}"),
                at=entry.recorded_at,
                service=service,
                menu_id=None,
                start=moment_of(civil_day(rule.from_day, catalogue.site.zone).span.first) if rule.from_day else entry.recorded_at,
                end=None,
                reason=rule.reason,
            )
