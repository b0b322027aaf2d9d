"""Keep how days that were over changed later: rows of the table day_change, inside the caller's transaction.

A day is over for this purpose once its load times are summed: it has ended, its minutes are final, and the judge has seen it.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from datetime import UTC, date, datetime, timedelta

from observatory.judge.day_accounts import account_of
from observatory.model.day import DayAccount, DayStrip
from observatory.model.day_change import ChangedMinutes, DayChange
from observatory.model.incident import MinuteClass
from observatory.store.sqlite.telemetry.accounts import day_accounts

TABLE = (
    """CREATE TABLE day_change (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        service INTEGER NOT NULL,
        day TEXT NOT NULL,
        changed_s INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        down_before INTEGER NOT NULL,
        isolated_before INTEGER NOT NULL,
        partial_before INTEGER NOT NULL,
        blip_before INTEGER NOT NULL,
        unknown_before INTEGER NOT NULL,
        down INTEGER NOT NULL,
        isolated INTEGER NOT NULL,
        partial INTEGER NOT NULL,
        blip INTEGER NOT NULL,
        unknown INTEGER NOT NULL
    ) STRICT""",
    "CREATE INDEX day_change_by_time ON day_change (changed_s, number)",
    "CREATE INDEX day_change_of_day ON day_change (service, day, changed_s)",
)

ONE_LINE = timedelta(hours=1)
"""Changes of a day within so long are one line: what comes late comes a little at a time, and is judged every few seconds."""


def changed_days(connection: sqlite3.Connection, strips: Sequence[DayStrip]) -> list[tuple[DayAccount, DayAccount]]:
    """Return the account of each day of a service that is over and about to change its minutes by class, with the one it will have."""
    found = []
    for strip in strips:
        if strip.menu == 0 and _is_summed(connection, strip):
            before = [each for each in day_accounts(connection, strip.service, strip.day, strip.day + timedelta(days=1)) if not each.menu]
            found += [(each, after) for each in before if (each.minutes != (after := account_of(strip)).minutes).any()]
    return found


def note_changes(connection: sqlite3.Connection, changed: Sequence[tuple[DayAccount, DayAccount]], revision: int, at: datetime) -> None:
    """Write a line for each change; one that follows another of the same day closely takes its place, or undoes it."""
    for old, new in changed:
        before, after = _minutes(old), _minutes(new)
        key = {"service": new.service, "day": new.day.isoformat()}
        replaced = connection.execute(
            """DELETE FROM day_change WHERE service = :service AND day = :day AND changed_s > :since_s
               RETURNING down_before, isolated_before, partial_before, blip_before, unknown_before""",
            {**key, "since_s": int((at - ONE_LINE).timestamp())},
        ).fetchall()
        before = ChangedMinutes(*replaced[0]) if replaced else before
        if before != after:
            connection.execute(
                """INSERT INTO day_change (service, day, changed_s, revision, down_before, isolated_before, partial_before,
                   blip_before, unknown_before, down, isolated, partial, blip, unknown)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                (*key.values(), int(at.timestamp()), revision, *astuple(before), *astuple(after)),
            )


def day_changes(connection: sqlite3.Connection, before: tuple[int, int] | None, limit: int) -> list[DayChange]:
    """Return changes, the newest first; those behind a (second, number) if one is given."""
    seconds, number = before or (2**62, 2**62)
    rows = connection.execute(
        """SELECT number, service, day, changed_s, revision, down_before, isolated_before, partial_before, blip_before, unknown_before,
           down, isolated, partial, blip, unknown FROM day_change WHERE (changed_s, number) < (:seconds, :number)
           ORDER BY changed_s DESC, number DESC LIMIT :limit""",
        {"seconds": seconds, "number": number, "limit": limit},
    )
    return [_change(row) for row in rows]


def _change(row: Sequence[int | str]) -> DayChange:
    number, service, day, changed_s, revision, *minutes = row
    numbers = [int(each) for each in minutes]
    at = datetime.fromtimestamp(int(changed_s), UTC)
    before, after = ChangedMinutes(*numbers[:5]), ChangedMinutes(*numbers[5:])
    return DayChange(int(number), int(service), date.fromisoformat(str(day)), at, int(revision), before, after)


def _is_summed(connection: sqlite3.Connection, strip: DayStrip) -> bool:
    key: Mapping[str, int | str] = {"service": strip.service, "day": strip.day.isoformat()}
    return connection.execute("SELECT 1 FROM load WHERE service = :service AND day = :day LIMIT 1", key).fetchone() is not None


def _minutes(account: DayAccount) -> ChangedMinutes:
    classes = (MinuteClass.DOWN, MinuteClass.ISOLATED, MinuteClass.PARTIAL, MinuteClass.BLIP, MinuteClass.UNKNOWN)
    return ChangedMinutes(*(int(account.minutes[each]) for each in classes))
