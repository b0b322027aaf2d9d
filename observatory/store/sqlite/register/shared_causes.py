"""Keep causes that incidents of several services share: rows of the tables shared_cause and shared_cause_tie."""

import json
import sqlite3
from collections.abc import Mapping, Sequence

from observatory.model.shared_cause import SharedCause, Tie
from observatory.model.text import Text
from observatory.store.sqlite.moments import moment_of, text_of

Row = tuple[str, str, str, str]


class SqliteCauses:
    """The `CauseBook`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def name(self, cause: SharedCause) -> None:
        self._connection.execute(
            "INSERT INTO shared_cause (id, title_ko, title_en, at) VALUES (:id, :ko, :en, :at)",
            {"id": cause.id, "ko": cause.title.ko, "en": cause.title.en, "at": text_of(cause.at)},
        )

    def keep_ties(self, cause_id: str, ties: Sequence[Tie]) -> None:
        self._connection.executemany(
            """INSERT INTO shared_cause_tie (cause_id, incident_id, at, undone_at) VALUES (:cause_id, :incident_id, :at, :undone_at)
               ON CONFLICT (cause_id, incident_id, at) DO UPDATE SET undone_at = excluded.undone_at""",
            [
                {"cause_id": cause_id, "incident_id": tie.incident_id, "at": text_of(tie.at), "undone_at": text_of(tie.undone_at)}
                for tie in ties
            ],
        )

    def cause(self, cause_id: str) -> SharedCause | None:
        row = self._connection.execute("SELECT id, title_ko, title_en, at FROM shared_cause WHERE id = :id", {"id": cause_id}).fetchone()
        return self._with_ties(row) if row else None

    def causes(self) -> list[SharedCause]:
        rows = self._connection.execute("SELECT id, title_ko, title_en, at FROM shared_cause ORDER BY at DESC, id DESC").fetchall()
        return list(map(self._with_ties, rows))

    def of_incidents(self, incident_ids: Sequence[str]) -> Mapping[str, str]:
        rows = self._connection.execute(
            """WITH RECURSIVE merged (heir, id) AS (
                   SELECT value, value FROM json_each(:ids)
                   UNION SELECT heir, incident.id FROM merged JOIN incident ON incident.superseded_by = merged.id
               )
               SELECT heir, cause_id FROM merged JOIN shared_cause_tie ON incident_id = merged.id WHERE undone_at IS NULL
               ORDER BY at DESC, cause_id DESC""",
            {"ids": json.dumps(list(incident_ids))},
        )
        found: dict[str, str] = {}
        for heir, cause_id in rows:
            found.setdefault(heir, cause_id)
        return found

    def _with_ties(self, row: Row) -> SharedCause:
        cause_id, ko, en, at = row
        ties = self._connection.execute(
            "SELECT incident_id, at, undone_at FROM shared_cause_tie WHERE cause_id = :id ORDER BY at, incident_id", {"id": cause_id}
        ).fetchall()
        return SharedCause(
            cause_id, Text(ko, en), moment_of(at), tuple(Tie(tied, moment_of(said), moment_of(undone)) for tied, said, undone in ties)
        )
