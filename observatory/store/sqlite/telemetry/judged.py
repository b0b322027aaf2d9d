"""Keep what the judge leaves behind: rows of the tables strip and load, inside the caller's transaction."""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date

from observatory.model.day import DayLoad, DayStrip
from observatory.store.sqlite.telemetry.blobs import (
    counters_of_blobs,
    counters_to_blobs,
    load_of_blob,
    load_to_blob,
    strip_of_blob,
    strip_to_blob,
)


def strips(connection: sqlite3.Connection, service: int, first_day: date, end_day: date) -> list[DayStrip]:
    """Return the strips of a service with first_day <= day < end_day, ordered by (day, menu)."""
    rows = connection.execute(
        """SELECT menu, day, first_minute, source, settled, minutes FROM strip
           WHERE service = :service AND day >= :first_day AND day < :end_day ORDER BY day, menu""",
        {"service": service, "first_day": first_day.isoformat(), "end_day": end_day.isoformat()},
    )
    return [
        strip_of_blob(service, menu, date.fromisoformat(day), first_minute, source, minutes, settled=bool(settled))
        for menu, day, first_minute, source, settled, minutes in rows
    ]


def keep_strips(connection: sqlite3.Connection, strips: Sequence[DayStrip]) -> None:
    """Keep strips, each in the place of the one of its (service, menu, day)."""
    connection.executemany(
        """INSERT INTO strip (service, day, menu, first_minute, end_minute, source, settled, minutes)
           VALUES (:service, :day, :menu, :first_minute, :end_minute, :source, :settled, :minutes)
           ON CONFLICT (service, day, menu) DO UPDATE SET first_minute = excluded.first_minute, end_minute = excluded.end_minute,
           source = excluded.source, settled = excluded.settled, minutes = excluded.minutes""",
        [
            {
                "service": strip.service,
                "day": strip.day.isoformat(),
                "menu": strip.menu,
                "first_minute": strip.first_minute,
                "end_minute": strip.first_minute + len(strip),
                "source": strip.source,
                "settled": strip.settled,
                "minutes": strip_to_blob(strip),
            }
            for strip in strips
        ],
    )


def would_unsettle(connection: sqlite3.Connection, service: int, strips: Sequence[DayStrip]) -> bool:
    """Return whether unsettled strips would take the place of settled ones, whose minute rows are gone."""
    return any(_is_settled(connection, service, day) for day in {strip.day for strip in strips if not strip.settled})


def _is_settled(connection: sqlite3.Connection, service: int, day: date) -> bool:
    row = connection.execute(
        "SELECT 1 FROM strip WHERE service = :service AND day = :day AND settled = 1", {"service": service, "day": day.isoformat()}
    ).fetchone()
    return row is not None


def first_day(connection: sqlite3.Connection, service: int) -> date | None:
    """Return the earliest day a service has a strip of, None without any."""
    (day,) = connection.execute("SELECT min(day) FROM strip WHERE service = :service", {"service": service}).fetchone()
    return date.fromisoformat(day) if day else None


def client_errors_from(connection: sqlite3.Connection) -> int:
    """Return from which minute on client errors were counted, 0 if always."""
    (minute,) = connection.execute("SELECT from_minute FROM client_errors").fetchone()
    return int(minute)


def stamp_days(connection: sqlite3.Connection, service: int, days: Iterable[date], revision: int) -> None:
    """Note by which revision days were stored."""
    connection.executemany(
        "UPDATE strip SET revision = :revision WHERE service = :service AND day = :day",
        [{"service": service, "day": day.isoformat(), "revision": revision} for day in days],
    )


def day_revisions(connection: sqlite3.Connection, service: int, first_day: date, end_day: date) -> dict[date, int]:
    """Return by which revision each day with a strip was stored; answered from the index alone."""
    rows = connection.execute(
        """SELECT day, max(revision) FROM strip
           WHERE service = :service AND day >= :first_day AND day < :end_day GROUP BY day""",
        {"service": service, "first_day": first_day.isoformat(), "end_day": end_day.isoformat()},
    )
    return {date.fromisoformat(day): revision for day, revision in rows}


def load_times(connection: sqlite3.Connection, service: int, first_day: date, end_day: date) -> list[DayLoad]:
    """Return the day load times of a service with first_day <= day < end_day, ordered by (day, menu, source)."""
    rows = connection.execute(
        """SELECT menu, day, source, authoritative, counters, histogram FROM load
           WHERE service = :service AND day >= :first_day AND day < :end_day ORDER BY day, menu, source""",
        {"service": service, "first_day": first_day.isoformat(), "end_day": end_day.isoformat()},
    )
    return [_load(service, *row) for row in rows]


def _load(service: int, menu: int, day: str, source: int, authoritative: int, counters: bytes, histogram: bytes) -> DayLoad:
    values = counters_of_blobs([counters])[0]
    return DayLoad(service, menu, date.fromisoformat(day), source, bool(authoritative), values, *load_of_blob(histogram))


def replace_load_times(connection: sqlite3.Connection, service: int, load_times: Sequence[DayLoad]) -> None:
    """Keep load times in the place of all load times of every day that occurs in them."""
    connection.executemany(
        "DELETE FROM load WHERE service = :service AND day = :day",
        [{"service": service, "day": day} for day in {load.day.isoformat() for load in load_times}],
    )
    connection.executemany(
        """INSERT INTO load (service, day, menu, source, authoritative, counters, histogram)
           VALUES (:service, :day, :menu, :source, :authoritative, :counters, :histogram)""",
        [
            {
                "service": service,
                "day": load.day.isoformat(),
                "menu": load.menu,
                "source": load.source,
                "authoritative": load.authoritative,
                "counters": counters_to_blobs(load.values.reshape(1, -1))[0],
                "histogram": load_to_blob(load.bucket, load.bucket_count),
            }
            for load in load_times
        ],
    )
