"""Forget what is past its retention, a bounded amount at a time."""

from datetime import datetime, timedelta

from observatory.flows.judging import Stores
from observatory.judge.days import minute_of, moment_of
from observatory.store.telemetry import TelemetryReader

DUPLICATES_KEPT = timedelta(minutes=60)
"""For how long the same body again is a duplicate."""


def believed_now(telemetry: TelemetryReader, now: datetime) -> datetime:
    """Return `now`, or the last moment before the clock leapt ahead until it may be believed that it did so rightly."""
    minute = minute_of(now)
    believed = telemetry.believed_minute(minute)
    return now if believed >= minute else moment_of(believed)


def forget_old(stores: Stores, now: datetime, minutes_kept_days: int, strips_kept_days: int) -> int:
    """Delete a bounded amount of what is past its retention; return how many rows, 0 when there is nothing left."""
    today = now.astimezone(stores.register.catalogue().site.zone).date()
    return stores.writer.write(
        lambda store: store.forget(
            now, now - DUPLICATES_KEPT, minute_of(now - timedelta(days=minutes_kept_days)), today - timedelta(days=strips_kept_days)
        )
    )
