"""Keep what was made ready for readers: rows of the table published, inside the caller's transaction."""

import json
import sqlite3
from collections.abc import Collection, Sequence

from observatory.model.published_part import PartName, PublishedPart

COLUMNS = "service, name, revision, version, made_minute, until_minute, document, change"


def keep_parts(connection: sqlite3.Connection, parts: Sequence[PublishedPart]) -> None:
    """Keep parts, each in the place of the one of its service and name, as one change of what is published."""
    connection.execute("UPDATE country SET change = change + 1")
    connection.executemany(
        f"""INSERT INTO published ({COLUMNS})
            SELECT :service, :name, :revision, :version, :made_minute, :until_minute, :document, change FROM country WHERE true
            ON CONFLICT (service, name) DO UPDATE SET revision = excluded.revision, version = excluded.version,
            made_minute = excluded.made_minute, until_minute = excluded.until_minute, document = excluded.document,
            change = excluded.change""",  # noqa: S608  # the columns are ours
        [
            {
                "service": part.service,
                "name": part.name,
                "revision": part.revision,
                "version": part.version,
                "made_minute": part.made_minute,
                "until_minute": part.until_minute,
                "document": part.document,
            }
            for part in parts
        ],
    )


def parts_of(connection: sqlite3.Connection, service: int, names: Collection[PartName]) -> dict[PartName, PublishedPart]:
    """Return those of these parts of a service that were ever made."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM published WHERE service = :service AND name IN (SELECT value FROM json_each(:names))",  # noqa: S608
        {"service": service, "names": json.dumps(sorted(names))},
    )
    return {row[1]: PublishedPart(*row) for row in rows}


def changed_parts(connection: sqlite3.Connection, name: PartName, after_change: int) -> list[PublishedPart]:
    """Return the parts of a name, of all services, that were kept by a later change."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM published WHERE name = :name AND change > :change",  # noqa: S608
        {"name": name, "change": after_change},
    )
    return [PublishedPart(*row) for row in rows]


def changes(connection: sqlite3.Connection) -> tuple[int, int, int]:
    """Return how often anything was judged, how often anything was made ready, and which of those changed a card last."""
    judged, made_ready, listed = connection.execute(
        """SELECT coalesce((SELECT sum(revision) FROM judging), 0), (SELECT change FROM country),
                  coalesce((SELECT max(change) FROM published WHERE name = 'card'), 0)"""
    ).fetchone()
    return judged, made_ready, listed
