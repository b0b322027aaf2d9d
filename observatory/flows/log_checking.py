"""Check the log: the whole chain is computed again, and held against heads that somebody kept from before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from observatory.model.signoff import LogEntry
from observatory.store.register import Books, RegisterStore
from observatory.transparency.chain import GENESIS, Break, first_broken

ENTRIES_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class LogReport:
    """What checking the log found."""

    size: int
    """Entries that were ever appended."""
    newest_hash: bytes
    broken: Break | None


def check_log(register: RegisterStore, heads: Sequence[tuple[int, bytes]] = ()) -> LogReport:
    """Recompute the whole chain, and see that it goes on from earlier `heads` (size and newest hash) that somebody kept.

    Works beside others who append: what comes while the log is read is not looked at.
    """
    head = head_of(register)
    broken = next(filter(None, (_departs_from(register, known) for known in heads)), None)
    stored = takewhile(lambda entry: entry.index < head[0] or head_of(register) == head, entries_from(register, 0))
    broken = broken or first_broken(stored, head)
    return LogReport(size=head[0], newest_hash=head[1], broken=broken)


def _departs_from(register: RegisterStore, known: tuple[int, bytes]) -> Break | None:
    """Return where the log is not what it was when it had that size and newest hash, None if it goes on from there."""
    size, newest_hash = known
    if size == 0:
        return None if newest_hash == GENESIS else Break(0, "cannot have this hash: it is not that of an empty log")
    with register.look() as books:
        found, (appended, _) = books.log.entries(size - 1, 1), books.log.head()
    if not found or found[0].index != size - 1:
        return Break(appended, f"is missing: the log once had {size} entries")
    return None if found[0].hash == newest_hash else Break(size - 1, "is not what it was: its hash was another one")


def head_of(register: RegisterStore) -> tuple[int, bytes]:
    """Return how many entries were ever appended, and the newest hash."""
    with register.look() as books:
        return books.log.head()


def moment_by_log(books: Books, now: datetime) -> datetime:
    """Return when what is appended now counts as said: never before the newest entry, whatever the clock was set back to."""
    size, _ = books.log.head()
    return max([now, *(entry.recorded_at for entry in books.log.entries(max(0, size - 1), 1))])


def entries_from(register: RegisterStore, first: int) -> Iterator[LogEntry]:
    """Return all entries from an index on, read in pieces."""
    while page := _page_from(register, first):
        yield from page
        first = page[-1].index + 1


def _page_from(register: RegisterStore, first: int) -> list[LogEntry]:
    with register.look() as books:
        return books.log.entries(first, ENTRIES_AT_ONCE)
