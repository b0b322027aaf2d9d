"""Keep counters: rows of the tables minute and total, inside the caller's transaction."""

import json
import sqlite3
from collections.abc import Sequence

import numpy as np

from observatory.model.minute import Counter, MinuteCounters
from observatory.rollup.sums import Sums, rows_of
from observatory.store.sqlite.row_order import group
from observatory.store.sqlite.telemetry.blobs import counters_of_blobs, counters_to_blobs, histograms_of_blobs, histograms_to_blobs

TOTALLED = [Counter.COUNT, Counter.BAD, Counter.THROTTLED, Counter.TIMED, Counter.DURATION_US]
"""Counters kept as totals since the beginning, in the order of their columns."""

Row = tuple[int, int, int, int, bytes, bytes]


def read_minutes(connection: sqlite3.Connection, service: int, first_minute: int, end_minute: int) -> MinuteCounters:
    """Return the rows of a service with first_minute <= minute < end_minute, in key order: one seek for each minute."""
    rows = connection.execute(
        """WITH RECURSIVE span (minute) AS (
               SELECT :first_minute WHERE :first_minute < :end_minute
               UNION ALL SELECT minute + 1 FROM span WHERE minute + 1 < :end_minute)
           SELECT minute.minute, service, menu, source, counters, histogram
           FROM span CROSS JOIN minute ON minute.minute = span.minute AND service = :service""",
        {"service": service, "first_minute": first_minute, "end_minute": end_minute},
    ).fetchall()
    return _counters(rows)


def add_to_minutes(connection: sqlite3.Connection, added: MinuteCounters, sums: Sums) -> None:
    """Add counters to what is stored of their minutes; there may be no more of them than `sums` takes at once."""
    stored = _read_beside(connection, added)
    (sum_,) = sums.each(rows_of(added, stored), keys_max=len(added)) if len(stored) else (added,)
    _write(connection, sum_)


def request_totals(connection: sqlite3.Connection) -> list[tuple[int, int, int, int, int, int]]:
    """Return (service, menu, source, count, bad, throttled) since the beginning."""
    return connection.execute("SELECT service, menu, source, count, bad, throttled FROM total ORDER BY service, menu, source").fetchall()


def load_totals(connection: sqlite3.Connection) -> list[tuple[int, int, int, int, int]]:
    """Return (service, menu, source, timed, duration_us) since the beginning."""
    return connection.execute("SELECT service, menu, source, timed, duration_us FROM total ORDER BY service, menu, source").fetchall()


def last_minutes(connection: sqlite3.Connection) -> dict[tuple[int, int], int]:
    """Return the newest minute with data for each (service, source)."""
    rows = connection.execute("SELECT service, source, max(newest_minute) FROM total GROUP BY service, source")
    return {(service, source): minute for service, source, minute in rows}


def _read_beside(connection: sqlite3.Connection, added: MinuteCounters) -> MinuteCounters:
    """Return all stored rows of every (minute, service) of these: few seeks, as most of their menus and sources are touched."""
    pairs = np.unique(added.minute << 32 | added.service)
    rows = connection.execute(
        """SELECT minute, service, menu, source, counters, histogram
           FROM json_each(:pairs) AS pair CROSS JOIN minute ON minute = pair.value >> 32 AND service = pair.value & 4294967295""",
        {"pairs": json.dumps(pairs.tolist())},
    ).fetchall()
    return _counters(rows)


def _counters(rows: Sequence[Row]) -> MinuteCounters:
    minute, service, menu, source, counters, histogram = zip(*rows, strict=True) if rows else ((), (), (), (), (), ())
    bucket_row, bucket, bucket_count = histograms_of_blobs(histogram)
    return MinuteCounters(
        minute=np.array(minute, np.int64),
        service=np.array(service, np.int32),
        menu=np.array(menu, np.int32),
        source=np.array(source, np.int16),
        values=counters_of_blobs(counters),
        bucket_row=bucket_row,
        bucket=bucket,
        bucket_count=bucket_count,
    )


def _write(connection: sqlite3.Connection, sums: MinuteCounters) -> None:
    """Write the absolute values of some rows."""
    connection.executemany(
        """INSERT INTO minute (minute, service, menu, source, counters, histogram) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET counters = excluded.counters, histogram = excluded.histogram""",
        zip(
            sums.minute.tolist(),
            sums.service.tolist(),
            sums.menu.tolist(),
            sums.source.tolist(),
            counters_to_blobs(sums.values),
            histograms_to_blobs(len(sums), sums.bucket_row, sums.bucket, sums.bucket_count),
            strict=True,
        ),
    )


def add_totals(connection: sqlite3.Connection, added: MinuteCounters) -> None:
    """Add counters to the totals since the beginning."""
    order, starts = group((added.service, added.menu, added.source))
    first = order[starts]
    sums = np.add.reduceat(added.values[:, TOTALLED][order], starts)
    newest_minute = np.maximum.reduceat(added.minute[order], starts)
    series = (added.service[first].tolist(), added.menu[first].tolist(), added.source[first].tolist())
    connection.executemany(
        """INSERT INTO total (service, menu, source, count, bad, throttled, timed, duration_us, newest_minute)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET count = count + excluded.count, bad = bad + excluded.bad, throttled = throttled + excluded.throttled,
           timed = timed + excluded.timed, duration_us = duration_us + excluded.duration_us,
           newest_minute = max(newest_minute, excluded.newest_minute)""",
        zip(*series, *sums.T.tolist(), newest_minute.tolist(), strict=True),
    )
