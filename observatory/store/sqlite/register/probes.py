"""Keep where and how often checks are made: rows of the tables vantage and probe_series, inside the caller's transaction."""

import sqlite3
from collections.abc import Sequence

from observatory.errors import Conflict
from observatory.model.columns import Source
from observatory.store.register import ProbeSeries

VANTAGES_MAX = 32_000
"""Who ever made a check that counts. Numbers are not given away again: what a vantage measured is kept for ever under its own.

All there are but some: a source is a number of 16 bits wherever counters are.
"""


def vantage(connection: sqlite3.Connection, name: str) -> int | None:
    """Return the source number of a vantage, None for an unknown one."""
    row = connection.execute("SELECT source FROM vantage WHERE name = :name", {"name": name}).fetchone()
    return row[0] if row else None


def vantages(connection: sqlite3.Connection) -> dict[int, str]:
    """Return the name of every vantage, by source number."""
    return dict(connection.execute("SELECT source, name FROM vantage ORDER BY source").fetchall())


def add_vantage(connection: sqlite3.Connection, name: str) -> int:
    """Give a vantage the next source number, unless it has one. Raises Conflict when there are too many."""
    known = vantage(connection, name)
    if known is not None:
        return known
    (source,) = connection.execute("SELECT coalesce(max(source) + 1, :first) FROM vantage", {"first": int(Source.PROBE)}).fetchone()
    if source >= Source.PROBE + VANTAGES_MAX:
        raise Conflict(
            f"cannot take checks from {name!r}: {VANTAGES_MAX} others have made checks, and each keeps its number for ever",
            "nothing was stored; send with a token that has made checks before, one token for each place checks are made from",
        )
    connection.execute("INSERT INTO vantage (source, name) VALUES (:source, :name)", {"source": source, "name": name})
    return int(source)


def keep_probe_series(connection: sqlite3.Connection, series: Sequence[ProbeSeries]) -> None:
    """Remember the declared intervals, replacing earlier ones of the same service, menu and source."""
    connection.executemany(
        """INSERT INTO probe_series (service, menu, source, interval_s) VALUES (:service, :menu, :source, :interval_s)
           ON CONFLICT (service, menu, source) DO UPDATE SET interval_s = excluded.interval_s""",
        [{"service": one.service, "menu": one.menu, "source": one.source, "interval_s": one.interval_s} for one in series],
    )


def probe_series(connection: sqlite3.Connection, service: int) -> list[ProbeSeries]:
    """Return the declared intervals of a service, ordered by menu and source."""
    rows = connection.execute(
        "SELECT service, menu, source, interval_s FROM probe_series WHERE service = :service ORDER BY menu, source", {"service": service}
    )
    return [ProbeSeries(*row) for row in rows]
