"""Make ready for readers what was judged, service by service, so that nobody who reads waits for sums.

It is crash-only: what was made ready tells of what, so after a kill the rest is made.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import structlog

from observatory.model.catalogue import Service
from observatory.model.published_part import PublishedPart
from observatory.parts import Parts
from observatory.readmodel.making_ready import MakingReady, is_due
from observatory.readmodel.site_state import SiteState
from observatory.readmodel.summary import Summary

SECONDS_AT_ONCE = 0.25
"""How long parts are gathered for one transaction."""
SECONDS_TOLD = 10.0

log = structlog.get_logger(__name__)


class MakeReady:
    """A step that remembers how each service was left."""

    def __init__(self) -> None:
        self._heartbeats: dict[int, PublishedPart] | None = None
        self._failed: set[int] = set()
        """Services that could not be made ready: the others come before them."""
        self._round: tuple[int, set[int]] = (0, set())
        """Which services are still to be made ready of those that were due in a minute."""
        self._told_at = time.monotonic()

    def __call__(self, parts: Parts) -> bool:
        """Make some of what is due; True while there is more."""
        summary = parts.get(Summary)
        if self._heartbeats is None:
            self._heartbeats = {part.service: _head(part) for part in parts.telemetry.published_since("present", 0)}
        site, known = summary.state(), self._heartbeats
        due = _due(known, site, summary, parts.telemetry.revisions())
        due.sort(key=lambda service: (service.index in self._failed, _made_minute(known.get(service.index))))
        if not self._round[1]:
            self._round = site.minute, {service.index for service in due}
        made = self._make_some(due, site, summary)
        if made:
            parts.writer.write(lambda store: store.keep_published(made))
        heartbeats = {part.service: _head(part) for part in made if part.name == "present"}
        known.update(heartbeats)
        self._end_round(heartbeats.keys(), summary)
        self._tell(len(due) - len(heartbeats))
        return len(heartbeats) < len(due)

    def _end_round(self, made: Collection[int], summary: Summary) -> None:
        """Let lists know as of when they are complete, once everything of a round was made ready that can be."""
        minute, left = self._round
        left.difference_update(made, self._failed)
        if not left:
            summary.note_complete(minute)

    def _make_some(self, due: Sequence[Service], site: SiteState, summary: Summary) -> list[PublishedPart]:
        """Return the parts of as many services as are made in a moment."""
        making, made, begun = MakingReady(summary.maker, summary.versions), list[PublishedPart](), time.monotonic()
        for service in due:
            if service.index in self._failed and made:
                break
            self._failed.add(service.index)
            made += making.parts_of(service, site)
            self._failed.discard(service.index)
            if time.monotonic() - begun > SECONDS_AT_ONCE:
                break
        return made

    def _tell(self, waiting: int) -> None:
        """Say from time to time how much there is to do, if it takes long."""
        if not waiting:
            self._told_at = time.monotonic()
        elif time.monotonic() - self._told_at > SECONDS_TOLD:
            log.info("making ready for readers", services_waiting=waiting)
            self._told_at = time.monotonic()


def _due(known: Mapping[int, PublishedPart], site: SiteState, summary: Summary, revisions: Mapping[int, int]) -> list[Service]:
    """Return the services of which anything may have changed since they were made ready."""
    return [
        service
        for service in site.catalogue.services
        if is_due(known.get(service.index), summary.versions.of(service, site), site, revisions.get(service.index, 0))
    ]


def _made_minute(heartbeat: PublishedPart | None) -> int:
    """Return when a service was made ready last: those that never were come first."""
    return 0 if heartbeat is None else heartbeat.made_minute


def _head(part: PublishedPart) -> PublishedPart:
    """Return a part without its document: of ten thousand of them only what they were made of is remembered."""
    return replace(part, document=b"")
