"""Add up the notes of who sends that come with every body, until they are stored now and then."""

import threading
from collections.abc import Iterable

from observatory.model.sender_note import SenderKey, SenderNote

NOTED_MAX = 2000
"""Kinds of records that wait to be stored; further ones are not noted, whatever makes so many."""


class SenderNotes:
    """A bounded sum. Any number of threads."""

    def __init__(self) -> None:
        self._noted: dict[SenderKey, tuple[int, int]] = {}
        self._lock = threading.Lock()

    def add(self, notes: Iterable[SenderNote]) -> None:
        """Add notes to those of the same kind."""
        with self._lock:
            for note in notes:
                known = self._noted.get(note.key)
                if known is not None:
                    self._noted[note.key] = known[0] + note.records, max(known[1], note.newest_minute)
                elif len(self._noted) < NOTED_MAX:
                    self._noted[note.key] = note.records, note.newest_minute

    def take(self) -> list[SenderNote]:
        """Return all of it and begin anew."""
        with self._lock:
            noted, self._noted = self._noted, {}
        return [SenderNote(key, records, minute) for key, (records, minute) in noted.items()]
