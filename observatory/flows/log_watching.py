"""Watch the log as it grows: what is new is read once before it counts, what is old is read again a part at a time.

The first reading is remembered, 32 bytes a leaf, so any later one that differs shows which entry was changed. Who rewrites
the log beside a running server is found out: at once in what is new, at the latest when the round through the old comes by.
"""

from observatory.flows.log_checking import ENTRIES_AT_ONCE, changed_nodes, entries_page, flaw_of, tree_of
from observatory.store.register import RegisterStore
from observatory.transparency.chain import Break
from observatory.transparency.known_tree import KnownTree
from observatory.transparency.merkle import completed_by

READ_AGAIN_AT_ONCE = 256
"""So that a signature, of which this is a part, takes milliseconds; a power of two, so that the subtrees of a part are whole."""
REHASHED_AT_FIRST = 20_000
"""Entries that are hashed before anything is signed; of a longer log the older ones follow in the first round."""


class LogWatch:
    """What one process knows of a log. One thread at once."""

    def __init__(self, register: RegisterStore) -> None:
        self._register = register
        self._known = KnownTree()
        self._position = 0

    def follow(self) -> tuple[tuple[int, bytes], Break | None]:
        """Read what was appended, and the next part of what was there; return size and root, and the first thing that is wrong."""
        head = tree_of(self._register)
        return head, self._grow(*head) or self.read_again()[0]

    def read_again(self, *, begin: bool = False) -> tuple[Break | None, bool]:
        """Read the next part of what is known anew, or the first; return what is wrong with it, and whether the round is at its end."""
        if begin:
            self._position = 0
        first, limit = self._position, min(READ_AGAIN_AT_ONCE, self._known.size - self._position)
        found = entries_page(self._register, first, limit)
        for index, entry in enumerate(found, start=first):
            if (flaw := flaw_of(entry, index)) is not None:
                return flaw, False
            if entry.leaf_hash != self._known.leaf_hash(index):
                return Break(index, "is not what it was: its hash was another one"), False
        if len(found) < limit:
            return Break(first + len(found), "is missing: it was there before"), False
        if broken := changed_nodes(self._register, first, completed_by([entry.leaf_hash for entry in found])):
            return broken, False
        self._position = 0 if first + limit >= self._known.size else first + limit
        return None, self._position == 0

    def _grow(self, size: int, root: bytes) -> Break | None:
        """Take what was appended for known, if all of it is sound and leads to the root."""
        known = self._known.size
        if size < known:
            return Break(size, f"is missing: the log once had {known} entries")
        hashes: list[bytes] = []
        while known + len(hashes) < size:
            index = known + len(hashes)
            if index < size - REHASHED_AT_FIRST and not known:
                hashes += self._hashes(index, min(ENTRIES_AT_ONCE, size - REHASHED_AT_FIRST - index))
            else:
                page = entries_page(self._register, index, min(ENTRIES_AT_ONCE, size - index))
                flaws = (flaw_of(entry, each) for each, entry in enumerate(page, start=index))
                if flaw := next(filter(None, flaws), None):
                    return flaw
                hashes += [entry.leaf_hash for entry in page]
            if index == known + len(hashes):
                return Break(index, f"is missing: the log ends here although {size} entries were appended")
        if self._known.grow(hashes, root):
            return None
        return Break(max(known, size - 1), "is not the newest that was appended: the root is another one")

    def _hashes(self, first: int, limit: int) -> list[bytes]:
        with self._register.look() as books:
            return books.log.nodes(0, first, limit)
