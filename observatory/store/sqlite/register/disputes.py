"""Keep what was said against incidents, and what auditors answered: rows of the table dispute."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from observatory.errors import Conflict, phrase
from observatory.model.dispute import Dispute, DisputeAnswer
from observatory.model.text import Text
from observatory.store.sqlite.moments import moment_of, text_of

COLUMNS = "incident_id, number, text_ko, text_en, at, accepted, reason_ko, reason_en, answered_at, answered_by"


class SqliteDisputes:
    """The `DisputeBook`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, dispute: Dispute) -> None:
        added = self._connection.execute(
            """INSERT INTO dispute (incident_id, number, text_ko, text_en, at) VALUES (:incident_id, :number, :ko, :en, :at)
               ON CONFLICT (incident_id, number) DO NOTHING""",
            {**_written(dispute), "at": text_of(dispute.at)},
        )
        if not added.rowcount:
            raise Conflict(
                phrase("cannot publish dispute %(number)d of this incident: there is one"), phrase("reload the page"), number=dispute.number
            )

    def change(self, dispute: Dispute) -> None:
        answer = dispute.answer
        self._connection.execute(
            """UPDATE dispute SET text_ko = :ko, text_en = :en, accepted = :accepted, reason_ko = :reason_ko, reason_en = :reason_en,
               answered_at = :answered_at, answered_by = :by WHERE incident_id = :incident_id AND number = :number""",
            {
                **_written(dispute),
                "accepted": int(answer.accepted) if answer else None,
                "reason_ko": answer.reason.ko if answer else None,
                "reason_en": answer.reason.en if answer else None,
                "answered_at": text_of(answer.at) if answer else None,
                "by": answer.by if answer else None,
            },
        )

    def disputes(self, incident_ids: Sequence[str]) -> Mapping[str, tuple[Dispute, ...]]:
        rows = self._connection.execute(
            f"""WITH RECURSIVE merged (heir, id) AS (
                    SELECT value, value FROM json_each(:ids)
                    UNION SELECT heir, incident.id FROM merged JOIN incident ON incident.superseded_by = merged.id
                )
                SELECT heir, {COLUMNS} FROM merged JOIN dispute ON incident_id = merged.id
                ORDER BY at DESC, incident_id DESC, number DESC""",  # noqa: S608 - a constant
            {"ids": json.dumps(list(incident_ids))},
        )
        found: dict[str, tuple[Dispute, ...]] = {}
        for heir, *row in rows:
            found[heir] = (*found.get(heir, ()), _dispute(*row))
        return found

    def listed(self) -> list[Dispute]:
        rows = self._connection.execute(f"SELECT {COLUMNS} FROM dispute ORDER BY at, incident_id, number")  # noqa: S608 - a constant
        return [_dispute(*row) for row in rows]


def _written(dispute: Dispute) -> dict[str, str | int]:
    return {"incident_id": dispute.incident_id, "number": dispute.number, "ko": dispute.text.ko, "en": dispute.text.en}


def _dispute(*row: Any) -> Dispute:
    incident_id, number, ko, en, at, accepted, reason_ko, reason_en, answered_at, by = row
    answer = None if accepted is None else DisputeAnswer(bool(accepted), Text(reason_ko, reason_en), moment_of(answered_at), by)
    return Dispute(incident_id, number, Text(ko, en), moment_of(at), answer)
