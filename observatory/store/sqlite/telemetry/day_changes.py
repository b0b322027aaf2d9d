"""Keep how days that were over changed later: rows of the table day_change, inside the caller's transaction.

A day is over for this purpose once its load times are summed: it has ended, its minutes are final, and the judge has seen it. One of
which nothing was ever summed is over if it has ended and anybody could have read since what it was taken for, or if it was imported.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from datetime import UTC, date, datetime, timedelta
from typing import cast

from observatory.judge.changed_days import (
    ChangedSubject,
    DayRecord,
    as_observed,
    changed_subjects,
    only_observed,
    record_of,
    same_loads,
)
from observatory.judge.method import IN_FORCE
from observatory.judge.newly_observed import NewlyObserved
from observatory.judge.timeline import SERVICE
from observatory.model.day import DayAccount, DayLoad, DayStrip
from observatory.model.day_change import ChangedMinutes, ChangedRequests, ChangeReason, DayChange, DayDigits, LoadTimeKind
from observatory.store.sqlite.telemetry import judged
from observatory.store.sqlite.telemetry.accounts import day_accounts
from observatory.store.sqlite.telemetry.awake import was_awake
from observatory.store.sqlite.telemetry.imported import was_imported

BEFORE = """down_before, isolated_before, partial_before, blip_before, unknown_before, maintenance_before,
            requests_before, failed_before, mean_us_before"""
NOW = "down, isolated, partial, blip, unknown, maintenance, requests, failed, mean_us"

ONE_LINE = timedelta(hours=1)
"""Changes of a day within so long are one line: what comes late comes a little at a time, and is judged every few seconds."""
SEEN_MINUTES_MIN = 60
"""For how long what is told of a day that was never summed has to have stood there, before what comes is a change."""
WEIGHT: dict[ChangeReason, int] = {"untold": 0, "again": 1, "begun": 2, "late": 3, "imported": 4}
"""Of two changes in one line the weightier says why."""


def changed_days(
    connection: sqlite3.Connection, changing: Sequence[DayStrip], loads: Sequence[DayLoad], at: datetime
) -> list[tuple[ChangedSubject, ChangeReason]]:
    """Return each day of a service or menu that is over and of which some figure is about to change, and why.

    A clock that leapt ahead may have summed a day that goes on: that is not over all the same.
    """
    found: list[tuple[ChangedSubject, ChangeReason]] = []
    minute = int(at.timestamp()) // 60
    ended = [strip for strip in changing if strip.first_minute + len(strip) <= minute]
    going_on = {(strip.service, strip.day) for strip in changing if strip not in ended}
    days: set[tuple[int, date]] = {(strip.service, strip.day) for strip in ended} | {(load.service, load.day) for load in loads}
    for service, day in sorted(days - going_on):
        before, after = _before_and_after(connection, service, day, changing, loads)
        whole = next(iter(after.accounts.values()), None)
        if whole is not None and _is_over(connection, before, whole, minute):
            reason = _reason(connection, before, after, whole)
            found += [(each, reason) for each in changed_subjects(service, day, before, after)]
    return found


def with_days_begun(
    connection: sqlite3.Connection,
    service: int,
    begun: Sequence[NewlyObserved],
    changed: Sequence[tuple[ChangedSubject, ChangeReason]],
    at: datetime,
) -> list[tuple[ChangedSubject, ChangeReason]]:
    """Return changed days with those added that change only in that they count as observed now, as far as they are over."""
    by_day, minute = {each.day: each for each in begun}, int(at.timestamp()) // 60
    whole = [(subject, why) for subject, why in changed if subject.menu == SERVICE and subject.day in by_day]
    found = [each for each in changed if each not in whole]
    found += [(as_observed(subject, by_day.pop(subject.day)), why) for subject, why in whole]
    for each in by_day.values():
        seen = was_awake(connection, each.end_minute + IN_FORCE.provisional_minutes, minute - SEEN_MINUTES_MIN)
        if seen and each.unobserved_before != each.unobserved:
            before, _ = _before_and_after(connection, service, each.day, (), ())
            found.append((only_observed(service, each, before), "begun"))
    return found


def note_changes(
    connection: sqlite3.Connection, changed: Sequence[tuple[ChangedSubject, ChangeReason]], revision: int, at: datetime
) -> None:
    """Write a line for each change; one that follows another of the same day closely takes its place, or undoes it."""
    for subject, why in changed:
        key = {"service": subject.service, "menu": subject.menu, "day": subject.day.isoformat()}
        replaced = connection.execute(
            f"""DELETE FROM day_change WHERE service = :service AND menu = :menu AND day = :day AND changed_s > :since_s
                RETURNING reason, mark_before, {BEFORE}""",  # noqa: S608  # our own words
            {**key, "since_s": int((at - ONE_LINE).timestamp())},
        ).fetchall()
        was, mark = (_digits(replaced[0][2:]), replaced[0][1]) if replaced else (subject.was, subject.was_mark)
        reason = max([why, *(cast(ChangeReason, row[0]) for row in replaced)], key=WEIGHT.__getitem__)
        if mark != subject.now_mark:
            told = (reason, subject.load_time_source, int(at.timestamp()), revision, mark)
            values = (*key.values(), *told, *_row(was), *_row(subject.now))
            connection.execute(
                f"""INSERT INTO day_change (service, menu, day, reason, load_time_source, changed_s, revision, mark_before, {BEFORE}, {NOW})
                    VALUES ({", ".join("?" * len(values))})""",  # noqa: S608  # our own words
                values,
            )


def day_changes(connection: sqlite3.Connection, before: tuple[int, int] | None, limit: int) -> list[DayChange]:
    """Return changes, the newest first; those behind a (second, number) if one is given."""
    seconds, number = before or (2**62, 2**62)
    rows = connection.execute(
        f"""SELECT number, service, menu, day, changed_s, revision, reason, load_time_source, {BEFORE}, {NOW} FROM day_change
            WHERE (changed_s, number) < (:seconds, :number) ORDER BY changed_s DESC, number DESC LIMIT :limit""",  # noqa: S608  # our own words
        {"seconds": seconds, "number": number, "limit": limit},
    )
    return [_change(row) for row in rows]


def _days_of(kept: Sequence[DayStrip] | Sequence[DayLoad]) -> Iterator[tuple[int, date]]:
    return ((each.service, each.day) for each in kept)


def _before_and_after(
    connection: sqlite3.Connection, service: int, day: date, changing: Sequence[DayStrip], loads: Sequence[DayLoad]
) -> tuple[DayRecord, DayRecord]:
    next_day = day + timedelta(days=1)
    kept = judged.strips(connection, service, day, next_day)
    accounts = {each.menu: each for each in day_accounts(connection, service, day, next_day)}
    before = record_of(accounts, kept, judged.load_times(connection, service, day, next_day))
    coming = {strip.menu: strip for strip in (*kept, *(each for each in changing if each.day == day))}
    return before, record_of(accounts, coming.values(), [load for load in loads if load.day == day] or before.loads)


def _is_over(connection: sqlite3.Connection, before: DayRecord, whole: DayAccount, minute: int) -> bool:
    end_minute = whole.first_minute + len(whole)
    if end_minute > minute:
        return False
    if before.loads or (not before.accounts and was_imported(connection, whole.service, whole.first_minute, end_minute)):
        return True
    return was_awake(connection, end_minute + IN_FORCE.provisional_minutes, minute - SEEN_MINUTES_MIN)


def _reason(connection: sqlite3.Connection, before: DayRecord, after: DayRecord, whole: DayAccount) -> ChangeReason:
    if same_loads(before.loads, after.loads):
        return "late" if not before.accounts else "again"
    imported = was_imported(connection, whole.service, whole.first_minute, whole.first_minute + len(whole))
    return "imported" if imported else "late"


def _change(row: Sequence[int | str | None]) -> DayChange:
    number, service, menu, day, changed_s, revision, reason, source, *digits = row
    moment, middle = datetime.fromtimestamp(int(cast(int, changed_s)), UTC), len(digits) // 2
    told = cast(tuple[int, int, int], (number, service, menu))
    return DayChange(
        *told,
        date.fromisoformat(str(day)),
        moment,
        cast(int, revision),
        cast(ChangeReason, reason),
        cast(LoadTimeKind, source),
        _digits(digits[:middle]),
        _digits(digits[middle:]),
    )


def _digits(columns: Sequence[int | str | None]) -> DayDigits:
    *minutes, requests, failed, mean_us = cast(Sequence[int], columns)
    return DayDigits(ChangedMinutes(*minutes), None if requests is None else ChangedRequests(requests, failed, mean_us))


def _row(digits: DayDigits) -> tuple[int | None, ...]:
    requests = (None, None, None) if digits.requests is None else astuple(digits.requests)
    return *astuple(digits.minutes), *requests
