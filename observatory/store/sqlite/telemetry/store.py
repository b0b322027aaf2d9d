"""telemetry.sqlite in, the telemetry protocols out: what reads it, and the one that writes."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from functools import partial
from pathlib import Path

from observatory.errors import Overloaded
from observatory.model.counter_span import CounterSpan
from observatory.model.day import DayLoad, DayStrip
from observatory.model.exemplar import EXEMPLARS_KEPT, Exemplar
from observatory.model.minute import MinuteCounters
from observatory.model.sender_note import SenderNote
from observatory.rollup.sums import Sums
from observatory.store.sqlite.connections import BUSY_TIMEOUT_S, SqliteFile, connect_reader
from observatory.store.sqlite.migrating import require_schema
from observatory.store.sqlite.reserve import RESERVED_ROWS_MAX, TELEMETRY_LEAVES_BYTES, Reserve, room_bytes
from observatory.store.sqlite.telemetry import duplicates, exemplars, judged, minutes, retention, senders, series, unjudged
from observatory.store.sqlite.telemetry import pending as journal
from observatory.store.sqlite.telemetry import uptime as runs
from observatory.store.sqlite.telemetry.schema import connect_telemetry, telemetry_migrations
from observatory.store.telemetry import Batch, Unjudged


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

    def loads(self, service: int, first_day: date, end_day: date) -> list[DayLoad]:
        """Return the day loads of a service with first_day <= day < end_day, ordered by (day, menu, source)."""
        with self._readers.reading() as connection:
            return judged.loads(connection, service, first_day, end_day)

    def first_day(self, service: int) -> date | None:
        """Return the earliest day a service has a strip of, None without any."""
        with self._readers.reading() as connection:
            return judged.first_day(connection, service)

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

    def blind_minutes(self, first_minute: int, end_minute: int) -> list[tuple[int, int]]:
        """Return half-open spans in which no observatory was running."""
        with self._readers.reading() as connection:
            return runs.blind_minutes(connection, first_minute, end_minute)

    def believed_minute(self, minute: int) -> int:
        """Return the newest minute, at most this one, of which it may be believed that it has come."""
        with self._readers.reading() as connection:
            return runs.believed_minute(connection, minute)

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


class SqliteTelemetryStore(SqliteTelemetryReader):
    """A `TelemetryStore`: one connection that writes and copies the write-ahead log, beside those that read."""

    def __init__(self, path: Path, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        writer = connect_telemetry(path, busy_timeout_s)
        try:
            self._keys = duplicates.KeyBook(writer)
        except BaseException:
            writer.close()
            raise
        self._writer = SqliteFile(path, _refuse_second_writer, first=writer)
        self._folder = path.parent
        self._reserve = Reserve(path.parent)
        self._exemplars = exemplars.ExemplarWriter()
        self._sums = Sums()
        super().__init__(path, busy_timeout_s)

    def add(self, batches: Sequence[Batch]) -> list[bool]:
        """Make the counters of all batches durable in one transaction; True for stored, False for a duplicate."""
        self._leave_room()
        with self._adding() as connection:
            new = self._keys.are_new(connection, batches)
            fresh = [batch for batch, stored in zip(batches, new, strict=True) if stored]
            if counters := [part for batch in fresh for part in _counters(connection, batch) if len(part)]:
                journal.append(connection, counters)
            if kept := [batch.exemplars for batch in fresh if len(batch.exemplars)]:
                self._exemplars.add(connection, kept)
        return new

    def _leave_room(self) -> None:
        """Raise Overloaded if the disk has only left what belongs to the register, also once the log is copied into its file."""
        if room_bytes(self._folder) >= TELEMETRY_LEAVES_BYTES:
            return
        with self._writer.alone() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if room_bytes(self._folder) < TELEMETRY_LEAVES_BYTES:
            raise Overloaded("cannot use telemetry.sqlite: the disk is full", "nothing was stored; free the disk and send it again")

    @contextmanager
    def _adding(self) -> Iterator[sqlite3.Connection]:
        """Write in one transaction; if it fails, what is remembered of it is not there."""
        self._keys.begin()
        try:
            with self._writer.writing() as connection:
                yield connection
        except BaseException:
            self._exemplars.forget()
            self._keys.take_back()
            raise

    def flush(self) -> None:
        """Let readers see what was added."""
        while self._flush_some():
            pass

    def _flush_some(self) -> bool:
        """Carry some of the journal over; False if there was nothing."""
        with self._writer.writing() as connection:
            rows = journal.take(connection)
            if rows is None:
                return False
            for added in self._sums.each(rows):
                minutes.add_to_minutes(connection, added, self._sums)
                minutes.add_totals(connection, added)
                unjudged.mark_unjudged(connection, added)
        return True

    def keep_judged(
        self, seen: Unjudged | None, service: int, strips: Sequence[DayStrip], loads: Sequence[DayLoad], *, folded: bool = False
    ) -> None:
        """Keep what the judge made of a service and clear `seen`; nothing at all if a day was settled under its hands."""
        if ({strip.service for strip in strips} | {load.service for load in loads}) - {service}:
            raise ValueError(f"strips and loads must all be of service {service}")
        self._leave_room()
        with self._writer.writing() as connection:
            if judged.would_unsettle(connection, service, strips):
                return
            judged.keep_strips(connection, strips)
            judged.replace_loads(connection, service, loads)
            if folded:
                retention.delete_folded(connection, service, strips)
            revision = unjudged.raise_revision(connection, service)
            judged.stamp_days(connection, service, {strip.day for strip in strips} | {load.day for load in loads}, revision)
            if seen is not None:
                unjudged.clear_unjudged(connection, seen)

    def beat(self, minute: int, *, first: bool) -> None:
        """Note that the observatory was awake in this minute; `first` begins a new run."""
        with self._writer.writing() as connection:
            runs.beat(connection, minute, first=first)

    def keep_notes(self, notes: Sequence[SenderNote]) -> None:
        """Add to what is known of who sends."""
        with self._writer.writing() as connection:
            senders.keep_notes(connection, notes)

    def forget(self, now: datetime, batch_keys_before: datetime, minutes_before: int, strips_before: date) -> int:
        """Delete a bounded amount of what is older than its retention; return how many rows. A full disk is no obstacle."""
        self._reserve.take()
        try:
            return self._forget(now, batch_keys_before, minutes_before, strips_before, retention.FORGET_ROWS_MAX)
        except Overloaded:
            if not self._reserve.give_up():
                raise
        forgotten = self._forget(now, batch_keys_before, minutes_before, strips_before, RESERVED_ROWS_MAX)
        with self._writer.alone() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._reserve.take()
        return forgotten

    def _forget(self, now: datetime, batch_keys_before: datetime, minutes_before: int, strips_before: date, rows_max: int) -> int:
        keys_before = min(batch_keys_before, now - duplicates.DUPLICATE_WINDOW)
        runs_before = int(datetime.combine(strips_before, time(), UTC).timestamp()) // 60
        exemplars_before = int((now - EXEMPLARS_KEPT).timestamp()) // 60
        room = rows_max
        with self._writer.writing() as connection:
            room -= duplicates.forget_keys(connection, keys_before, room)
            room -= series.forget_series(connection, now - series.SERIES_KEPT, max(0, room))
            room -= retention.forget_minutes(connection, minutes_before, room)
            room -= exemplars.forget_exemplars(connection, exemplars_before, max(0, room))
            room -= retention.forget_strips(connection, strips_before, max(0, room))
            room -= runs.forget_runs(connection, runs_before, max(0, room))
            room -= senders.forget_senders(connection, int((now - senders.SENDERS_KEPT).timestamp()) // 60, max(0, room))
        return rows_max - room

    def close(self) -> None:
        """Give the connections back; the last one copies the write-ahead log into the file."""
        super().close()
        self._writer.close()


def _connect(path: Path, busy_timeout_s: float) -> sqlite3.Connection:
    """Open a file for reading. Raises BadSettings unless its schema is the one we know."""
    connection = connect_reader(path, busy_timeout_s)
    try:
        require_schema(connection, telemetry_migrations, path.name)
    except BaseException:
        connection.close()
        raise
    return connection


def _counters(connection: sqlite3.Connection, batch: Batch) -> tuple[MinuteCounters | CounterSpan, ...]:
    """Return the counters of a batch, and what is new in its cumulative series if it has any."""
    if not batch.series:
        return (batch.counters,)
    return batch.counters, batch.series.resolve(series.SqliteSeriesBook(connection, batch.received_at))


def _refuse_second_writer() -> sqlite3.Connection:
    raise RuntimeError("telemetry is written by one thread only")
