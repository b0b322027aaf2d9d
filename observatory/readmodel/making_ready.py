"""Make ready for readers what the judge changed, and what the clock did: the documents of a service that are others now."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

from observatory.judge.days import civil_day, moment_of
from observatory.judge.method import IN_FORCE
from observatory.judge.windows import HOUR_MINUTES, named_window
from observatory.model.catalogue import Service
from observatory.model.incident import Incident
from observatory.model.published_part import FOR_EVER, PartName, PublishedPart
from observatory.readmodel.counted import Counted, begin, count_on
from observatory.readmodel.documents import Past, Recent, of_json, to_json
from observatory.readmodel.making import DAYS_SHOWN, Maker, card_of
from observatory.readmodel.ready import ServiceVersions, digest_of
from observatory.readmodel.service import READY_WINDOWS
from observatory.readmodel.site_state import SiteState

PART_NAMES: tuple[PartName, ...] = ("card", "present", "recent", "past", "counted", *READY_WINDOWS.values())
CARD_HOLDS_MINUTES_MIN = 5
"""A card that says the same is kept anew only when it would be outdated sooner."""
LOOK_AGAIN_MINUTES = 10
"""How long nobody looks at a service that is not judged: its minutes are counted all the same."""
LATE_MINUTES = 5
"""After the hour, when its last minutes are judged, the last 24 hours are made once more."""
LEAP_MINUTES = 5
"""A clock that is ahead of what is believed for longer leapt: short of it the observatory may have been restarted."""
YOUNG = "-young"
"""What the last 24 hours were made of while a service was observed for less: they are made anew with everything that is judged."""

Kept = Mapping[PartName, PublishedPart]


def is_due(heartbeat: PublishedPart | None, version: str, site: SiteState, revision: int) -> bool:
    """Return whether anything may have changed since a service was made ready, of which its `present` tells."""
    if heartbeat is None or (heartbeat.revision, heartbeat.version) != (revision, version):
        return True
    return not heartbeat.holds_in(site.minute)


class MakingReady:
    """Makes the parts of some services, one after the other, from what the stores have. It is made for one look at them."""

    def __init__(self, maker: Maker, versions: ServiceVersions) -> None:
        self._maker = maker
        self._versions = versions
        self._waiting = {each.service: each.first_minute for each in maker.telemetry.unjudged()}

    def is_due(self, service: Service, site: SiteState, heartbeat: PublishedPart | None) -> bool:
        """Return whether a service is to be made ready anew."""
        return is_due(heartbeat, self._versions.of(service, site), site, self._maker.telemetry.revision(service.index))

    def parts_of(self, service: Service, site: SiteState, *, from_scratch: bool = False) -> list[PublishedPart]:
        """Return the parts of a service that are not as they are kept; `from_scratch` also those of which nothing says they changed."""
        revision, version = self._maker.telemetry.revision(service.index), self._versions.of(service, site)
        kept: Kept = {} if from_scratch else self._maker.telemetry.published(service.index, PART_NAMES)
        made = PublishedPart(service.index, "present", revision, version, site.minute, FOR_EVER, b"")
        present, until = self._maker.present(service, site)
        with self._maker.register.look() as books:
            first_minute = civil_day(site.today - timedelta(days=DAYS_SHOWN - 1), site.zone).span.first
            incidents = books.incidents.incidents(service.id, start=moment_of(first_minute))
        recent, recent_part = self._recent(service, site, made, kept, incidents)
        past, past_parts = self._past(service, site, made, kept)
        failing = next((each for each in incidents if each.ended_at is None), None)
        card = replace(made, name="card", until_minute=until, document=to_json(card_of(service, present, recent, past, failing)))
        heartbeat = replace(made, until_minute=min(until, site.minute + LOOK_AGAIN_MINUTES), document=to_json(present))
        counted = self._counted(service, site, made, kept, incidents)
        return [heartbeat, counted, *([] if _says_the_same(kept.get("card"), card) else [card]), *recent_part, *past_parts]

    def _recent(
        self, service: Service, site: SiteState, made: PublishedPart, kept: Kept, incidents: list[Incident]
    ) -> tuple[Recent, list[PublishedPart]]:
        known, version = kept.get("recent"), f"{made.version}-{_lately(incidents, site)}"
        if known is not None and known.holds_in(site.minute) and known.version.removesuffix(YOUNG) == version:
            is_true = known.version == version or known.revision == made.revision
            if is_true and (document := of_json(Recent, known.document)) is not None:
                return document, []
        recent = self._maker.recent(service, site)
        is_full = recent.figures_day.window == named_window("24h", site.zone, site.now)
        hour = site.minute // HOUR_MINUTES * HOUR_MINUTES
        turns = hour + LATE_MINUTES, hour + HOUR_MINUTES, civil_day(site.today, site.zone).span.end
        until = min(turn for turn in turns if turn > site.minute)
        version = version if is_full else version + YOUNG
        return recent, [replace(made, name="recent", version=version, until_minute=until, document=to_json(recent))]

    def _past(self, service: Service, site: SiteState, made: PublishedPart, kept: Kept) -> tuple[Past, list[PublishedPart]]:
        version, known = self._maker.version_of_past(service, site), kept.get("past")
        if known is not None and known.version == version and (document := of_json(Past, known.document)) is not None:
            return document, []
        past = self._maker.past(service, site)
        made = replace(made, version=version, until_minute=civil_day(site.today, site.zone).span.end)
        return past, [replace(made, name="past", document=to_json(past)), *self._windows(service, site, made)]

    def _counted(self, service: Service, site: SiteState, made: PublishedPart, kept: Kept, incidents: list[Incident]) -> PublishedPart:
        """Count on, up to what is final and judged; ! what was counted is in no store but here, so it is never counted anew."""
        known, telemetry = kept.get("counted"), self._maker.telemetry
        before = None if known is None else of_json(Counted, known.document)
        believed = telemetry.believed_minute(site.minute)
        end = min(believed - IN_FORCE.provisional_minutes, self._waiting.get(service.index, believed))
        if before is None:
            counted = begin(incidents, end)
        elif believed < site.minute - LEAP_MINUTES:  # By a clock that leapt ahead nothing is counted, and no incident is long ago.
            counted = before
        else:
            counted = count_on(before, service, incidents, telemetry, end, site.zone)
        return replace(made, name="counted", document=to_json(counted))

    def _windows(self, service: Service, site: SiteState, made: PublishedPart) -> Iterator[PublishedPart]:
        for window, name in READY_WINDOWS.items():
            figures = self._maker.figures(service, named_window(window, site.zone, site.now), site)
            yield replace(made, name=name, document=to_json(figures))


def _lately(incidents: Iterable[Incident], site: SiteState) -> str:
    """Return what is known of the incidents of the last hours, as a text: the last 24 hours are made anew with them."""
    since = site.now - timedelta(hours=25)
    told = [
        (each.id, each.started_at, each.ended_at, each.severity) for each in incidents if each.ended_at is None or each.ended_at > since
    ]
    return digest_of(told)


def _says_the_same(known: PublishedPart | None, card: PublishedPart) -> bool:
    if known is None or (known.document, known.version) != (card.document, card.version):
        return False
    return card.made_minute + CARD_HOLDS_MINUTES_MIN <= known.until_minute <= card.until_minute
