"""Time in, the minutes in which the observatory was awake out: what it slept through is blind, not downtime."""

from pathlib import Path

from observatory.judge.days import minute_of
from observatory.parts import Parts

_beaten: dict[Path, int] = {}
"""The newest minute this process noted, by data folder."""


def step(parts: Parts) -> bool:
    """Note the present minute once. A new process, and one that missed a minute, begins a new run."""
    minute, last = minute_of(parts.now()), _beaten.get(parts.settings.data)
    if minute != last:
        first = last is None or minute != last + 1
        parts.writer.run(lambda store: store.beat(minute, first=first))
        _beaten[parts.settings.data] = minute
    return False
