"""A real store with services to observe, and short words for what happens to them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import numpy as np

from observatory.flows.catalogue import apply_catalogue
from observatory.flows.figures import figures_of
from observatory.flows.judging import judge_all, judge_service
from observatory.judge.days import minute_of, moment_of
from observatory.model.catalogue import Catalogue, Service, Site
from observatory.model.columns import Source
from observatory.model.day import DayStrip
from observatory.model.figure import ServiceFigures, Window
from observatory.model.incident import Incident, MinuteClass, Verdict
from observatory.model.minute import COUNTER_COUNT, Counter, MinuteCounters
from observatory.model.sender_note import SenderNote
from observatory.rollup.latency import bucket_of
from observatory.store.observed_books import ProbeSeries
from observatory.store.opening import open_register, open_telemetry, prepare_folder
from observatory.store.register import RegisterStore
from observatory.store.telemetry import Batch, TelemetryStore
from tests.builders import LABOR, a_service
from tests.registers import in_change, in_look

T = TypeVar("T")

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""A Monday, ten in the morning in Seoul: minute 0 of every test."""
ZERO = minute_of(START)


@dataclass(frozen=True, slots=True)
class SameThreadWriter:
    """A `TelemetryWriter` for tests with one thread."""

    store: TelemetryStore
    ready: bool = True
    queue_bytes: int = 0
    trouble: str = ""

    def submit(self, batch: Batch) -> bool:
        (stored,) = self.submit_all([batch])
        return stored is True

    def submit_all(self, batches: Sequence[Batch]) -> list[bool | Exception]:
        stored = self.store.add(batches)
        self.store.flush()
        return list(stored)

    def flush(self) -> None:
        self.store.flush()

    def note(self, notes: Sequence[SenderNote]) -> None:
        self.store.keep_notes(notes)

    def keep_notes(self) -> None:
        """Nothing waits."""

    def write(self, work: Callable[[TelemetryStore], T]) -> T:
        return work(self.store)


@dataclass(slots=True)
class World:
    """One service under observation; minutes are counted from `START`."""

    register: RegisterStore
    telemetry: TelemetryStore
    service: Service
    origin: int = ZERO
    waiting: list[MinuteCounters] = field(default_factory=list)

    @property
    def writer(self) -> SameThreadWriter:
        return SameThreadWriter(self.telemetry)

    def users(
        self,
        minutes: Iterable[int],
        *,
        count: int = 100,
        bad: int = 0,
        slow: int = 0,
        throttled: int = 0,
        client_error: int = 0,
        menu: str | None = None,
        source: Source = Source.ACCESS_LOG,
        duration_ms: int = 80,
    ) -> "World":
        """Let `count` requests end in each of these minutes."""
        values = {Counter.COUNT: count, Counter.BAD: bad, Counter.SLOW: slow, Counter.THROTTLED: throttled}
        values[Counter.CLIENT_ERROR], values[Counter.TIMED] = client_error, count - bad - client_error
        values[Counter.DURATION_US] = values[Counter.TIMED] * duration_ms * 1000
        self.add(self.rows(minutes, self._menu(menu), source, values, duration_ms))
        return self

    def probe(
        self, minutes: Iterable[int], *, ok: bool = True, vantage: int = 0, menu: str | None = None, interval_s: int | None = None
    ) -> "World":
        """Let a vantage check in each of these minutes."""
        source, index = Source.PROBE + vantage, self._menu(menu)
        if interval_s is not None:
            in_change(self.register).probes.keep_series([ProbeSeries(self.service.index, index, source, interval_s)])
        values = {Counter.COUNT: 1, Counter.BAD: int(not ok), Counter.TIMED: int(ok), Counter.DURATION_US: 50_000 * ok}
        self.add(self.rows(minutes, index, source, values, 50))
        return self

    def rows(self, minutes: Iterable[int], menu: int, source: int, values: dict[Counter, int], duration_ms: int) -> MinuteCounters:
        """Return equal rows for these minutes."""
        minute = np.array(sorted(minutes), np.int64) + self.origin
        n = len(minute)
        table = np.zeros((n, COUNTER_COUNT), np.int64)
        for counter, value in values.items():
            table[:, counter] = value
        timed = n if values.get(Counter.TIMED) else 0
        return MinuteCounters(
            minute=minute,
            service=np.full(n, self.service.index, np.int32),
            menu=np.full(n, menu, np.int32),
            source=np.full(n, source, np.int16),
            values=table,
            bucket_row=np.arange(timed, dtype=np.int32),
            bucket=np.full(timed, bucket_of(duration_ms * 1000), np.int16),
            bucket_count=np.full(timed, values.get(Counter.TIMED, 0), np.int64),
        )

    def add(self, *counters: MinuteCounters) -> None:
        """Store counters, each as a batch of its own."""
        for each in counters:
            self.writer.submit(Batch(each, START))

    def judge(self, minute: int) -> "World":
        """Judge all that waits, and the time that passed, when it is this minute."""
        now = self.at(minute)
        judge_all(self, now)
        judge_service(self.service, None, self, now)
        return self

    def at(self, minute: int) -> datetime:
        """Return the middle of a minute."""
        return moment_of(self.origin + minute) + timedelta(seconds=30)

    def window(self, first: int, end: int) -> Window:
        return Window("custom", moment_of(self.origin + first), moment_of(self.origin + end))

    def figures(self, first: int, end: int, *, at: int | None = None) -> ServiceFigures:
        return figures_of(self.service, self.window(first, end), self.register, self.telemetry, self.at(end if at is None else at))

    def incidents(self, menu: str | None = None) -> list[Incident]:
        """Return all incidents, the oldest first."""
        return in_look(self.register).incidents.incidents(self.service.id, menu)[::-1]

    def spans(self, menu: str | None = None) -> list[tuple[int, int | None]]:
        """Return when incidents began and ended, in minutes of the test."""
        return [
            (minute_of(each.started_at) - self.origin, minute_of(each.ended_at) - self.origin if each.ended_at else None)
            for each in self.incidents(menu)
        ]

    def strips(self, menu: str | None = None) -> list[DayStrip]:
        """Return the strips of the service, or of a menu."""
        index = 0 if menu is None else self._menu(menu)
        return [strip for strip in self.telemetry.strips(self.service.index, date(1970, 1, 1), date(9999, 1, 1)) if strip.menu == index]

    def verdicts(self, first: int, end: int, menu: str | None = None) -> list[Verdict]:
        found = np.zeros(end - first, np.uint8)
        for strip in self.strips(menu):
            self._copy(strip, strip.verdict, first, found)
        return [Verdict(verdict) for verdict in found.tolist()]

    def classes(self, first: int, end: int, menu: str | None = None) -> list[MinuteClass]:
        found = np.zeros(end - first, np.uint8)
        for strip in self.strips(menu):
            self._copy(strip, strip.minute_class, first, found)
        return [MinuteClass(minute_class) for minute_class in found.tolist()]

    def _copy(self, strip: DayStrip, values: np.ndarray, first: int, found: np.ndarray) -> None:
        at = strip.first_minute - self.origin - first
        begin, end = max(at, 0), min(at + len(strip), len(found))
        if begin < end:
            found[begin:end] = values[begin - at : end - at]

    def _menu(self, menu_id: str | None) -> int:
        menu = self.service.menus[0] if menu_id is None else self.service.menu(menu_id)
        assert menu is not None
        return menu.index


def open_world(folder: Path, *services: Service, time_zone: str = "Asia/Seoul", registered_at: datetime = START) -> World:
    """Return a world whose service is the first of these, or one with a single menu."""
    prepare_folder(folder)
    register = open_register(folder)
    apply_catalogue(register, Catalogue(Site(time_zone=time_zone), (LABOR,), services or (a_service(index=0),)), registered_at)
    return World(register, open_telemetry(folder), register.catalogue().services[0])


def close_world(world: World) -> None:
    """Give the files back."""
    world.telemetry.close()
    world.register.close()
