"""Read from the log what it tells of releases, and read only what was appended since."""

import threading
from collections.abc import Collection, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from observatory.model.signoff import LogEntry
from observatory.signoff.canonical_json import canonical
from observatory.signoff.gate_history import History
from observatory.signoff.leaves import READERS
from observatory.store.register import Books, RegisterStore
from observatory.transparency.leaf import is_unchanged


def read_history(books: Books, zone: ZoneInfo) -> History:
    """Return what the whole log tells; an entry that was changed after it was appended counts as unreadable."""
    found = [entry for kind in READERS for entry in books.log.entries_of_kind(kind)]
    return _after(History(zone=zone), sorted(found, key=lambda entry: entry.index), books.log.tree()[0])


def read_about(books: Books, service: str, kinds: Collection[str], *more: LogEntry) -> History:
    """Return what leaves of some kinds, and `more`, tell of one service; not of the kind sign-off, whose bodies hold its id in base64.

    Quick enough for a transaction that others wait for: leaves of other services are not read.
    """
    named = canonical({"service": service})[1:-1]
    found = [entry for kind in kinds for entry in books.log.entries_of_kind(kind) if named in entry.body]
    return _after(History(), sorted([*found, *more], key=lambda entry: entry.index), books.log.tree()[0])


class KnownHistory:
    """Remembers what the log tells. Any number of threads."""

    def __init__(self, register: RegisterStore) -> None:
        self._register = register
        self._newest: LogEntry | None = None
        self._history = History()
        self._lock = threading.Lock()

    def look(self) -> History:
        """Return what the log tells now."""
        zone = self._register.catalogue().site.zone
        with self._lock, self._register.look() as books:
            size, known = books.log.tree()[0], self._history
            is_first = known.size == 0 or known.zone != zone
            if is_first or known.size > size or self._newest != _entry(books, known.size - 1):  # Or another log is in its place.
                known = read_history(books, zone)
            elif known.size < size:
                known = _after(known, books.log.entries(known.size), size)
            self._newest, self._history = _entry(books, known.size - 1), known
            return known


def _after(history: History, entries: Sequence[LogEntry], size: int) -> History:
    changed = frozenset(entry.index for entry in entries if not is_unchanged(entry))
    return history.after((entry for entry in entries if entry.index not in changed), size, sorted(changed))


def _entry(books: Books, index: int) -> LogEntry | None:
    found = books.log.entries(index, 1) if index >= 0 else []
    return found[0] if found and found[0].index == index else None


def at_witnessed_size(history: History, witnessed_size: int | None) -> History:
    """Return a history as far as outside witnesses count; None: nobody asks for them."""
    return replace(history, witnessed_size=witnessed_size)
