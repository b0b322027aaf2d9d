"""Make the log as releases made it before it was a tree: a chain of hashes, and a signed head beside the key."""

import json
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlite_utils import Database

from observatory.model.signoff import NewEntry
from observatory.store.sqlite.register.log_tables import LEAVES, register_migrations
from observatory.transparency.chain import GENESIS, entry_hash
from observatory.transparency.leaf import recorded_text
from observatory.transparency.signed_head import FIRST_LINE, SignedHead


def old_register(file: Path, entries: list[NewEntry]) -> list[tuple[int, bytes]]:
    """Make a register whose log is a chain of these; return each head it had, that of the empty log first."""
    heads = [(0, GENESIS)]
    with closing(sqlite3.connect(file)) as connection:
        register_migrations.apply(Database(connection), stop_before=LEAVES)
        for entry in entries:
            size, newest = heads[-1]
            recorded_at = recorded_text(entry.recorded_at)
            digest = entry_hash(newest, size, entry.kind, recorded_at, entry.body)
            connection.execute("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?)", (size, entry.kind, entry.body, recorded_at, newest, digest))
            heads.append((size + 1, digest))
        connection.execute("UPDATE log_head SET size = ?, hash = ?", heads[-1])
        connection.commit()
    return heads


def sign_head(root: bytes, size: int, newest_hash: bytes, now: datetime) -> SignedHead:
    """Return a head signed with the key that a root of 32 random bytes stood for."""
    key = Ed25519PrivateKey.from_private_bytes(HKDF(SHA256(), 32, salt=None, info=FIRST_LINE.encode()).derive(root))
    unsigned = SignedHead(size, newest_hash, now, key.public_key().public_bytes_raw(), b"")
    return SignedHead(size, newest_hash, now, unsigned.public_key, key.sign(unsigned.text))


def write_old_note(path: Path, head: SignedHead) -> None:
    """Note a head as it was noted."""
    note = {"size": head.size, "hash": head.hash.hex(), "signed_at": recorded_text(head.signed_at)}
    path.write_text(json.dumps(note | {"public_key": head.public_key.hex(), "signature": head.signature.hex()}))
