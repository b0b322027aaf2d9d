"""Write telemetry.sqlite: every change is one transaction of the only writer there is."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path

from observatory.errors import Overloaded, phrase
from observatory.judge.newly_observed import NewlyObserved
from observatory.model.counter_span import CounterSpan
from observatory.model.day import DayLoad, DayStrip
from observatory.model.exemplar import EXEMPLARS_KEPT
from observatory.model.minute import MinuteCounters
from observatory.model.published_part import PublishedPart
from observatory.model.sender_note import SenderNote
from observatory.rollup.sums import Sums
from observatory.store.sqlite.connections import BUSY_TIMEOUT_S, SqliteFile
from observatory.store.sqlite.reserve import RESERVED_ROWS_MAX, TELEMETRY_LEAVES_BYTES, Reserve, room_bytes
from observatory.store.sqlite.telemetry import (
    accounts,
    awake,
    day_changes,
    duplicates,
    exemplars,
    imported,
    judged,
    left_out,
    minutes,
    pending,
    published,
    retention,
    senders,
    series,
    unjudged,
)
from observatory.store.sqlite.telemetry.reader import SqliteTelemetryReader
from observatory.store.sqlite.telemetry.schema import connect_telemetry
from observatory.store.telemetry import Batch, Unjudged


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
                pending.append(connection, counters)
            imported.note_imported(connection, fresh)
            left_out.add_left_out(connection, fresh)
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
            raise Overloaded(
                phrase("cannot use %(file)s: the disk is full"),
                phrase("nothing was stored; free the disk and send it again"),
                file="telemetry.sqlite",
            )

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
            rows = pending.take(connection)
            if rows is None:
                return False
            for added in self._sums.each(rows):
                minutes.add_to_minutes(connection, added, self._sums)
                minutes.add_totals(connection, added)
                unjudged.mark_unjudged(connection, added)
        return True

    def keep_judged(
        self,
        seen: Unjudged | None,
        service: int,
        strips: Sequence[DayStrip],
        load_times: Sequence[DayLoad],
        *,
        folded: bool = False,
        at: datetime | None = None,
        begun: Sequence[NewlyObserved] = (),
    ) -> None:
        """Keep what the judge made of a service and clear `seen`; nothing at all if a day was settled under its hands."""
        if ({strip.service for strip in strips} | {load.service for load in load_times}) - {service}:
            raise ValueError(f"strips and load times must all be of service {service}")
        self._leave_room()
        with self._writer.writing() as connection:
            if judged.would_unsettle(connection, service, strips):
                return
            changed = day_changes.changed_days(connection, strips, load_times, at) if at is not None else []
            changed = day_changes.with_days_begun(connection, service, begun, changed, at) if at is not None else []
            judged.keep_strips(connection, strips)
            accounts.keep_accounts(connection, strips)
            judged.replace_load_times(connection, service, load_times)
            if folded:
                retention.delete_folded(connection, service, strips)
            revision = unjudged.raise_revision(connection, service)
            judged.stamp_days(connection, service, {strip.day for strip in strips} | {load.day for load in load_times}, revision)
            if at is not None:
                day_changes.note_changes(connection, changed, revision, at)
            if seen is not None:
                unjudged.clear_unjudged(connection, seen)

    def keep_published(self, parts: Sequence[PublishedPart]) -> None:
        """Keep what was made ready for readers, all of it or nothing."""
        self._leave_room()
        with self._writer.writing() as connection:
            published.keep_parts(connection, parts)

    def judge_again(self, service: int, first_minute: int, last_minute: int) -> None:
        """Let minutes of a service wait for the judge."""
        with self._writer.writing() as connection:
            unjudged.mark_span(connection, service, first_minute, last_minute)

    def beat(self, minute: int, *, first: bool) -> None:
        """Note that the observatory was awake in this minute; `first` begins a new stretch of being awake."""
        with self._writer.writing() as connection:
            awake.beat(connection, minute, first=first)

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
        awake_before = int(datetime.combine(strips_before, time(), UTC).timestamp()) // 60
        exemplars_before = int((now - EXEMPLARS_KEPT).timestamp()) // 60
        room = rows_max
        with self._writer.writing() as connection:
            room -= duplicates.forget_keys(connection, keys_before, room)
            room -= series.forget_series(connection, now - series.SERIES_KEPT, max(0, room))
            room -= retention.forget_minutes(connection, minutes_before, room)
            room -= exemplars.forget_exemplars(connection, exemplars_before, max(0, room))
            room -= retention.forget_strips(connection, strips_before, max(0, room))
            room -= awake.forget_awake(connection, awake_before, max(0, room))
            room -= senders.forget_senders(connection, int((now - senders.SENDERS_KEPT).timestamp()) // 60, max(0, room))
        return rows_max - room

    def close(self) -> None:
        """Give the connections back; the last one copies the write-ahead log into the file."""
        super().close()
        self._writer.close()


def _counters(connection: sqlite3.Connection, batch: Batch) -> tuple[MinuteCounters | CounterSpan, ...]:
    """Return the counters of a batch, and what is new in its cumulative series if it has any."""
    if not batch.series:
        return (batch.counters,)
    return batch.counters, batch.series.resolve(series.SqliteSeriesBook(connection, batch.received_at))


def _refuse_second_writer() -> sqlite3.Connection:
    raise RuntimeError("telemetry is written by one thread only")
