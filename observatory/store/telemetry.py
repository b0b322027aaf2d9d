"""Promise what a telemetry store does, whatever keeps it: huge, additive, idempotent for each batch.

One contract test suite runs on every backend; these docstrings are its specification. All methods may raise Overloaded when the
store is locked for over 5 s or out of space: then nothing was stored and the same call may succeed later. A failed fsync is not
Overloaded: it is raised as `StoreLost` and the process must end, since what the system says about the file can no longer be trusted.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from observatory.model.counter_span import CounterSpan
from observatory.model.day import DayAccount, DayLoad, DayStrip
from observatory.model.day_change import DayChange
from observatory.model.exemplar import NO_EXEMPLARS, Exemplar, ExemplarRows
from observatory.model.left_out import LeftOut, LeftOutCounts
from observatory.model.minute import MinuteCounters
from observatory.model.published_part import PartName, PublishedPart
from observatory.model.sender_note import SenderNote

if TYPE_CHECKING:
    from observatory.judge.newly_observed import NewlyObserved
    from observatory.rollup.points.updates import SeriesUpdates
from observatory.model.delivery import ImportPosition

T = TypeVar("T")
KEY_BYTES = 32
"""Of what tells a body from others: a SHA-256."""
SERIES_MAX = 2000
"""Of one service, series of cumulative points that are known at once."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one body becomes: stored whole or not at all."""

    counters: MinuteCounters | CounterSpan
    received_at: datetime
    key: bytes | None = None
    """The same key again within 60 minutes is a duplicate and not counted; None: never a duplicate."""
    position: ImportPosition | None = None
    """Stored in the same transaction; a batch that does not move its file's position forward is a duplicate."""
    size_bytes: int = 0
    """What this batch weighs in the committer's queue."""
    exemplars: ExemplarRows = NO_EXEMPLARS
    """Records that may be kept, as many as there is room for."""
    series: "SeriesUpdates | None" = None
    """Points that count only what came since those before them: resolved in the same transaction, in order of arrival."""
    left_out: tuple[LeftOut, ...] = ()
    """What is in none of its counters, or came late; told of in the same transaction, of a duplicate never."""
    day: date | None = None
    """The civil day it came: of this day what is left out is told, that of its series too; None: of none."""

    def __post_init__(self) -> None:
        if self.key is not None and len(self.key) != KEY_BYTES:
            raise ValueError(f"the key of a batch has {KEY_BYTES} bytes, not {len(self.key)}")


@dataclass(frozen=True, slots=True)
class Unjudged:
    """Minutes of a service that changed since they were last judged: [first_minute, last_minute], both included."""

    service: int
    first_minute: int
    last_minute: int
    generation: int
    """Grows with every change, so that `keep_judged` clears only what the judge has seen."""


class TelemetryReader(Protocol):
    """Reads committed telemetry. Any number of threads at once; sees a consistent snapshot per call."""

    def minutes(self, service: int, first_minute: int, end_minute: int) -> MinuteCounters:
        """Return the rows of a service with first_minute <= minute < end_minute, every menu and source, in key order."""

    def unjudged(self) -> list[Unjudged]:
        """Return what waits for the judge, at most one entry per service."""

    def strips(self, service: int, first_day: date, end_day: date) -> list[DayStrip]:
        """Return the strips of a service with first_day <= day < end_day, ordered by (day, menu)."""

    def load_times(self, service: int, first_day: date, end_day: date) -> list[DayLoad]:
        """Return the day load times of a service with first_day <= day < end_day, ordered by (day, menu, source)."""

    def day_accounts(self, service: int, first_day: date, end_day: date, menu: int | None = None) -> list[DayAccount]:
        """Return what is kept for ever of a service's minutes, or of one menu's, first_day <= day < end_day, ordered by (day, menu)."""

    def first_account(self, service: int) -> DayAccount | None:
        """Return the earliest account of a service as a whole, None without any."""

    def day_changes(self, before: tuple[int, int] | None, limit: int) -> list[DayChange]:
        """Return how days that were over changed later, the newest first; those behind a (second, number) if one is given."""

    def first_day(self, service: int) -> date | None:
        """Return the earliest day a service has a strip of, None without any."""

    def client_errors_from(self) -> int:
        """Return from which minute on client errors were counted, 0 if always: before it nobody knows how many are usual."""

    def left_out(self, service: int, first_day: date, end_day: date) -> LeftOutCounts:
        """Return how many records that came on days with first_day <= day < end_day were left out, or late, for every reason."""

    def left_out_from(self) -> int:
        """Return from which minute on that was counted, 0 if always."""

    def revision(self, service: int) -> int:
        """Return how often the judge has stored something for a service; 0 at first."""

    def revisions(self) -> dict[int, int]:
        """Return the revision of every service that has one: in one call, whether anything was stored anywhere."""

    def day_revisions(self, service: int, first_day: date, end_day: date) -> dict[date, int]:
        """Return by which revision the newest strip or load was stored of each day that has a strip, first_day <= day < end_day.

        What was made of days whose revision stays the same is still true, whatever happened to later ones.
        """

    def changes(self) -> tuple[int, int, int]:
        """Return how often anything was judged, how often anything was made ready, and which of those changed a card last."""

    def published(self, service: int, names: Collection[PartName]) -> dict[PartName, PublishedPart]:
        """Return those of these parts of a service that were ever made ready, all of one moment."""

    def published_since(self, name: PartName, change: int) -> list[PublishedPart]:
        """Return the parts of a name, of all services, that were kept by a later change than this; 0 for all of them."""

    def blind_minutes(self, first_minute: int, end_minute: int) -> list[tuple[int, int]]:
        """Return half-open spans of minutes in which no observatory was running, between its first start and its last heartbeat."""

    def believed_minute(self, minute: int) -> int:
        """Return the newest minute, at most this one, of which it may be believed that it has come.

        A clock that leapt ahead is believed once the observatory was awake after it for as long as it leapt, a day at most;
        until then it is the last minute it was awake, or anything is kept of, before the leap.
        """

    def position(self, file_id: bytes) -> int:
        """Return how many bytes of a file are stored; 0 for an unknown one."""

    def last_minutes(self) -> dict[tuple[int, int], int]:
        """Return the newest minute with data for each (service, source)."""

    def request_totals(self) -> list[tuple[int, int, int, int, int, int]]:
        """Return (service, menu, source, count, bad, throttled) since the beginning, for counters that only ever grow."""

    def load_totals(self) -> list[tuple[int, int, int, int, int]]:
        """Return (service, menu, source, timed, duration_us) since the beginning, kept beside the request totals."""

    def exemplars(self, service: int, minute: int) -> list[Exemplar]:
        """Return the kept records of a service and minute, ordered by menu, kind and time.

        At most EXEMPLARS_PER_KIND_MAX of a menu, minute and kind; TEMPLATES_PER_DAY_MAX templates of a service and UTC day,
        the others are OTHER_TEMPLATE.
        """

    def sender_notes(self) -> list[SenderNote]:
        """Return who sent what in the last 30 days, the newest first: a bounded number of kinds of records, some seconds late."""

    def close(self) -> None:
        """Give the connections back."""


class TelemetryStore(TelemetryReader, Protocol):
    """The one that writes. Exactly one per data folder, used by one thread: the committer's."""

    def add(self, batches: Sequence[Batch]) -> list[bool]:
        """Make the counters of all batches durable in one transaction; True for stored, False for a duplicate.

        Readers see them after the next `flush`, whoever makes it. Order of batches and of calls does not matter to the
        result, but to that of `series`: of points that come out of order only the newest counts. Exemplars go into the same
        transaction, as far as there is room; which of many are kept depends on the order. Raises Overloaded (nothing stored) or StoreLost.
        """

    def flush(self) -> None:
        """Let readers see everything that was ever added: counters add up, their minutes wait for the judge.

        It may end at any point without losing or doubling anything. Raises Overloaded, then some of it may be left, or StoreLost.
        """

    def keep_judged(
        self,
        seen: Unjudged | None,
        service: int,
        strips: Sequence[DayStrip],
        load_times: Sequence[DayLoad],
        *,
        folded: bool = False,
        at: datetime | None = None,
        begun: "Sequence[NewlyObserved]" = (),
    ) -> None:
        """Replace the strips and load times of the days given, raise the service's revision, and clear `seen` unless it grew meanwhile.

        A strip replaces the one of its (service, menu, day). `load_times` replace all load times of every day that occurs in them;
        load times of other days stay. `folded` also deletes the service's minute rows within the minutes of the strips, in the
        same transaction: they are in those (settled) strips and load times now. Only the one `write` that read them may say so.
        Minutes that changed since `seen` was read go on waiting. Nothing at all is stored if a strip is not settled although
        `forget` has settled its day meanwhile: its minute rows are gone, so it has to be judged again.

        `at`, when it was judged: a day whose load times were summed before has a line among `day_changes` for the service as a whole
        and for each menu of which anything changes now that figures are made of; changes that follow each other within an hour are
        one. So has a day that ended and was never summed, if the observatory was awake an hour ago and since its end, or if records of
        it were imported; where nothing at all was kept of it the line is of the service alone.
        Days that count as observed only now (`begun`), and have no such line, have one of the service too if they were over.
        """

    def keep_published(self, parts: Sequence[PublishedPart]) -> None:
        """Keep what was made ready for readers, all of it or nothing: each part in the place of the one of its service and name."""

    def judge_again(self, service: int, first_minute: int, last_minute: int) -> None:
        """Let minutes of a service wait for the judge, as if something had come in for the first and the last of them."""

    def beat(self, minute: int, *, first: bool) -> None:
        """Note that the observatory was awake in this minute; `first` begins a new stretch of being awake, what lies before it is blind."""

    def keep_notes(self, notes: Sequence[SenderNote]) -> None:
        """Add to what is known of who sends, as far as there is room: further kinds of records are not remembered."""

    def forget(self, now: datetime, batch_keys_before: datetime, minutes_before: int, strips_before: date) -> int:
        """Delete a bounded amount of what is older than its retention; return how many rows, 0 when there is nothing left.

        Minute rows go by service and whole day, never singly: only of days that end at or before `minutes_before`, have
        strips and load times, and have nothing unjudged; in the same transaction all strips of that service and day become `settled`.
        Exemplars go EXEMPLARS_KEPT after their minute.
        """
