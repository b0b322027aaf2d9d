"""Count what each token sends in a day, and refuse a body that would be over the day's limit.

What is known here is written down every minute: a crash forgets at most that. The count is of bytes after inflation, of all
bodies that could be opened, repeated and useless ones too: what they cost. Two bodies of one token at the very same moment may
be counted as one.
"""

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta

from observatory.errors import QuotaSpent
from observatory.store.register import RegisterStore

RETRY_AFTER_SECONDS_MAX = 3600
"""However long the day lasts: the limit may be raised."""


def kept_use(register: RegisterStore, day: date) -> Mapping[str, int]:
    """Return how many bytes each token sent on a day, as it was written down."""
    with register.look() as books:
        return books.tokens.use(day)


class TokenUse:
    """How much each token sent today. Any number of threads."""

    def __init__(self, bytes_a_day: int, known: Callable[[date], Mapping[str, int]]) -> None:
        """Begin with what is `known` of a day; `bytes_a_day` is the limit of each, 0 none."""
        self._bytes_a_day = bytes_a_day
        self._known = known
        self._day = date.min
        self._used: dict[str, int] = {}
        self._lock = threading.Lock()
        self.refused_count = 0
        """Bodies, since the start."""

    def take(self, token_id: str, body_bytes: int, now: datetime) -> None:
        """Count a body. Raises QuotaSpent, then it is not counted."""
        if now.date() != self._day:
            self._begin(now.date())
        used = self._used.get(token_id, 0) + body_bytes
        if 0 < self._bytes_a_day < used:
            self.refused_count += 1
            raise self._spent(token_id, now)
        self._used[token_id] = used

    def today(self) -> tuple[date, Mapping[str, int]]:
        """Return the day that is counted, and the bytes of each token so far; date.min before the first body."""
        with self._lock:
            return self._day, dict(self._used)

    def _begin(self, day: date) -> None:
        with self._lock:
            if day != self._day:
                self._used = dict(self._known(day))
                self._day = day

    def _spent(self, token_id: str, now: datetime) -> QuotaSpent:
        midnight = datetime.combine(now.date() + timedelta(days=1), time(), UTC)
        left_seconds = max(1, int((midnight - now).total_seconds()))
        return QuotaSpent(
            f"cannot take body: token {token_id} has sent its {self._bytes_a_day} bytes of this day (UTC)",
            "send less, or ask the operator to raise OBSERVATORY_TOKEN_BYTES_A_DAY; observatory token list shows what was sent",
            min(left_seconds, RETRY_AFTER_SECONDS_MAX),
        )
