"""Expand a rule such as FREQ=WEEKLY;BYDAY=SU to the moments it names (RFC 5545 section 3.3.10), within bounds."""

import re
from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from observatory.errors import BadInput, phrase

MOMENTS_MAX = 104
"""Twice a week for a year."""
RULE_LENGTH_MAX = 200
_PART = re.compile(
    r"FREQ=(?:DAILY|WEEKLY|MONTHLY)|INTERVAL=[1-9]\d?|COUNT=[1-9]\d{0,2}|UNTIL=\d{8}(?:T\d{6})?"
    r"|BYDAY=(?:[+-]?[1-5])?(?:MO|TU|WE|TH|FR|SA|SU)(?:,(?:[+-]?[1-5])?(?:MO|TU|WE|TH|FR|SA|SU)){0,6}"
    r"|BYMONTHDAY=-?\d{1,2}(?:,-?\d{1,2}){0,5}",
    re.ASCII,
)
"""! What may name no moment at all, or one a second, is left out: looking for the next would take for ever."""


def starts_of(rule: str, first: datetime, until: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return when something begins that begins at `first` and again by a rule, by the wall clock of a zone: at most MOMENTS_MAX times.

    Without a rule it is `first` alone. An hour that clocks skip is taken an hour later, of one that comes twice the first (RFC 5545).
    Raises BadInput for a rule that cannot be read, or that leaves `first` out: what it says of COUNT would be one more than people read.
    """
    if not rule:
        return [first]
    parts = rule.upper().removeprefix("RRULE:").split(";")
    names = [part.partition("=")[0] for part in parts]
    if len(rule) > RULE_LENGTH_MAX or not all(map(_PART.fullmatch, parts)) or len(set(names)) < len(names) or "FREQ" not in names:
        raise _unreadable(rule)
    local = first.astimezone(zone).replace(tzinfo=None)
    try:
        found = rrulestr(";".join(parts), dtstart=local, cache=False).between(local, until.astimezone(zone).replace(tzinfo=None), inc=True)
    except ValueError:
        raise _unreadable(rule) from None
    if local not in found:
        raise BadInput(
            phrase("cannot begin at %(time)s: the rule itself leaves that moment out"),
            phrase("begin at a moment that the rule names, or change the rule"),
            time=f"{local:%Y-%m-%d %H:%M}",
        )
    later = (moment for moment in found if moment > local)
    return [first, *(moment.replace(tzinfo=zone).astimezone(UTC) for moment in islice(later, MOMENTS_MAX - 1))]


def _unreadable(rule: str) -> BadInput:
    return BadInput(
        phrase("cannot read recurrence %(rule)r"),
        phrase("write it as FREQ=WEEKLY;BYDAY=SU: FREQ is DAILY, WEEKLY or MONTHLY, with INTERVAL, COUNT, UNTIL, BYDAY, BYMONTHDAY"),
        rule=rule[:100],
    )
