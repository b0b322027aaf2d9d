"""Tell whether the log in a file that nobody writes is what was appended, in the tables of this release or of those before the tree."""

import hmac
import sqlite3
from collections.abc import Collection

from observatory.store.sqlite.register.log_chain import broken_chain, chain_head
from observatory.store.sqlite.register.log_tables import LEAVES
from observatory.store.sqlite.register.public_log import SqliteLog
from observatory.transparency.chain import Break
from observatory.transparency.leaf import is_unchanged
from observatory.transparency.merkle import CompactRange

ENTRIES_AT_ONCE = 1000


def inspect_log(connection: sqlite3.Connection, schema: Collection[str]) -> tuple[tuple[int, bytes], Break | None]:
    """Return how many entries there are with their root (or newest hash), and the first that is broken; `schema` names the migrations."""
    if LEAVES not in schema:
        return chain_head(connection), broken_chain(connection)
    log = SqliteLog(connection)
    return log.tree(), _first_broken(log, *log.tree())


def _first_broken(log: SqliteLog, size: int, root: bytes) -> Break | None:
    tree = CompactRange()
    while page := log.entries(tree.size, ENTRIES_AT_ONCE):
        for entry in page:
            if entry.index != tree.size or not is_unchanged(entry):
                return Break(tree.size, "is missing" if entry.index != tree.size else "was changed: its hash does not match")
            tree.append(entry.leaf_hash)
    if tree.size == size and hmac.compare_digest(tree.root(), root):
        return None
    return Break(min(tree.size, size), f"is not the newest of the {size} that were appended")
