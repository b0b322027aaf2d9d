"""Return everything published about a service: from the documents that were made ready, or made at once where they are not.

What is made here is kept: past days are made again only when one of them was judged again, the present every minute.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import NamedTuple, TypeVar

from observatory.judge.days import civil_day, moment_of
from observatory.model.catalogue import Agency, Service
from observatory.model.figure import DayLoadMark, LoadTimeSource, ServiceFigures, Window
from observatory.model.incident import Incident
from observatory.model.published_part import PartName
from observatory.model.text import Text
from observatory.readmodel.checks import checks_of, lately_complete
from observatory.readmodel.documents import Past, Present, Recent
from observatory.readmodel.few_at_once import FewAtOnce
from observatory.readmodel.maintenance import soon
from observatory.readmodel.making import DAYS_SHOWN, Maker
from observatory.readmodel.ready import ReadyParts
from observatory.readmodel.single_flight import SingleFlight
from observatory.readmodel.site_state import SiteState
from observatory.readmodel.values import MenuSummary, ServiceSummary
from observatory.signoff.state import emergencies_of, notes_of, service_state, signoffs_of

T = TypeVar("T")
READY_WINDOWS: dict[str, PartName] = {"7d": "7d", "90d": "90d"}


class Seen(NamedTuple):
    """What one service is shown from; as long as it is the same, so is what is shown."""

    minute: int
    log_size: int
    catalogue_digest: str
    revision: int
    change: int
    """By which it was made ready last."""


class ServiceReadModel:
    """One service as it is published. Any number of threads."""

    def __init__(self, maker: Maker, ready: ReadyParts, few: FewAtOnce) -> None:
        """`few` is shared by all services: what is made of one takes megabytes."""
        self._maker = maker
        self._ready = ready
        self._few = few
        self._past = SingleFlight[Past]()
        self._present = SingleFlight[Present]()
        self._recent = SingleFlight[Recent]()
        self._full = SingleFlight[ServiceSummary]()

    def in_full(self, service: Service, site: SiteState) -> ServiceSummary:
        """Return everything, as it is now."""
        seen = self.seen(service, site)
        return self._full.get(seen, partial(self._in_full, service, site, seen))

    def figures(self, service: Service, window: Window, site: SiteState) -> ServiceFigures:
        """Return the figures of any window; of `24h` it is the service that says when it ends."""
        if window.name in ("24h", "30d"):
            shown = self.in_full(service, site)
            if window.name == "24h" or shown.figures.window == window:
                return shown.figures if window.name == "30d" else shown.figures_day
        if (name := READY_WINDOWS.get(window.name)) is not None:
            found = self._ready.document(service, site, name, ServiceFigures)
            if found is not None and found.window == window:
                return replace(found, as_of=site.now, revision=self._ready.revision(service))
        return self._alone(partial(self._maker.figures, service, window, site))

    def present(self, service: Service, site: SiteState) -> Present:
        """Return how the service stands."""
        return self._read_present(service, site, self.seen(service, site))

    def seen(self, service: Service, site: SiteState) -> Seen:
        """Return what the service is shown from now."""
        revision, change = self._ready.revision(service), self._ready.change(service)
        return Seen(site.minute, site.log_size, site.catalogue_digest, revision, change)

    def _in_full(self, service: Service, site: SiteState, seen: Seen) -> ServiceSummary:
        present, recent = self._read_present(service, site, seen), self._read_recent(service, site, seen)
        listed = self._incidents(service, site)
        failing = next((each for each in listed if each.ended_at is None), None)
        if present.failing_id != (failing.id if failing is not None else None):
            present = self._alone(lambda: self._maker.present(service, site)[0])  # It was judged since: one page is of one moment.
        incidents = tuple(with_minutes(found, present) for found in listed)
        past = self._read_past(service, site)
        whole, *menus = present.states
        signoffs = signoffs_of(service.id, site.history)
        source = (past.figures if past.figures.load_time.n else recent.figures_day).load_time.source
        register = self._maker.register
        return ServiceSummary(
            service=service,
            agency=agency_of(service, site),
            state=whole.state,
            state_since=whole.since,
            menus=tuple(MenuSummary(menu, now.state, now.disagreement) for menu, now in zip(service.menus, menus, strict=True)),
            figures=replace(past.figures, as_of=site.now, revision=seen.revision),
            figures_day=replace(recent.figures_day, as_of=site.now, revision=seen.revision),
            failing_since=failing.started_at if failing is not None else None,
            days=(*past.days, present.today),
            incidents=incidents,
            signoff_state=service_state(service.id, site.history, site.now),
            signoff=signoffs[0] if signoffs else None,
            signoffs=signoffs,
            signoff_notes=notes_of(service.id, site.history),
            emergencies=emergencies_of(service.id, site.history, site.now),
            daily_load=(*past.load_times[source], _mark_of(recent.figures_today, source, site.today)),
            maintenance=soon(site.maintenance.get(service.id, ()), site.now),
            checks=checks_of(service, register, site.now),
            completeness=lately_complete(service, register, site.today),
            disagreement=whole.disagreement,
        )

    def _incidents(self, service: Service, site: SiteState) -> list[Incident]:
        first_minute = civil_day(site.today - timedelta(days=DAYS_SHOWN - 1), site.zone).span.first
        with self._maker.register.look() as books:
            return books.incidents.incidents(service.id, start=moment_of(first_minute))

    def _read_present(self, service: Service, site: SiteState, seen: Seen) -> Present:
        def make() -> Present:
            ready = self._ready.document(service, site, "present", Present)
            return ready or self._alone(lambda: self._maker.present(service, site)[0])

        return self._present.get(seen, make)

    def _read_recent(self, service: Service, site: SiteState, seen: Seen) -> Recent:
        def make() -> Recent:
            ready = self._ready.document(service, site, "recent", Recent)
            return ready or self._alone(partial(self._maker.recent, service, site))

        return self._recent.get(seen, make)

    def _read_past(self, service: Service, site: SiteState) -> Past:
        ready = self._ready.document(service, site, "past", Past)
        if ready is not None:
            return ready
        version = self._maker.version_of_past(service, site)
        return self._past.get(version, lambda: self._alone(partial(self._maker.past, service, site)))

    def _alone(self, make: Callable[[], T]) -> T:
        """Make when it is this one's turn; ! what is made must not wait for another turn."""
        with self._few.turn():
            return make()


def agency_of(service: Service, site: SiteState) -> Agency:
    """Return the agency of a service, by its id alone if the catalogue no longer has it."""
    return site.catalogue.agency(service.agency_id) or Agency(service.agency_id, Text(service.agency_id, service.agency_id))


def with_minutes(found: Incident, present: Present) -> Incident:
    """Return an incident as it is published: one that goes on with the minutes of it that are over."""
    down, partial_minutes = present.lasting.get(found.id, (found.down_minutes, found.partial_minutes))
    return replace(found, down_minutes=down, partial_minutes=partial_minutes) if found.ended_at is None else found


def _mark_of(today: ServiceFigures, source: LoadTimeSource, day: date) -> DayLoadMark:
    load_time = today.load_time
    return DayLoadMark(day, load_time.mean_ms, load_time.n) if load_time.source == source else DayLoadMark(day, None, 0)
