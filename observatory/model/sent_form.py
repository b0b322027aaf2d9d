"""Describe a form of the desk that was sent, so that what it asks for is done once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from observatory.model.staff import CLOCK_BACK_MAX, OPEN_MAX

SENT_FORMS_KEPT: timedelta = OPEN_MAX + CLOCK_BACK_MAX
"""No form outlives the session it was made for."""


@dataclass(frozen=True, slots=True)
class SentForm:
    """One sending of a form."""

    key: bytes
    """SHA-256 of its one-time token, which is bound to the session, and of its address."""
    content: bytes
    """SHA-256 of what was typed."""
    at: datetime
