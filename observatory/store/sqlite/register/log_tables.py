"""Turn the chain of the log into leaves of a tree, and add the tables of that; a migration is never edited after release."""

import sqlite3

from sqlite_utils import Database

from observatory.errors import BadSettings
from observatory.store.sqlite.register.log_chain import broken_chain, chain_head
from observatory.store.sqlite.register.probing_tables import register_migrations
from observatory.transparency.leaf import leaf_data
from observatory.transparency.merkle import CompactRange, hash_leaf

__all__ = ["LEAVES", "register_migrations"]

LEAVES = "0023_log_leaves"
CONVERTED = "log-converted"

TREE = (
    """CREATE TABLE log_node (
        level INTEGER NOT NULL,
        position INTEGER NOT NULL,
        hash BLOB NOT NULL,  -- of the complete subtree of 2^level leaves that begins at position * 2^level
        PRIMARY KEY (level, position)
    ) STRICT, WITHOUT ROWID""",
    "ALTER TABLE log DROP COLUMN previous_hash",
    "ALTER TABLE log RENAME COLUMN hash TO leaf_hash",
)
WITNESSED = (
    "CREATE TABLE log_origin (only INTEGER PRIMARY KEY CHECK (only = 1), name TEXT NOT NULL) STRICT",
    "CREATE TABLE log_checked (only INTEGER PRIMARY KEY CHECK (only = 1), at TEXT NOT NULL, size INTEGER NOT NULL) STRICT",
    "CREATE TABLE log_checkpoint (size INTEGER PRIMARY KEY, note BLOB NOT NULL) STRICT",
)


@register_migrations(name=LEAVES)
def make_leaves_of_the_chain(db: Database) -> None:
    """Make each entry a leaf, byte for byte, and close the chain with a leaf that names its head.

    A chain that is broken is not converted: its hashes, which show where, would be gone.
    """
    broken, (size, newest_hash) = broken_chain(db.conn), chain_head(db.conn)
    if broken is not None:
        raise BadSettings(
            f"cannot convert the log of register.sqlite: entry {broken.index} {broken.reason}",
            "nothing was changed: restore the folder from a backup made before that",
        )
    for statement in TREE:
        db.conn.execute(statement)
    tree = CompactRange()
    for index in range(size):
        kind, recorded_at, body = db.conn.execute("SELECT kind, recorded_at, body FROM log WHERE log_index = ?", (index,)).fetchone()
        _add_leaf(db.conn, tree, hash_leaf(leaf_data(kind, recorded_at, body)))
    if size:
        said = b'{"chain_head":"%b","entries":%d}' % (newest_hash.hex().encode(), size)
        db.conn.execute("INSERT INTO log VALUES (?, ?, ?, ?, x'')", (size, CONVERTED, said, recorded_at))
        _add_leaf(db.conn, tree, hash_leaf(leaf_data(CONVERTED, recorded_at, said)))
    db.conn.execute("UPDATE log_head SET size = ?, hash = ?", (tree.size, tree.root()))


def _add_leaf(connection: sqlite3.Connection, tree: CompactRange, leaf_hash: bytes) -> None:
    index = tree.size
    connection.execute("UPDATE log SET leaf_hash = ? WHERE log_index = ?", (leaf_hash, index))
    completed = ((level, index >> level, each) for level, each in enumerate(tree.append(leaf_hash), start=1))
    connection.executemany("INSERT INTO log_node VALUES (?, ?, ?)", completed)


@register_migrations(name="0024_log_witnessed")
def keep_what_witnesses_sign(db: Database) -> None:
    """Keep the name of the log, when all of it was last read, and checkpoints with what witnesses signed."""
    for statement in WITNESSED:
        db.conn.execute(statement)
