"""Describe what was made ready for readers of a service: a document that is read as it is, and added to by nobody."""

from dataclasses import dataclass
from typing import Literal

PartName = Literal["card", "present", "recent", "past", "7d", "90d", "counted"]
FOR_EVER = 1 << 40
"""A minute that does not come."""


@dataclass(frozen=True, slots=True)
class PublishedPart:
    """One document of a service, and what it was made of."""

    service: int
    name: PartName
    revision: int
    """Of the service, when it was made: how often it had been judged."""
    version: str
    """Of everything else it was made of."""
    made_minute: int
    until_minute: int
    """From this minute on the clock alone makes it untrue; FOR_EVER if it does not."""
    document: bytes
    change: int = 0
    """Grows with everything that is published, over all services; given by the store."""

    def holds_in(self, minute: int) -> bool:
        """Return whether the clock, in a minute, does not make it untrue: it was made by then and is not over."""
        return self.made_minute <= minute < self.until_minute
