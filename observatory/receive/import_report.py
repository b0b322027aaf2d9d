"""Describe what became of one body of lines, as the doors say it in JSON and commands read it."""

import msgspec


class LinesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the lines of one body; the answer of a door as JSON."""

    lines_read: int
    accepted: int
    duplicate: bool
    """The body was stored before: nothing of it is counted again."""
    clamped: int
    """Accepted, but dated in the future: counted at the time of receipt."""
    skipped: int = 0
    """Records that are none of ours to count: client spans, log records that are no access events, blank lines."""
    excluded: int = 0
    """Accepted, but of crawlers, health checks and the like: in no figure."""
    kinds: dict[str, int] = {}
    """Records by what they report: an HTTP status, or `up` and `down` for checks."""
    rejected: dict[str, int]
    """Records nobody may count, by reason."""
    refused: dict[str, int]
    """Lines that cannot be understood, by reason."""
    first_refused_line: dict[str, int]
    """Number of the first such line of the body, by reason; 1 is the first line."""
