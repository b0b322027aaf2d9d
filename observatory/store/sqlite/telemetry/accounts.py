"""Keep for ever how many minutes of each class a day had: rows of the table day_account, inside the caller's transaction."""

import sqlite3
from collections.abc import Sequence
from datetime import date

import numpy as np

from observatory.judge.day_accounts import account_of
from observatory.model.day import DayAccount, DayStrip
from observatory.model.incident import MinuteClass

MINUTES_KIND = "<u2"
"""Of the numbers of minutes; a day has at most 1500."""


def keep_accounts(connection: sqlite3.Connection, strips: Sequence[DayStrip]) -> None:
    """Keep the account of each strip, in the place of the one of its day."""
    connection.executemany(
        """INSERT INTO day_account (day, service, menu, first_minute, minutes, partial_share, evidence_from)
           VALUES (:day, :service, :menu, :first_minute, :minutes, :partial_share, :evidence_from)
           ON CONFLICT (day, service, menu) DO UPDATE SET first_minute = excluded.first_minute, minutes = excluded.minutes,
           partial_share = excluded.partial_share, evidence_from = excluded.evidence_from""",
        [
            {
                "day": account.day.isoformat(),
                "service": account.service,
                "menu": account.menu,
                "first_minute": account.first_minute,
                "minutes": account.minutes.astype(MINUTES_KIND).tobytes(),
                "partial_share": account.partial_share,
                "evidence_from": account.evidence_from,
            }
            for account in map(account_of, strips)
        ],
    )


def day_accounts(connection: sqlite3.Connection, service: int, first_day: date, end_day: date, menu: int | None = None) -> list[DayAccount]:
    """Return the accounts of a service, or of one menu, with first_day <= day < end_day, ordered by (day, menu)."""
    rows = connection.execute(
        """SELECT menu, day, first_minute, minutes, partial_share, evidence_from FROM day_account
           WHERE service = :service AND (:menu IS NULL OR menu = :menu) AND day >= :first_day AND day < :end_day ORDER BY day, menu""",
        {"service": service, "menu": menu, "first_day": first_day.isoformat(), "end_day": end_day.isoformat()},
    )
    return [_account(service, *row) for row in rows]


def first_account(connection: sqlite3.Connection, service: int) -> DayAccount | None:
    """Return the earliest account of a service as a whole, None without any."""
    row = connection.execute(
        """SELECT menu, day, first_minute, minutes, partial_share, evidence_from FROM day_account
           WHERE service = :service AND menu = 0 ORDER BY day LIMIT 1""",
        {"service": service},
    ).fetchone()
    return _account(service, *row) if row else None


def _account(
    service: int, menu: int, day: str, first_minute: int, minutes: bytes, partial_share: int, evidence_from: int | None
) -> DayAccount:
    known = np.frombuffer(minutes, MINUTES_KIND).astype(np.int64)
    whole = np.zeros(len(MinuteClass), np.int64)
    whole[: len(known)] = known
    return DayAccount(service, menu, date.fromisoformat(day), first_minute, whole, partial_share, evidence_from)
