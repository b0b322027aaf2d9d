"""Hold the log against what somebody kept of it before: sizes with their roots, and with the newest hashes of the chain it once was."""

from observatory.errors import Conflict
from observatory.signoff.canonical_json import parse
from observatory.store.register import Books
from observatory.transparency.chain import Break, chain_head
from observatory.transparency.leaf import is_unchanged
from observatory.transparency.merkle import EMPTY_ROOT, root_at

CONVERTED = "log-converted"
"""Kind of the entry that names the head of that chain."""


def departs_from(books: Books, known: tuple[int, bytes]) -> Break | None:
    """Return where the log is not what it was when it had that size and root, or newest hash; None if it goes on from there."""
    (size, digest), (appended, _) = known, books.log.tree()
    if size == 0:
        return None if digest == EMPTY_ROOT else Break(0, "cannot have this hash: it is not that of an empty log")
    if size > appended or not books.log.nodes(0, size - 1, 1):
        return Break(min(size - 1, appended), f"is missing: the log once had {size} entries")
    if digest == _root_at(books, size):
        return None
    if any(size <= entries and digest == chain_head(books.log.entries(0, size)) for entries, _ in converted_head(books)):
        return None
    return Break(size - 1, "is not what it was: its hash was another one")


def converted_head(books: Books) -> list[tuple[int, bytes]]:
    """Return how many entries the chain had that the log was before, and its newest hash; nothing if it never was one."""
    told = (parse(entry.body) for entry in books.log.entries_of_kind(CONVERTED)[:1] if is_unchanged(entry))
    return [(int(str(each["entries"])), bytes.fromhex(str(each["chain_head"]))) for each in told if isinstance(each, dict)]


def _root_at(books: Books, size: int) -> bytes | None:
    try:
        return root_at(size, books.log.node)
    except Conflict:  # A part of the tree is missing: it proves nothing.
        return None
