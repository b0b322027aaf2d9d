"""Describe what is remembered of who sends: whose telemetry arrives, whose is nobody's, and what no menu matches."""

from typing import NamedTuple

COUNTED = ""
"""Reason of records that were stored under a service."""
UNMATCHED = "unmatched"
"""Reason of records that were stored under a service, and which none of its menus matches."""


class SenderKey(NamedTuple):
    """What tells one kind of records from others: made for every body."""

    sender: str
    """Token id, "admin" or "import"."""
    reason: str
    """COUNTED, UNMATCHED, or why records are nobody's: unknown_service, out_of_scope, removed_service, not_production."""
    service: int
    """`Service.index`; 0 where they are nobody's."""
    source: int
    namespace: str = ""
    """Of records that are nobody's: what they say whose they are, as far as it looks like the name of a program."""
    name: str = ""
    template: str = ""
    """Of unmatched ones: what may be kept of their path."""


class SenderNote(NamedTuple):
    """How many such records came, and in which minute the last did."""

    key: SenderKey
    records: int
    newest_minute: int
