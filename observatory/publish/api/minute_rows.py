"""Write minutes as rows of a table; few requests of one minute stay uncounted, so that nobody is told by them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from observatory.judge.known_minutes import KnownMinutes
from observatory.model.incident import MinuteClass, Verdict
from observatory.publish.api.answers import Table
from observatory.publish.api.csv_text import Cell
from observatory.readmodel.public_minute import COUNT_SHOWN_MIN

COLUMNS = ("minute", "count", "bad", "slow", "votes_ok", "votes_failed", "verdict", "class", "throttled", "client_error")
UNOBSERVED = "unobserved"
"""In place of the class of a minute before the service was observed, which figures count by itself."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def minute_rows(minutes: KnownMinutes, observed_from: int) -> Table:
    """Return a row for each minute."""
    return Table(COLUMNS, list(_rows(minutes, observed_from)))


def _rows(minutes: KnownMinutes, observed_from: int) -> Iterator[tuple[Cell, ...]]:
    verdicts, classes = [each.name.lower() for each in Verdict], [each.name.lower() for each in MinuteClass]
    requests = (minutes.count, minutes.bad, minutes.slow, minutes.client_error, minutes.throttled)
    columns = (minutes.minute, *requests, minutes.votes_ok, minutes.votes_failed, minutes.verdict, minutes.minute_class)
    plain = (column.tolist() for column in columns)
    for minute, count, bad, slow, client_error, throttled, votes_ok, votes_failed, verdict, minute_class in zip(*plain, strict=True):
        *counts, refused = (None,) * 4 if 0 < count < COUNT_SHOWN_MIN else (count, bad, slow, client_error)
        turned_away = None if 0 < count + throttled < COUNT_SHOWN_MIN else throttled
        unobserved = minute < observed_from and minute_class == MinuteClass.UNKNOWN
        named = UNOBSERVED if unobserved else classes[minute_class]
        yield (
            f"{EPOCH + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%SZ}",
            *counts,
            votes_ok,
            votes_failed,
            verdicts[verdict],
            named,
            turned_away,
            refused,
        )
