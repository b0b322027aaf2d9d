"""Write aware moments as text that sorts, and read them back: how register.sqlite keeps times."""

from datetime import UTC, datetime
from typing import overload


@overload
def text_of(moment: datetime) -> str: ...
@overload
def text_of(moment: datetime | None) -> str | None: ...
def text_of(moment: datetime | None) -> str | None:
    """Return 2026-11-20T09:04:00.000000Z, the same that the log hashes; None stays None."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError("a stored moment must be aware")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


@overload
def moment_of(text: str) -> datetime: ...
@overload
def moment_of(text: str | None) -> datetime | None: ...
def moment_of(text: str | None) -> datetime | None:
    """Return the aware moment in UTC that such a text means; None stays None."""
    return None if text is None else datetime.fromisoformat(text)
