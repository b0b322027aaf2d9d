"""Read the chain that the log was before migration 0023, exactly as stored."""

import sqlite3
from collections.abc import Iterator

from observatory.store.sqlite.register.log_rows import moment_of
from observatory.transparency.chain import GENESIS, Break, ChainEntry, first_broken


def broken_chain(connection: sqlite3.Connection) -> Break | None:
    """Return the first entry that is not what was appended, or None if the whole chain is sound."""
    return first_broken(_entries(connection), chain_head(connection))


def chain_head(connection: sqlite3.Connection) -> tuple[int, bytes]:
    """Return how many entries were appended and the newest hash, as remembered beside them."""
    row = connection.execute("SELECT size, hash FROM log_head").fetchone()
    return (int(row[0]), bytes(row[1])) if row else (0, GENESIS)


def _entries(connection: sqlite3.Connection) -> Iterator[ChainEntry]:
    rows = connection.execute(
        """SELECT log_index, CAST(kind AS BLOB), body, CAST(recorded_at AS BLOB), previous_hash, hash
           FROM log ORDER BY log_index"""
    )
    for index, kind, body, recorded_at, previous_hash, digest in rows:
        yield ChainEntry(index, kind.decode(errors="replace"), body, moment_of(recorded_at), previous_hash, digest)
