"""Keep who sends what: rows of the table sender, inside the caller's transaction."""

import sqlite3
from collections.abc import Sequence
from datetime import timedelta

from observatory.model.sender_note import SenderKey, SenderNote

SENDER_ROWS_MAX = 5000
"""Kinds of records that are remembered; there is no room for further ones until older ones are forgotten."""
SENDERS_KEPT = timedelta(days=30)
"""After its last record a kind is forgotten."""


def keep_notes(connection: sqlite3.Connection, notes: Sequence[SenderNote]) -> None:
    """Add notes to what is known, as far as there is room."""
    (room,) = connection.execute("SELECT :most - count(*) FROM sender", {"most": SENDER_ROWS_MAX}).fetchone()
    for note in notes:
        values = _values(note)
        known = connection.execute(
            """UPDATE sender SET records = records + :records, newest_minute = max(newest_minute, :newest_minute)
               WHERE sender = :sender AND reason = :reason AND service = :service AND source = :source
                 AND namespace = :namespace AND name = :name AND template = :template""",
            values,
        ).rowcount
        if not known and room > 0:
            room -= 1
            connection.execute(
                """INSERT INTO sender (sender, reason, service, source, namespace, name, template, records, newest_minute)
                   VALUES (:sender, :reason, :service, :source, :namespace, :name, :template, :records, :newest_minute)""",
                values,
            )


def sender_notes(connection: sqlite3.Connection) -> list[SenderNote]:
    """Return all that is known, the newest first."""
    rows = connection.execute(
        """SELECT sender, reason, service, source, namespace, name, template, records, newest_minute
           FROM sender ORDER BY newest_minute DESC, records DESC, sender, reason, service, source, namespace, name, template"""
    )
    return [SenderNote(SenderKey(*row[:7]), row[7], row[8]) for row in rows]


def forget_senders(connection: sqlite3.Connection, before_minute: int, limit: int) -> int:
    """Delete at most `limit` kinds whose last record is older; return how many."""
    return connection.execute(
        """DELETE FROM sender WHERE (sender, reason, service, source, namespace, name, template) IN (
               SELECT sender, reason, service, source, namespace, name, template FROM sender WHERE newest_minute < :before LIMIT :limit)""",
        {"before": before_minute, "limit": limit},
    ).rowcount


def _values(note: SenderNote) -> dict[str, str | int]:
    key = note.key
    return {
        "sender": key.sender,
        "reason": key.reason,
        "service": key.service,
        "source": key.source,
        "namespace": key.namespace,
        "name": key.name,
        "template": key.template,
        "records": note.records,
        "newest_minute": note.newest_minute,
    }
