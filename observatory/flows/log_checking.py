"""Check the log: the whole chain is computed again, and held against heads that somebody kept from before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from observatory.model.signoff import LogEntry
from observatory.store.register import LogRegister
from observatory.transparency.chain import GENESIS, Break, first_broken

ENTRIES_AT_ONCE = 1000
CHECKS_MAX = 5
"""How often a log is read again because somebody appended to it meanwhile."""


@dataclass(frozen=True, slots=True)
class LogReport:
    """What checking the log found."""

    size: int
    """Entries that were ever appended."""
    newest_hash: bytes
    broken: Break | None


def check_log(register: LogRegister, heads: Sequence[tuple[int, bytes]] = ()) -> LogReport:
    """Recompute the whole chain, and see that it goes on from earlier `heads` (size and newest hash) that somebody kept.

    Works beside a running server: what it appends meanwhile is read again.
    """
    for _ in range(CHECKS_MAX):
        head = register.log_head()
        broken = first_broken(entries_from(register, 0), head)
        if broken is None or register.log_head() == head:
            break
    broken = broken or next(filter(None, (departs_from(register, known) for known in heads)), None)
    return LogReport(size=head[0], newest_hash=head[1], broken=broken)


def departs_from(register: LogRegister, known: tuple[int, bytes]) -> Break | None:
    """Return where the log is not what it was when it had that size and newest hash, None if it goes on from there."""
    size, newest_hash = known
    if size == 0:
        return None if newest_hash == GENESIS else Break(0, "cannot have this hash: it is not that of an empty log")
    found = register.entries(size - 1, 1)
    if not found or found[0].index != size - 1:
        return Break(register.log_head()[0], f"is missing: the log once had {size} entries")
    return None if found[0].hash == newest_hash else Break(size - 1, "is not what it was: its hash was another one")


def entries_from(register: LogRegister, first: int) -> Iterator[LogEntry]:
    """Return all entries from an index on, read in pieces."""
    while page := register.entries(first, ENTRIES_AT_ONCE):
        yield from page
        first = page[-1].index + 1
