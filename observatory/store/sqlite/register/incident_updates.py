"""Keep what was written about incidents: rows of the table incident_update."""

import json
import sqlite3
from collections.abc import Mapping, Sequence

from observatory.errors import Conflict, phrase
from observatory.model.incident_update import IncidentUpdate
from observatory.model.text import Text
from observatory.store.sqlite.moments import moment_of, text_of


class SqliteUpdates:
    """The `UpdateBook`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, update: IncidentUpdate) -> None:
        added = self._connection.execute(
            """INSERT INTO incident_update (incident_id, number, stage, text_ko, text_en, at)
               VALUES (:incident_id, :number, :stage, :ko, :en, :at) ON CONFLICT (incident_id, number) DO NOTHING""",
            {**_key(update), **_texts(update), "stage": update.stage, "at": text_of(update.at)},
        )
        if not added.rowcount:
            raise Conflict(
                phrase("cannot publish update %(number)d of this incident: there is one"), phrase("reload the page"), number=update.number
            )

    def translate(self, update: IncidentUpdate) -> None:
        self._connection.execute(
            "UPDATE incident_update SET text_ko = :ko, text_en = :en WHERE incident_id = :incident_id AND number = :number",
            {**_key(update), **_texts(update)},
        )

    def updates(self, incident_ids: Sequence[str]) -> Mapping[str, tuple[IncidentUpdate, ...]]:
        rows = self._connection.execute(
            """WITH RECURSIVE merged (heir, id) AS (
                   SELECT value, value FROM json_each(:ids)
                   UNION SELECT heir, incident.id FROM merged JOIN incident ON incident.superseded_by = merged.id
               )
               SELECT heir, incident_id, number, stage, text_ko, text_en, at FROM merged JOIN incident_update ON incident_id = merged.id
               ORDER BY at DESC, incident_id DESC, number DESC""",
            {"ids": json.dumps(list(incident_ids))},
        )
        found: dict[str, tuple[IncidentUpdate, ...]] = {}
        for heir, incident_id, number, stage, ko, en, at in rows:
            update = IncidentUpdate(incident_id, number, stage, Text(ko, en), moment_of(at))
            found[heir] = (*found.get(heir, ()), update)
        return found


def _key(update: IncidentUpdate) -> dict[str, str | int]:
    return {"incident_id": update.incident_id, "number": update.number}


def _texts(update: IncidentUpdate) -> dict[str, str | int]:
    return {"ko": update.text.ko, "en": update.text.en}
