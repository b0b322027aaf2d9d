"""Keep what waits for an auditor, what auditors approved, and what is to be judged again for it."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from observatory.model.correction import Correction, JudgeAgain
from observatory.model.text import Text
from observatory.store.sqlite.moments import moment_of, text_of

SERVICE_ITSELF = ""
"""In place of a menu's id, of the service as a whole."""


class SqliteCorrections:
    """The `CorrectionBook`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def withhold(self, correction: Correction) -> None:
        key = {"service_id": correction.service_id, "menu_id": correction.menu_id or SERVICE_ITSELF}
        span = {"start": text_of(correction.start), "end": text_of(correction.end)}
        overlapping = "service_id = :service_id AND menu_id = :menu_id AND approved_at IS NULL AND start <= :end AND end >= :start"
        start, end, noted_at = self._connection.execute(
            f"SELECT min(start), max(end), min(noted_at) FROM correction WHERE {overlapping}",  # noqa: S608  # a constant
            {**key, **span},
        ).fetchone()
        self._connection.execute(f"DELETE FROM correction WHERE {overlapping}", {**key, **span})  # noqa: S608  # a constant
        self._connection.execute(
            """INSERT INTO correction (service_id, menu_id, start, end, noted_at) VALUES (:service_id, :menu_id, :start, :end, :noted_at)
               ON CONFLICT (service_id, menu_id, start) DO NOTHING""",
            {
                **key,
                "start": min(span["start"], start or span["start"]),
                "end": max(span["end"], end or span["end"]),
                "noted_at": noted_at or text_of(correction.noted_at),
            },
        )

    def corrections(self, service_id: str | None = None) -> list[Correction]:
        rows = self._connection.execute(
            """SELECT service_id, menu_id, start, end, noted_at, approved_at, reason_ko, reason_en, approved_by FROM correction
               WHERE :service_id IS NULL OR service_id = :service_id
               UNION ALL
               SELECT service_id, menu_id, start, end, noted_at, approved_at, reason_ko, reason_en, approved_by FROM decided_correction
               WHERE :service_id IS NULL OR service_id = :service_id
               ORDER BY start, service_id, menu_id""",
            {"service_id": service_id},
        )
        return [_correction(*row) for row in rows]

    def approve(self, correction: Correction) -> None:
        reason = correction.reason or Text("", "")
        self._connection.execute(
            """UPDATE correction SET approved_at = :approved_at, reason_ko = :ko, reason_en = :en, approved_by = :approved_by
               WHERE service_id = :service_id AND menu_id = :menu_id AND start = :start""",
            {
                "service_id": correction.service_id,
                "menu_id": correction.menu_id or SERVICE_ITSELF,
                "start": text_of(correction.start),
                "approved_at": text_of(correction.approved_at),
                "ko": reason.ko,
                "en": reason.en,
                "approved_by": correction.approved_by,
            },
        )

    def decide(self, correction: Correction) -> None:
        reason = correction.reason or Text("", "")
        self._connection.execute(
            """INSERT INTO decided_correction (service_id, menu_id, start, end, noted_at, approved_at, reason_ko, reason_en, approved_by)
               VALUES (:service_id, :menu_id, :start, :end, :noted_at, :approved_at, :ko, :en, :approved_by)""",
            {
                "service_id": correction.service_id,
                "menu_id": correction.menu_id or SERVICE_ITSELF,
                "start": text_of(correction.start),
                "end": text_of(correction.end),
                "noted_at": text_of(correction.noted_at),
                "approved_at": text_of(correction.approved_at),
                "ko": reason.ko,
                "en": reason.en,
                "approved_by": correction.approved_by,
            },
        )

    def method(self) -> str:
        row = self._connection.execute("SELECT version FROM method").fetchone()
        return row[0] if row else ""

    def change_method(self, version: str) -> None:
        self._connection.execute(
            "INSERT INTO method (only, version) VALUES (1, :version) ON CONFLICT (only) DO UPDATE SET version = excluded.version",
            {"version": version},
        )

    def judge_again(self, service_id: str, start: datetime, end: datetime) -> None:
        self._connection.execute(
            "INSERT INTO judge_again (service_id, start, end) VALUES (:service_id, :start, :end)",
            {"service_id": service_id, "start": text_of(start), "end": text_of(end)},
        )

    def to_judge_again(self) -> list[JudgeAgain]:
        rows = self._connection.execute("SELECT number, service_id, start, end FROM judge_again ORDER BY number")
        return [JudgeAgain(number, service_id, moment_of(start), moment_of(end)) for number, service_id, start, end in rows]

    def judged_again(self, numbers: Sequence[int]) -> None:
        self._connection.executemany("DELETE FROM judge_again WHERE number = :number", [{"number": number} for number in numbers])


def _correction(*row: Any) -> Correction:
    service_id, menu_id, start, end, noted_at, approved_at, reason_ko, reason_en, approved_by = row
    waiting = Correction(service_id, menu_id or None, moment_of(start), moment_of(end), moment_of(noted_at))
    if approved_at is None:
        return waiting
    return replace(waiting, approved_at=moment_of(approved_at), reason=Text(reason_ko, reason_en), approved_by=approved_by)
