"""Check that what is read equals what it was made of: the accounts of days their strips, and what was made ready what would be made."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import msgspec

from observatory.judge.day_accounts import account_of
from observatory.judge.days import moment_of
from observatory.model.catalogue import Service
from observatory.model.day import DayAccount, DayStrip
from observatory.model.published_part import PublishedPart
from observatory.readmodel.documents import Card, Recent, of_json, to_json
from observatory.readmodel.making_ready import PART_NAMES, MakingReady
from observatory.readmodel.site_state import SiteState
from observatory.store.telemetry import TelemetryReader

DAYS_AT_ONCE = 16
STAMPS = ("as_of", "revision", "judged_to", "final")
"""Of figures, what only says when they were made."""
NOT_MADE_AGAIN = "counted"
"""Counters are in no store but there: nothing else tells what they should be."""


@dataclass(frozen=True, slots=True)
class ReadyCheck:
    """Checks one service after the other and changes nothing."""

    telemetry: TelemetryReader
    making: MakingReady

    def wrong_accounts(self, service: Service) -> Iterator[DayStrip]:
        """Yield the strips whose accounts say something else; of days without strips nothing tells any more."""
        day = self.telemetry.first_day(service.index)
        while day is not None and (judged := sorted(self.telemetry.day_revisions(service.index, day, date.max))):
            end = judged[:DAYS_AT_ONCE][-1] + timedelta(days=1)
            kept = {(each.day, each.menu): each for each in self.telemetry.day_accounts(service.index, day, end)}
            for strip in self.telemetry.strips(service.index, day, end):
                if not _same(account_of(strip), kept.get((strip.day, strip.menu))):
                    yield strip
            day = end

    def is_waiting(self, service: Service, site: SiteState) -> bool:
        """Return whether a service is to be made ready anew, so that nothing can be said of what is kept."""
        return self.making.is_due(service, site, self.telemetry.published(service.index, {"present"}).get("present"))

    def wrong_parts(self, service: Service, site: SiteState) -> Iterator[PublishedPart]:
        """Yield what should be kept in the place of parts that say something else; those that are due to be made anew are left out."""
        kept = self.telemetry.published(service.index, PART_NAMES)
        heartbeat, recent = kept.get("present"), kept.get("recent")
        if heartbeat is None or self.making.is_due(service, site, heartbeat):
            return
        made = then = self._as_made(service, site, heartbeat)
        for each in made:
            part, known = _of_the_same_hours(each, recent), kept.get(each.name)
            if part.name not in (NOT_MADE_AGAIN, "recent") and (known is None or _told(known) != _told(part)):
                yield part
        if recent is None or recent.revision == heartbeat.revision:
            if recent is not None and recent.made_minute != heartbeat.made_minute:
                then = self._as_made(service, site, recent)
            yield from (part for part in then if part.name == "recent" and (recent is None or _told(recent) != _told(part)))

    def made_anew(self, service: Service, site: SiteState) -> list[PublishedPart]:
        """Return all parts as they would be made now, but for what cannot be made again."""
        return [part for part in self.making.parts_of(service, site, from_scratch=True) if part.name != NOT_MADE_AGAIN]

    def _as_made(self, service: Service, site: SiteState, part: PublishedPart) -> list[PublishedPart]:
        """Return all parts as they would be made when this one was."""
        return self.making.parts_of(service, replace(site, now=moment_of(part.made_minute)), from_scratch=True)


def _of_the_same_hours(part: PublishedPart, recent: PublishedPart | None) -> PublishedPart:
    """Return a card with the last 24 hours that are kept, which may have been made before it; any other part as it is."""
    card = of_json(Card, part.document) if part.name == "card" else None
    hours = of_json(Recent, recent.document) if recent is not None else None
    if card is None or card.figures_day is None or hours is None:
        return part
    return replace(part, document=to_json(replace(card, figures_day=replace(hours.figures_day, menus=()))))


def _same(account: DayAccount, kept: DayAccount | None) -> bool:
    if kept is None or (account.minutes != kept.minutes).any():
        return False
    return (account.first_minute, account.partial_share, account.evidence_from) == (
        kept.first_minute,
        kept.partial_share,
        kept.evidence_from,
    )


def _told(part: PublishedPart) -> object:
    """Return what a document says, whenever it was made; a broken one says nothing that would ever be made."""
    try:
        return _without_stamps(msgspec.json.decode(part.document))
    except msgspec.DecodeError:
        return None


def _without_stamps(told: object) -> object:
    if isinstance(told, dict):
        return {name: _without_stamps(value) for name, value in told.items() if name not in STAMPS}
    return [_without_stamps(value) for value in told] if isinstance(told, list) else told
