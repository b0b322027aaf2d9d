"""Turn what the clock of a zone shows into a moment, and refuse what it never shows or shows twice."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from observatory.errors import BadInput, phrase


def moment_by_clock(local: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment, in UTC, at which the clock of a zone shows a time that is written without one.

    Raises BadInput for an hour that is skipped where clocks go forward, or comes twice where they go back: whoever typed it might mean
    either, and people would read the other.
    """
    try:
        first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        shown = first.astimezone(zone).replace(tzinfo=None)
    except OverflowError:
        raise BadInput(phrase("cannot use a time in the year %(year)d"), phrase("give one of this time"), year=local.year) from None
    if shown != local:
        raise BadInput(
            phrase("cannot use %(time)s: the clocks of %(zone)s go forward then, and never show it"),
            phrase("give a time before, or after that hour"),
            time=f"{local:%Y-%m-%d %H:%M}",
            zone=zone.key,
        )
    if first != second:
        raise BadInput(
            phrase("cannot use %(time)s: the clocks of %(zone)s go back then, and show it twice"),
            phrase("give a time before, or after that hour"),
            time=f"{local:%Y-%m-%d %H:%M}",
            zone=zone.key,
        )
    return first
