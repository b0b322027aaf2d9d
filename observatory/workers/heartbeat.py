"""Note the minutes in which the observatory is awake: what it slept through is blind, not downtime."""

from observatory.judge.days import minute_of
from observatory.parts import Parts


class Heartbeat:
    """A step that remembers the newest minute it noted."""

    def __init__(self) -> None:
        self._last: int | None = None

    def __call__(self, parts: Parts) -> bool:
        """Note the present minute once; always False. A new process, and one that missed a minute, begins to be awake anew."""
        minute, last = minute_of(parts.now()), self._last
        if minute != last:
            first = last is None or minute != last + 1
            parts.writer.write(lambda store: store.beat(minute, first=first))
            self._last = minute
        return False
