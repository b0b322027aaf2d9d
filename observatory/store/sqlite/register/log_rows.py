"""Read what a row of the log holds, also one that somebody edited."""

from datetime import UTC, datetime

from observatory.model.signoff import LogEntry
from observatory.transparency.leaf import recorded_text

UNREADABLE = datetime.min.replace(tzinfo=UTC)
"""Stands for a time that is not written as we write it: somebody edited it, and the entry's hash will not match."""

Row = tuple[int, bytes, bytes, bytes, bytes]
"""Texts are read as bytes: one that somebody edited may be no UTF-8, and still has to be read to be shown broken."""


def entry_of(row: Row) -> LogEntry:
    """Return the entry of a row."""
    index, kind, body, recorded_at, leaf_hash = row
    return LogEntry(index, kind.decode(errors="replace"), body, moment_of(recorded_at), leaf_hash)


def moment_of(text: bytes) -> datetime:
    """Return the moment a text means, `UNREADABLE` unless it is written exactly as it was hashed."""
    written = text.decode(errors="replace")
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return UNREADABLE
    return moment if moment.tzinfo is not None and recorded_text(moment) == written else UNREADABLE
