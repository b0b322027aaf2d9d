"""Make of a day's minutes what is kept of them for ever: how many there were of each class (method section 8)."""

import numpy as np

from observatory.judge import tally
from observatory.judge.days import CivilDay, Span
from observatory.model.day import DayAccount, DayStrip
from observatory.model.incident import MinuteClass


def account_of(strip: DayStrip) -> DayAccount:
    """Return the account of a day of a service or menu."""
    whole = Span(strip.first_minute, strip.first_minute + len(strip))
    evident = tally.evident(strip)
    told = np.flatnonzero(evident if evident.any() else strip.verdict)
    return DayAccount(
        service=strip.service,
        menu=strip.menu,
        day=strip.day,
        first_minute=strip.first_minute,
        minutes=np.bincount(strip.minute_class, minlength=len(MinuteClass)).astype(np.int64),
        partial_share=tally.share_of_day(strip, CivilDay(strip.day, whole), whole),
        evidence_from=strip.first_minute + int(told[0]) if len(told) else None,
    )
