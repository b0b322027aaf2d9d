"""Keep from where and how often checks are made: rows of the tables vantage and probe_series."""

import sqlite3
from collections.abc import Sequence

from observatory.errors import Conflict
from observatory.model.columns import Source
from observatory.store.observed_books import ProbeSeries

VANTAGES_MAX = 32_000
"""Who ever made a check that counts. Numbers are not given away again: what a vantage measured is kept for ever under its own.

All there are but some: a source is a number of 16 bits wherever counters are.
"""


class SqliteProbes:
    """The `ProbeBook`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def keep_series(self, series: Sequence[ProbeSeries]) -> None:
        self._connection.executemany(
            """INSERT INTO probe_series (service, menu, source, interval_s) VALUES (:service, :menu, :source, :interval_s)
               ON CONFLICT (service, menu, source) DO UPDATE SET interval_s = excluded.interval_s""",
            [{"service": one.service, "menu": one.menu, "source": one.source, "interval_s": one.interval_s} for one in series],
        )

    def series(self, service: int) -> list[ProbeSeries]:
        rows = self._connection.execute(
            "SELECT service, menu, source, interval_s FROM probe_series WHERE service = :service ORDER BY menu, source",
            {"service": service},
        )
        return [ProbeSeries(*row) for row in rows]

    def vantage(self, name: str) -> int | None:
        row = self._connection.execute("SELECT source FROM vantage WHERE name = :name", {"name": name}).fetchone()
        return row[0] if row else None

    def add_vantage(self, name: str) -> int:
        known = self.vantage(name)
        if known is not None:
            return known
        (source,) = self._connection.execute(
            "SELECT coalesce(max(source) + 1, :first) FROM vantage", {"first": int(Source.PROBE)}
        ).fetchone()
        if source >= Source.PROBE + VANTAGES_MAX:
            raise Conflict(
                f"cannot take checks from {name!r}: {VANTAGES_MAX} others have made checks, and each keeps its number for ever",
                "nothing was stored; send with a token that has made checks before, one token for each place checks are made from",
            )
        self._connection.execute("INSERT INTO vantage (source, name) VALUES (:source, :name)", {"source": source, "name": name})
        return int(source)

    def vantages(self) -> dict[int, str]:
        return dict(self._connection.execute("SELECT source, name FROM vantage ORDER BY source").fetchall())
