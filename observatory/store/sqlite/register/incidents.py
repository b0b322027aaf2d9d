"""Keep what failed: rows of the table incident."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from observatory.errors import NotFound
from observatory.model.incident import DetectedBy, EndReason, Incident, Severity, WithdrawnReason
from observatory.store.sqlite.moments import moment_of, text_of

ROWS = """SELECT id, service_id, menu_id, menu_ids, severity, started_at, ended_at, detected_at, end_reason, detected_by,
    down_minutes, partial_minutes, superseded_by, withdrawn FROM incident """
STANDING = """superseded_by IS NULL AND withdrawn IS NULL AND menu_id IS :menu_id
    AND (:end IS NULL OR started_at < :end) AND (:start IS NULL OR ended_at IS NULL OR ended_at > :start)
    AND (:after_id IS NULL OR started_at < :after_start OR (started_at = :after_start AND id > :after_id))
    ORDER BY started_at DESC, id LIMIT :limit"""
LISTED, LISTED_OF_SERVICE = f"{ROWS}WHERE {STANDING}", f"{ROWS}WHERE service_id = :service_id AND {STANDING}"
"""! Two statements: of one that may be for all services or for one, SQLite reads all of them."""
NOT_SEEN = ""
"""In place of `detected_at`, which the first release demanded, of an incident that was long over when it was first seen."""
Row = tuple[
    str, str, str | None, str, Severity, str, str | None, str, EndReason | None, DetectedBy, int, int, str | None, WithdrawnReason | None
]


class SqliteIncidents:
    """The `IncidentBook`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def incidents(
        self,
        service_id: str | None = None,
        menu_id: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int | None = None,
        after_id: str | None = None,
    ) -> list[Incident]:
        after = None
        if after_id is not None:
            after = self.incident(after_id)
            if after is None:
                raise NotFound(f"cannot list incidents after {after_id!r}: there is no such incident", "start again from the newest")
        rows = self._connection.execute(
            LISTED if service_id is None else LISTED_OF_SERVICE,
            {
                "service_id": service_id,
                "menu_id": menu_id,
                "start": text_of(start),
                "end": text_of(end),
                "after_id": after_id,
                "after_start": text_of(after.started_at if after else None),
                "limit": -1 if limit is None else limit,
            },
        )
        return [_incident(row) for row in rows]

    def of_all_subjects(self, service_id: str, start: datetime) -> list[Incident]:
        rows = self._connection.execute(
            f"""{ROWS} WHERE service_id = :service_id AND superseded_by IS NULL AND withdrawn IS NULL
                AND (ended_at IS NULL OR ended_at > :start) ORDER BY started_at, id""",
            {"service_id": service_id, "start": text_of(start)},
        )
        return [_incident(row) for row in rows]

    def newest(self, service_id: str) -> dict[str | None, Incident]:
        rows = self._connection.execute(
            ROWS  # noqa: S608
            + """WHERE id IN (SELECT id FROM (
                    SELECT id, max(started_at) FROM incident
                    WHERE service_id = :service_id AND superseded_by IS NULL AND withdrawn IS NULL GROUP BY menu_id))""",
            {"service_id": service_id},
        )
        return {found.menu_id: found for found in map(_incident, rows)}

    def incident(self, incident_id: str) -> Incident | None:
        row = self._connection.execute(ROWS + "WHERE id = :id", {"id": incident_id}).fetchone()
        return _incident(row) if row else None

    def keep(self, incidents: Sequence[Incident]) -> None:
        self._connection.executemany(
            """INSERT INTO incident (id, service_id, menu_id, menu_ids, severity, started_at, ended_at, detected_at,
                   end_reason, detected_by, down_minutes, partial_minutes, superseded_by, withdrawn)
                VALUES (:id, :service_id, :menu_id, :menu_ids, :severity, :started_at, :ended_at, :detected_at,
                   :end_reason, :detected_by, :down_minutes, :partial_minutes, :superseded_by, :withdrawn)
                ON CONFLICT (id) DO UPDATE SET service_id = excluded.service_id, menu_id = excluded.menu_id, menu_ids = excluded.menu_ids,
                severity = excluded.severity, started_at = excluded.started_at, ended_at = excluded.ended_at,
                detected_at = excluded.detected_at, end_reason = excluded.end_reason, detected_by = excluded.detected_by,
                down_minutes = excluded.down_minutes, partial_minutes = excluded.partial_minutes, superseded_by = excluded.superseded_by,
                withdrawn = excluded.withdrawn""",
            [
                {
                    "id": incident.id,
                    "service_id": incident.service_id,
                    "menu_id": incident.menu_id,
                    "menu_ids": json.dumps(incident.menu_ids),
                    "severity": incident.severity,
                    "started_at": text_of(incident.started_at),
                    "ended_at": text_of(incident.ended_at),
                    "detected_at": text_of(incident.detected_at) or NOT_SEEN,
                    "end_reason": incident.end_reason,
                    "detected_by": incident.detected_by,
                    "down_minutes": incident.down_minutes,
                    "partial_minutes": incident.partial_minutes,
                    "superseded_by": incident.superseded_by,
                    "withdrawn": incident.withdrawn,
                }
                for incident in incidents
            ],
        )


def _incident(row: Row) -> Incident:
    incident_id, service_id, menu_id, menu_ids, severity = row[:5]
    return Incident(
        incident_id,
        service_id,
        menu_id,
        tuple(json.loads(menu_ids)),
        severity,
        moment_of(row[5]),
        moment_of(row[6]),
        moment_of(row[7]) if row[7] != NOT_SEEN else None,
        *row[8:],
    )
