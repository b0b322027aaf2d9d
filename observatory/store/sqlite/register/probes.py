"""Keep from where and how often checks are made, and what comes of them: rows of vantage, agency_vantage, probe_series and more."""

import sqlite3
from collections.abc import Sequence
from datetime import date

from observatory.errors import Conflict
from observatory.model.check import CheckSeen, Sighted
from observatory.model.columns import Source
from observatory.store.observed_books import ProbeSeries
from observatory.store.sqlite.moments import moment_of, text_of

VANTAGES_MAX = Source.AGENCY_PROBE - Source.PROBE
AGENCY_VANTAGES_MAX = 16_000
"""Who ever made a check that counts. Numbers are not given away again: what a vantage measured is kept for ever under its own.

All there are but some: a source is a number of 16 bits wherever counters are.
"""

FOUND, AGENCY_FOUND = "SELECT source FROM vantage WHERE name = :name", "SELECT source FROM agency_vantage WHERE name = :name"
NEWEST, AGENCY_NEWEST = "SELECT max(source) FROM vantage", "SELECT max(source) FROM agency_vantage"
ADDED = "INSERT INTO vantage (source, name) VALUES (:source, :name)"
AGENCY_ADDED = "INSERT INTO agency_vantage (source, name) VALUES (:source, :name)"


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

    def vantage(self, name: str, *, of_agency: bool = False) -> int | None:
        found = AGENCY_FOUND if of_agency else FOUND
        row = self._connection.execute(found, {"name": name}).fetchone()
        return row[0] if row else None

    def add_vantage(self, name: str, *, of_agency: bool = False) -> int:
        known = self.vantage(name, of_agency=of_agency)
        if known is not None:
            return known
        first, count_max = (Source.AGENCY_PROBE, AGENCY_VANTAGES_MAX) if of_agency else (Source.PROBE, VANTAGES_MAX)
        ((newest,),) = self._connection.execute(AGENCY_NEWEST if of_agency else NEWEST).fetchall()
        source = int(first) if newest is None else newest + 1
        if source >= first + count_max:
            raise Conflict(
                f"cannot take checks from {name!r}: {count_max} others have made checks, and each keeps its number for ever",
                "nothing was stored; send with a token that has made checks before, one token for each place checks are made from",
            )
        self._connection.execute(AGENCY_ADDED if of_agency else ADDED, {"source": source, "name": name})
        return source

    def vantages(self) -> dict[int, str]:
        both = "SELECT source, name FROM vantage UNION ALL SELECT source, name FROM agency_vantage ORDER BY source"
        return dict(self._connection.execute(both).fetchall())

    def keep_seen(self, seen: Sequence[CheckSeen]) -> None:
        self._connection.executemany(
            """INSERT INTO check_seen (service, menu, source, outcome, since, last_at, certificate_ends_at)
               VALUES (:service, :menu, :source, :outcome, :since, :last_at, :certificate_ends_at)
               ON CONFLICT (service, menu, source) DO UPDATE SET outcome = excluded.outcome, since = excluded.since,
                   last_at = excluded.last_at, certificate_ends_at = excluded.certificate_ends_at""",
            [
                {
                    "service": one.service,
                    "menu": one.menu,
                    "source": one.source,
                    "outcome": one.outcome,
                    "since": text_of(one.since),
                    "last_at": text_of(one.last_at),
                    "certificate_ends_at": text_of(one.certificate_ends_at),
                }
                for one in seen
            ],
        )

    def seen(self, service: int) -> list[CheckSeen]:
        rows = self._connection.execute(
            """SELECT service, menu, source, outcome, since, last_at, certificate_ends_at FROM check_seen
               WHERE service = :service ORDER BY menu, source""",
            {"service": service},
        )
        return [
            CheckSeen(index, menu, source, outcome, moment_of(since), moment_of(last_at), moment_of(ends_at))
            for index, menu, source, outcome, since, last_at, ends_at in rows
        ]

    def add_sighted(self, counted: Sequence[Sighted]) -> None:
        self._connection.executemany(
            """INSERT INTO sighted (service, day, checks, seen, traced) VALUES (:service, :day, :checks, :seen, :traced)
               ON CONFLICT (service, day) DO UPDATE SET checks = checks + excluded.checks, seen = seen + excluded.seen,
                   traced = max(traced, excluded.traced)""",
            [
                {"service": one.service, "day": one.day.isoformat(), "checks": one.checks, "seen": one.seen, "traced": one.traced}
                for one in counted
            ],
        )

    def sighted(self, service: int, first: date) -> list[Sighted]:
        rows = self._connection.execute(
            "SELECT service, day, checks, seen, traced FROM sighted WHERE service = :service AND day >= :first ORDER BY day",
            {"service": service, "first": first.isoformat()},
        )
        return [Sighted(index, date.fromisoformat(day), checks, seen, bool(traced)) for index, day, checks, seen, traced in rows]

    def forget_sighted(self, before: date) -> None:
        self._connection.execute("DELETE FROM sighted WHERE day < :before", {"before": before.isoformat()})
