"""Check the log: its tree is made again of its entries, and held against checkpoints and heads that somebody kept from before."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, takewhile

from observatory.flows.log_heads import converted_head, departs_from
from observatory.model.signoff import LogEntry
from observatory.store.register import Books, RegisterStore
from observatory.transparency.chain import Break
from observatory.transparency.leaf import is_unchanged
from observatory.transparency.merkle import CompactRange, completed_by

ENTRIES_AT_ONCE = 1024
NEWEST_REHASHED = 10_000
"""Entries that are hashed again when not all are: the others are believed to be what their leaf hash stands for."""

Tell = Callable[[int, int], None]
"""Called with the entries read so far and those there are."""


@dataclass(frozen=True, slots=True)
class LogReport:
    """What checking the log found."""

    size: int
    """Entries that were ever appended."""
    root: bytes
    broken: Break | None


def check_log(
    register: RegisterStore, heads: Sequence[tuple[int, bytes]] = (), *, full: bool = True, tell: Tell = lambda _done, _all: None
) -> LogReport:
    """Make the whole tree again, and see that it goes on from earlier `heads` (size and root, or newest hash of the chain before).

    `full` says whether every entry is hashed again, or the newest alone. Works beside others who append: what comes while the
    log is read is not looked at.
    """
    size, root = tree_of(register)
    with register.look() as books:
        broken = next(filter(None, (departs_from(books, known) for known in [*heads, *converted_head(books)])), None)
    return LogReport(size, root, broken or _first_broken(register, size, root, 0 if full else size - NEWEST_REHASHED, tell))


def _first_broken(register: RegisterStore, size: int, root: bytes, rehashed_from: int, tell: Tell) -> Break | None:
    tree = CompactRange()
    for first in range(0, rehashed_from, ENTRIES_AT_ONCE):
        with register.look() as books:
            believed = books.log.nodes(0, first, min(ENTRIES_AT_ONCE, rehashed_from - first))
        if broken := changed_nodes(register, first, completed_by(believed, tree)):
            return broken
        tell(tree.size, size)
    stored = takewhile(lambda entry: entry.index < size or tree_of(register) == (size, root), entries_from(register, tree.size))
    while page := list(islice(stored, ENTRIES_AT_ONCE)):
        first = tree.size
        flaws = (flaw_of(entry, index) for index, entry in enumerate(page, start=first))
        if flaw := next(filter(None, flaws), None):
            return flaw
        if broken := changed_nodes(register, first, completed_by([entry.leaf_hash for entry in page], tree)):
            return broken
        tell(min(tree.size, size), size)
    return _missing_tail(tree, size, root)


def _missing_tail(tree: CompactRange, size: int, root: bytes) -> Break | None:
    if tree.size < size:
        return Break(tree.size, f"is missing: the log ends here although {size} entries were appended")
    if tree.size > size:
        return Break(size, f"was not appended by the observatory: only {size} entries were")
    return None if tree.root() == root else Break(max(0, size - 1), "is not the newest that was appended: the root is another one")


def flaw_of(entry: LogEntry, index: int) -> Break | None:
    """Return what is wrong with an entry that should be the one of an index."""
    if entry.index != index:
        return Break(index, f"is missing: the next one stored is entry {entry.index}")
    if not is_unchanged(entry):
        return Break(index, "was changed: its hash does not match its kind, time and body")
    return None


def changed_nodes(register: RegisterStore, first: int, completed: dict[int, list[bytes]]) -> Break | None:
    """Return where the tree that is kept beside the entries is not the one they make."""
    with register.look() as books:
        for level, hashes in sorted(completed.items()):
            position = first >> level
            kept = books.log.nodes(level, position, len(hashes))
            wrong = next((number for number, each in enumerate(hashes) if kept[number : number + 1] != [each]), None)
            if wrong is not None:
                changed = (position + wrong) << level
                return Break(changed, f"is not what was appended, or one of the {(1 << level) - 1} behind it: the tree has another hash")
    return None


def tree_of(register: RegisterStore) -> tuple[int, bytes]:
    """Return how many entries were ever appended, and the root of their tree."""
    with register.look() as books:
        return books.log.tree()


def moment_by_log(books: Books, now: datetime) -> datetime:
    """Return when what is appended now counts as said: never before the newest entry, whatever the clock was set back to."""
    size, _ = books.log.tree()
    return max([now, *(entry.recorded_at for entry in books.log.entries(max(0, size - 1), 1))])


def entries_from(register: RegisterStore, first: int) -> Iterator[LogEntry]:
    """Return all entries from an index on, read in pieces."""
    while page := entries_page(register, first, ENTRIES_AT_ONCE):
        yield from page
        first = page[-1].index + 1


def entries_page(register: RegisterStore, first: int, limit: int) -> list[LogEntry]:
    """Return some entries from an index on."""
    with register.look() as books:
        return books.log.entries(first, limit)
