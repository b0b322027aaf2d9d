"""Keep what is to be published by itself, and what became of it: rows of the table scheduled_message."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from observatory.model.scheduled_message import ScheduledMessage
from observatory.model.text import Text
from observatory.store.sqlite.moments import moment_of, text_of

ROWS = """SELECT number, service_id, incident_id, maintenance_id, stage, text_ko, text_en, publish_at, scheduled_by, outcome, ended_at
    FROM scheduled_message """


class SqliteSchedule:
    """The `ScheduleBook`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, message: ScheduledMessage) -> ScheduledMessage:
        added = self._connection.execute(
            """INSERT INTO scheduled_message (service_id, incident_id, maintenance_id, stage, text_ko, text_en, publish_at, scheduled_by)
               VALUES (:service_id, :incident_id, :maintenance_id, :stage, :ko, :en, :publish_at, :by) RETURNING number""",
            {
                "service_id": message.service_id,
                "incident_id": message.incident_id,
                "maintenance_id": message.maintenance_id,
                "stage": message.stage,
                "ko": message.text.ko,
                "en": message.text.en,
                "publish_at": text_of(message.publish_at),
                "by": message.by,
            },
        )
        return replace(message, number=added.fetchone()[0])

    def end(self, message: ScheduledMessage) -> None:
        self._connection.execute(
            "UPDATE scheduled_message SET outcome = :outcome, ended_at = :ended_at WHERE number = :number",
            {"number": message.number, "outcome": message.outcome, "ended_at": text_of(message.ended_at)},
        )

    def message(self, number: int) -> ScheduledMessage | None:
        row = self._connection.execute(ROWS + "WHERE number = :number", {"number": number}).fetchone()
        return _message(*row) if row else None

    def waiting(self, due_at: datetime | None = None, limit: int | None = None) -> list[ScheduledMessage]:
        rows = self._connection.execute(
            ROWS + "WHERE outcome IS NULL AND (:due_at IS NULL OR publish_at <= :due_at) ORDER BY publish_at, number LIMIT :limit",
            {"due_at": text_of(due_at), "limit": -1 if limit is None else limit},
        )
        return [_message(*row) for row in rows]

    def waiting_of(self, incident_id: str | None, maintenance_id: str | None) -> Sequence[ScheduledMessage]:
        rows = self._connection.execute(
            ROWS
            + """WHERE outcome IS NULL AND incident_id IS :incident_id AND maintenance_id IS :maintenance_id
                ORDER BY publish_at, number""",
            {"incident_id": incident_id, "maintenance_id": maintenance_id},
        )
        return [_message(*row) for row in rows]

    def reminders(self) -> Mapping[str, tuple[ScheduledMessage, ...]]:
        rows = self._connection.execute(
            ROWS + "WHERE outcome = 'published' AND maintenance_id IS NOT NULL ORDER BY ended_at DESC, number DESC"
        )
        found: dict[str, tuple[ScheduledMessage, ...]] = {}
        for each in (_message(*row) for row in rows):
            found[str(each.maintenance_id)] = (*found.get(str(each.maintenance_id), ()), each)
        return found


def _message(*row: Any) -> ScheduledMessage:
    number, service_id, incident_id, maintenance_id, stage, ko, en, publish_at, by, outcome, ended_at = row
    when = moment_of(publish_at)
    return ScheduledMessage(number, service_id, incident_id, maintenance_id, stage, Text(ko, en), when, by, outcome, moment_of(ended_at))
