"""Keep which minutes wait for the judge: rows of the tables judging and unjudged, inside the caller's transaction.

Kept apart for each service and slice of 1440 minutes, so that what still comes in today does not hold up an older day.
"""

import sqlite3

import numpy as np

from observatory.model.minute import MinuteCounters
from observatory.store.sqlite.row_order import group
from observatory.store.telemetry import Unjudged

SLICE_MINUTES = 1440


def mark_unjudged(connection: sqlite3.Connection, added: MinuteCounters) -> None:
    """Note that these minutes of these services changed."""
    minute, service = added.minute, added.service
    slices = minute // SLICE_MINUTES
    order, starts = group((service, slices))
    first = order[starts]
    marks = list(
        zip(
            service[first].tolist(),
            slices[first].tolist(),
            np.minimum.reduceat(minute[order], starts).tolist(),
            np.maximum.reduceat(minute[order], starts).tolist(),
            strict=True,
        )
    )
    _mark(connection, marks)


def mark_span(connection: sqlite3.Connection, service: int, first_minute: int, last_minute: int) -> None:
    """Note that all minutes of a span are to be judged again."""
    slices = range(first_minute // SLICE_MINUTES, last_minute // SLICE_MINUTES + 1)
    bounds = [(each, each * SLICE_MINUTES, (each + 1) * SLICE_MINUTES - 1) for each in slices]
    _mark(connection, [(service, each, max(first, first_minute), min(last, last_minute)) for each, first, last in bounds])


def _mark(connection: sqlite3.Connection, marks: list[tuple[int, int, int, int]]) -> None:
    _raise_generations(connection, {service for service, *_ in marks})
    connection.executemany(
        """INSERT INTO unjudged (service, slice, first_minute, last_minute, generation)
           SELECT ?1, ?2, ?3, ?4, generation FROM judging WHERE service = ?1
           ON CONFLICT (service, slice) DO UPDATE SET generation = excluded.generation,
           first_minute = min(first_minute, excluded.first_minute), last_minute = max(last_minute, excluded.last_minute)""",
        marks,
    )


def unjudged(connection: sqlite3.Connection) -> list[Unjudged]:
    """Return what waits for the judge, at most one entry per service."""
    rows = connection.execute(
        "SELECT service, min(first_minute), max(last_minute), max(generation) FROM unjudged GROUP BY service ORDER BY service"
    )
    return [Unjudged(*row) for row in rows]


def clear_unjudged(connection: sqlite3.Connection, seen: Unjudged) -> None:
    """Forget what the judge has seen; slices that changed since then go on waiting."""
    connection.execute(
        """DELETE FROM unjudged WHERE service = :service AND generation <= :generation
           AND first_minute >= :first_minute AND last_minute <= :last_minute""",
        {
            "service": seen.service,
            "generation": seen.generation,
            "first_minute": seen.first_minute,
            "last_minute": seen.last_minute,
        },
    )


def revision(connection: sqlite3.Connection, service: int) -> int:
    """Return how often the judge has stored something for a service."""
    row = connection.execute("SELECT revision FROM judging WHERE service = :service", {"service": service}).fetchone()
    return row[0] if row else 0


def revisions(connection: sqlite3.Connection) -> dict[int, int]:
    """Return the revision of every service that has one."""
    return dict(connection.execute("SELECT service, revision FROM judging WHERE revision > 0").fetchall())


def raise_revision(connection: sqlite3.Connection, service: int) -> int:
    """Note that the judge stored something for a service; return its revision from now on."""
    connection.execute(
        "INSERT INTO judging (service, revision) VALUES (:service, 1) ON CONFLICT (service) DO UPDATE SET revision = revision + 1",
        {"service": service},
    )
    return revision(connection, service)


def _raise_generations(connection: sqlite3.Connection, services: set[int]) -> None:
    connection.executemany(
        "INSERT INTO judging (service, generation) VALUES (?, 1) ON CONFLICT (service) DO UPDATE SET generation = generation + 1",
        [(service,) for service in services],
    )
