"""Keep what is known of cumulative series: rows of the table series, inside the caller's transaction.

A series is known by a hash; the state is `rollup.series`' own.
"""

import sqlite3
from datetime import datetime, timedelta

from observatory.store.sqlite.telemetry.duplicates import milliseconds
from observatory.store.telemetry import SERIES_MAX

SERIES_KEPT = timedelta(hours=72)
"""After its last point a series is forgotten: as late as the network doors take records."""
IDLE = timedelta(hours=1)
"""Where there is no room for a new series, those give way that had no point for so long."""


class SqliteSeriesBook:
    """A `SeriesBook` for one transaction."""

    def __init__(self, connection: sqlite3.Connection, received_at: datetime) -> None:
        self._connection = connection
        self._seen_ms = milliseconds(received_at)

    def state(self, service: int, series: bytes) -> bytes | None:
        """Return what is stored of a series."""
        row = self._connection.execute(
            "SELECT state FROM series WHERE service = :service AND series = :series", {"service": service, "series": series}
        ).fetchone()
        return row[0] if row else None

    def keep(self, service: int, series: bytes, state: bytes) -> bool:
        """Store it; False if the service has as many series as it may and this is a new one."""
        updated = self._connection.execute(
            """UPDATE series SET state = :state, seen_ms = max(seen_ms, :seen_ms)
               WHERE service = :service AND series = :series""",
            {"service": service, "series": series, "state": state, "seen_ms": self._seen_ms},
        )
        if updated.rowcount:
            return True
        if self._count(service) >= SERIES_MAX and not self._forget_idle(service):
            return False
        self._connection.execute(
            "INSERT INTO series (service, series, state, seen_ms) VALUES (:service, :series, :state, :seen_ms)",
            {"service": service, "series": series, "state": state, "seen_ms": self._seen_ms},
        )
        return True

    def _count(self, service: int) -> int:
        found: tuple[int] = self._connection.execute(
            "SELECT count(*) FROM series WHERE service = :service", {"service": service}
        ).fetchone()
        return found[0]

    def _forget_idle(self, service: int) -> int:
        return self._connection.execute(
            "DELETE FROM series WHERE service = :service AND seen_ms < :before_ms",
            {"service": service, "before_ms": self._seen_ms - IDLE // timedelta(milliseconds=1)},
        ).rowcount


def forget_series(connection: sqlite3.Connection, before: datetime, limit: int) -> int:
    """Delete at most `limit` series without a point since a moment; return how many."""
    return connection.execute(
        """DELETE FROM series WHERE (service, series) IN
           (SELECT service, series FROM series WHERE seen_ms < :before_ms ORDER BY seen_ms LIMIT :limit)""",
        {"before_ms": milliseconds(before), "limit": limit},
    ).rowcount
