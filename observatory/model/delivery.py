"""Say how a body came and what became of it: its sender, its delivery, its receipt."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, slots=True)
class ImportPosition:
    """How far a file has been imported. `file_id` identifies content and target, not a path."""

    file_id: bytes
    offset: int
    """Bytes of the file that are stored."""


NOTHING_REJECTED: Mapping[str, int] = MappingProxyType({})


FILE_HEADER = "X-Observatory-Import-File"
"""Identity of the file a body is a part of, or of what a place of checks numbers; 32 bytes in hex."""
OFFSET_HEADER = "X-Observatory-Import-Offset"
"""How far it has been read with this body, or the number of this body."""
PROBES = "probes"
SIGNALS = ("logs", "traces", "metrics", "access-log", PROBES)
"""What may be sent: each is the last word of its door's address."""
ALL_SIGNALS = frozenset(SIGNALS)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a body, for which services it may speak, and in which signals."""

    name: str
    """Token id, "admin" or "import": part of the duplicate key, never a secret."""
    service_ids: frozenset[str] | None
    """None: every service."""
    backfill: bool = False
    """Whether records of any age are welcome (commands on this host); else 72 hours."""
    signals: frozenset[str] = ALL_SIGNALS
    vantage: str = ""
    """The operator's place of checks that this is; empty: none."""


class Receipt(NamedTuple):
    """What became of the records of one body."""

    accepted: int
    rejected: Mapping[str, int] = NOTHING_REJECTED
    """Count by reason: unknown_service, out_of_scope, too_late, ..."""
    skipped: int = 0
    clamped: int = 0
    duplicate: bool = False
    excluded: int = 0
    """Of the accepted records, those in no figure; only of bodies taken in by themselves."""


class Delivery(NamedTuple):
    """How a body came."""

    sender: Sender
    received_at: datetime
    key: bytes | None = None
    """`duplicate_key`, or None where the position in a file tells what is new."""
    position: ImportPosition | None = None
    body_bytes: int = 0
    """What the body weighs while its sender waits."""
