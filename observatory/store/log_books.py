"""Promise what a register keeps of the public log: its entries, the tree over them, and what witnesses have signed of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from observatory.model.signoff import LogEntry, NewEntry


@dataclass(frozen=True, slots=True)
class WholeCheck:
    """When all of the log was last read and found to be what was appended, and what is made of it the same as what is shown."""

    at: datetime
    size: int


class LogBook(Protocol):
    """The append-only log. Nothing of it is ever changed or deleted."""

    def append(self, entry: NewEntry) -> LogEntry:
        """Append after the newest, as a leaf (`transparency.leaf`), with the next index; it is read back before it counts.

        Raises Conflict if the log is damaged, or is not what its remembered root says.
        """

    def entries(self, first: int = 0, limit: int | None = None) -> list[LogEntry]:
        """Return entries from index `first` on, in order, exactly as stored (also when somebody edited them)."""

    def entries_of_kind(self, kind: str) -> list[LogEntry]:
        """Return all entries of a kind, in order, exactly as stored."""

    def entries_before(self, kind: str, before: tuple[int, int] | None, limit: int) -> list[LogEntry]:
        """Return the newest entries of a kind by (second since 1970, index), newest first; those below such a pair if one is given."""

    def tree(self) -> tuple[int, bytes]:
        """Return how many entries were ever appended and the root of their tree, as remembered beside the entries."""

    def node(self, level: int, position: int) -> bytes:
        """Return the hash of a complete subtree (`transparency.merkle`), as stored. Raises Conflict if it is not there."""

    def nodes(self, level: int, first: int, limit: int) -> list[bytes]:
        """Return the hashes of neighbours of one level from a position on, as stored; fewer where there are no more."""

    def origin(self) -> str:
        """Return the name under which the log is signed; empty before it was signed first."""

    def keep_origin(self, origin: str) -> None:
        """Name the log, once and for ever; a second name is not taken."""

    def whole_check(self) -> WholeCheck | None:
        """Return when all of it was last found sound; None if that never was."""

    def keep_whole_check(self, check: WholeCheck) -> None:
        """Remember that it was, instead of the time before."""


class CheckpointBook(Protocol):
    """Checkpoints that witnesses have signed, of the newest sizes."""

    def newest(self, limit: int) -> list[tuple[int, bytes]]:
        """Return sizes and signed notes, the largest size first."""

    def keep(self, size: int, note: bytes, kept_max: int) -> None:
        """Keep the note of a size, instead of the one before; of more than so many sizes the smallest are forgotten."""
