"""Read telemetry.sqlite: every question is one consistent snapshot, and nothing is ever written."""

import sqlite3
from collections.abc import Collection
from datetime import date
from functools import partial
from pathlib import Path

from observatory.model.day import DayAccount, DayLoad, DayStrip
from observatory.model.day_change import DayChange
from observatory.model.exemplar import Exemplar
from observatory.model.left_out import LeftOutCounts
from observatory.model.minute import MinuteCounters
from observatory.model.published_part import PartName, PublishedPart
from observatory.model.sender_note import SenderNote
from observatory.store.sqlite.connections import BUSY_TIMEOUT_S, SqliteFile, connect_reader
from observatory.store.sqlite.migrating import require_schema
from observatory.store.sqlite.telemetry import (
    accounts,
    awake,
    day_changes,
    duplicates,
    exemplars,
    judged,
    left_out,
    minutes,
    published,
    senders,
    unjudged,
)
from observatory.store.sqlite.telemetry.schema import telemetry_migrations
from observatory.store.telemetry import Unjudged


class SqliteTelemetryReader:
    """A `TelemetryReader`. Never writes, so never copies the write-ahead log."""

    def __init__(self, path: Path, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        self._readers = SqliteFile(path, partial(_connect, path, busy_timeout_s))

    def minutes(self, service: int, first_minute: int, end_minute: int) -> MinuteCounters:
        """Return the rows of a service with first_minute <= minute < end_minute, in key order."""
        with self._readers.reading() as connection:
            return minutes.read_minutes(connection, service, first_minute, end_minute)

    def unjudged(self) -> list[Unjudged]:
        """Return what waits for the judge, at most one entry per service."""
        with self._readers.reading() as connection:
            return unjudged.unjudged(connection)

    def strips(self, service: int, first_day: date, end_day: date) -> list[DayStrip]:
        """Return the strips of a service with first_day <= day < end_day, ordered by (day, menu)."""
        with self._readers.reading() as connection:
            return judged.strips(connection, service, first_day, end_day)

    def load_times(self, service: int, first_day: date, end_day: date) -> list[DayLoad]:
        """Return the day load times of a service with first_day <= day < end_day, ordered by (day, menu, source)."""
        with self._readers.reading() as connection:
            return judged.load_times(connection, service, first_day, end_day)

    def day_accounts(self, service: int, first_day: date, end_day: date, menu: int | None = None) -> list[DayAccount]:
        """Return what is kept for ever of the minutes of a service, or of one menu, first_day <= day < end_day, ordered by (day, menu)."""
        with self._readers.reading() as connection:
            return accounts.day_accounts(connection, service, first_day, end_day, menu)

    def first_account(self, service: int) -> DayAccount | None:
        """Return the earliest account of a service as a whole, None without any."""
        with self._readers.reading() as connection:
            return accounts.first_account(connection, service)

    def day_changes(self, before: tuple[int, int] | None, limit: int) -> list[DayChange]:
        """Return how days that were over changed later, the newest first."""
        with self._readers.reading() as connection:
            return day_changes.day_changes(connection, before, limit)

    def first_day(self, service: int) -> date | None:
        """Return the earliest day a service has a strip of, None without any."""
        with self._readers.reading() as connection:
            return judged.first_day(connection, service)

    def client_errors_from(self) -> int:
        """Return from which minute on client errors were counted, 0 if always."""
        with self._readers.reading() as connection:
            return judged.client_errors_from(connection)

    def left_out(self, service: int, first_day: date, end_day: date) -> LeftOutCounts:
        """Return how many records of a service were left out, or came late, that came on days with first_day <= day < end_day."""
        with self._readers.reading() as connection:
            return left_out.left_out(connection, service, first_day, end_day)

    def left_out_from(self) -> int:
        """Return from which minute on that was counted, 0 if always."""
        with self._readers.reading() as connection:
            return left_out.left_out_from(connection)

    def revision(self, service: int) -> int:
        """Return how often the judge has stored something for a service; 0 at first."""
        with self._readers.reading() as connection:
            return unjudged.revision(connection, service)

    def revisions(self) -> dict[int, int]:
        """Return the revision of every service that has one."""
        with self._readers.reading() as connection:
            return unjudged.revisions(connection)

    def day_revisions(self, service: int, first_day: date, end_day: date) -> dict[date, int]:
        """Return by which revision each day with a strip was stored, first_day <= day < end_day."""
        with self._readers.reading() as connection:
            return judged.day_revisions(connection, service, first_day, end_day)

    def changes(self) -> tuple[int, int, int]:
        """Return how often anything was judged, how often anything was made ready, and which of those changed a card last."""
        with self._readers.reading() as connection:
            return published.changes(connection)

    def published(self, service: int, names: Collection[PartName]) -> dict[PartName, PublishedPart]:
        """Return those of these parts of a service that were ever made ready."""
        with self._readers.reading() as connection:
            return published.parts_of(connection, service, names)

    def published_since(self, name: PartName, change: int) -> list[PublishedPart]:
        """Return the parts of a name, of all services, that were kept by a later change."""
        with self._readers.reading() as connection:
            return published.changed_parts(connection, name, change)

    def blind_minutes(self, first_minute: int, end_minute: int) -> list[tuple[int, int]]:
        """Return half-open spans in which no observatory was running."""
        with self._readers.reading() as connection:
            return awake.blind_minutes(connection, first_minute, end_minute)

    def believed_minute(self, minute: int) -> int:
        """Return the newest minute, at most this one, of which it may be believed that it has come."""
        with self._readers.reading() as connection:
            return awake.believed_minute(connection, minute)

    def position(self, file_id: bytes) -> int:
        """Return how many bytes of a file are stored; 0 for an unknown one."""
        with self._readers.reading() as connection:
            return duplicates.position(connection, file_id)

    def last_minutes(self) -> dict[tuple[int, int], int]:
        """Return the newest minute with data for each (service, source)."""
        with self._readers.reading() as connection:
            return minutes.last_minutes(connection)

    def request_totals(self) -> list[tuple[int, int, int, int, int, int]]:
        """Return (service, menu, source, count, bad, throttled) since the beginning."""
        with self._readers.reading() as connection:
            return minutes.request_totals(connection)

    def load_totals(self) -> list[tuple[int, int, int, int, int]]:
        """Return (service, menu, source, timed, duration_us) since the beginning."""
        with self._readers.reading() as connection:
            return minutes.load_totals(connection)

    def exemplars(self, service: int, minute: int) -> list[Exemplar]:
        """Return the kept records of a service and minute, ordered by menu, kind and time."""
        with self._readers.reading() as connection:
            return exemplars.exemplars(connection, service, minute)

    def sender_notes(self) -> list[SenderNote]:
        """Return who sent what, the newest first."""
        with self._readers.reading() as connection:
            return senders.sender_notes(connection)

    def close(self) -> None:
        """Give the connections back."""
        self._readers.close()


def _connect(path: Path, busy_timeout_s: float) -> sqlite3.Connection:
    """Open a file for reading. Raises BadSettings unless its schema is the one we know."""
    connection = connect_reader(path, busy_timeout_s)
    try:
        require_schema(connection, telemetry_migrations, path.name)
    except BaseException:
        connection.close()
        raise
    return connection
