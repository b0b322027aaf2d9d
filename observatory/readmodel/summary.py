"""Return what is known of every service now: the one read model of page, API and metric alike."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from observatory.errors import NotFound, phrase
from observatory.flows.release_history import KnownHistory
from observatory.judge.beside import MeasuredBeside
from observatory.judge.days import minute_of, moment_of
from observatory.model.catalogue import Catalogue, Service
from observatory.model.figure import ServiceFigures, State, Window
from observatory.model.incident import Incident
from observatory.readmodel.cards import Cards
from observatory.readmodel.counted import Counted
from observatory.readmodel.few_at_once import known_pages
from observatory.readmodel.maintenance import MaintenanceOfServices, MaintenancePlan, maintenance_by_service, plan_of
from observatory.readmodel.making import Maker
from observatory.readmodel.ready import LAG_MINUTES_MAX, ReadyParts, ServiceVersions
from observatory.readmodel.ready_table import ReadyTable
from observatory.readmodel.service import ServiceReadModel, with_minutes
from observatory.readmodel.single_flight import SingleFlight
from observatory.readmodel.site_state import SiteState
from observatory.readmodel.stories import Stories, beside, stories_of
from observatory.readmodel.values import MaintenanceSummary, MenuSummary, ServiceSummary, SiteSummary
from observatory.store.register import RegisterStore
from observatory.store.telemetry import TelemetryReader

__all__ = ["MenuSummary", "ServiceSummary", "SiteSummary", "Summary"]

DIGEST_LENGTH = 12
FAILING_FIRST: Mapping[State, int] = {"down": 0, "partial": 1, "recovering": 2}


class Summary:
    """The read model: worked out once for each change, for all threads and surfaces; removed services keep theirs."""

    def __init__(
        self, register: RegisterStore, telemetry: TelemetryReader, now: Callable[[], datetime], history: KnownHistory | None = None
    ) -> None:
        self._register = register
        self._telemetry = telemetry
        self._now = now
        self._digest: tuple[Catalogue, str] | None = None
        self._complete_minute: int | None = None
        self._site = SingleFlight[SiteSummary]()
        self._history = history or KnownHistory(register)
        self._maintenance = SingleFlight[MaintenanceOfServices]()
        self._read_models: dict[str, ServiceReadModel] = {}
        self._few = known_pages()
        self.maker = Maker(register, telemetry)
        self.versions = ServiceVersions()
        self._ready = ReadyParts(telemetry, self.versions)
        self._missing = SingleFlight[int]()
        self._counted = ReadyTable(telemetry, "counted", Counted)
        self._cards = Cards(telemetry, lambda service, site: self._read_model(service).in_full(service, site))

    def version(self) -> str:
        """Return a text that changes whenever anything shown may have changed."""
        return self.state().version

    def version_of_list(self) -> str:
        """Return a text that changes whenever anything that lists say may have changed."""
        site = self.state()
        missing = self._missing.get((site.listed, site.catalogue_digest), lambda: self._cards.missing(site))
        judged = site.judged if missing else 0  # What has no card yet is made when it is asked for.
        return f"{site.minute}-{site.log_size}-{site.catalogue_digest}-{site.listed}-{judged}"

    def version_of(self, service_id: str) -> str:
        """Return a text that changes whenever anything that is said about one service may have changed. Raises NotFound."""
        site = self.state()
        service = _known(site.catalogue, service_id)
        return "-".join(map(str, self._read_model(service).seen(service, site)))

    def note_complete(self, minute: int) -> None:
        """Take note that everything was made ready of what had been judged by a minute: lists are as of then, if that is long ago."""
        self._complete_minute = minute

    def counted(self) -> Mapping[str, Counted]:
        """Return what was counted of services since they were first made ready, by their id."""
        site = self.state()
        known = self._counted.look(site.made_ready)
        return {service.id: known[service.index][1] for service in site.catalogue.services if service.index in known}

    def missing(self) -> int:
        """Return of how many services lists cannot say anything yet: they are made ready for the first time."""
        return self._cards.missing(self.state())

    def site(self) -> SiteSummary:
        """Return everything the front page says: the services that are observed now."""
        site = self.state()
        return self._site.get(site.version, lambda: self._make_site(site))

    def service(self, service_id: str) -> ServiceSummary:
        """Return everything said about one service, removed or not. Raises NotFound."""
        site = self.state()
        service = _known(site.catalogue, service_id)
        return self._read_model(service).in_full(service, site)

    def figures(self, service_id: str, window: Window) -> ServiceFigures:
        """Return the figures of a service in any window. Raises NotFound."""
        site = self.state()
        service = _known(site.catalogue, service_id)
        return self._read_model(service).figures(service, window, site)

    def incidents(
        self,
        service_id: str | None,
        menu_id: str | None,
        start: datetime | None,
        end: datetime | None,
        *,
        limit: int,
        after_id: str | None,
    ) -> list[Incident]:
        """Return incidents as `IncidentBook.incidents` does."""
        with self._register.look() as books:
            listed = books.incidents.incidents(service_id, menu_id, start, end, limit, after_id)
        site = self.state()
        return [self._so_far(found, site) for found in listed]

    def incident(self, incident_id: str) -> Incident | None:
        """Return one incident, superseded or not."""
        with self._register.look() as books:
            found = books.incidents.incident(incident_id)
        return None if found is None else self._so_far(found, self.state())

    def stories(self, incidents: Sequence[Incident]) -> Stories:
        """Return what people said of incidents, by id."""
        with self._register.look() as books:
            return stories_of(books, incidents)

    def beside(self, incident: Incident) -> MeasuredBeside | None:
        """Return what measuring alone says of its declared minutes; None without any."""
        return beside(incident, self._register, self._telemetry, minute_of(self._now()))

    def maintenance(self) -> Sequence[MaintenanceSummary]:
        """Return everything announced of the services that were ever observed, those of one service together."""
        return [each for of_service in self.state().maintenance.values() for each in of_service]

    def maintenance_plan(self) -> MaintenancePlan:
        """Return the same by when it is, without what is long over."""
        return plan_of(self.maintenance(), self._minute())

    def _so_far(self, found: Incident, site: SiteState) -> Incident:
        service = None if found.ended_at else site.catalogue.service(found.service_id)
        return found if service is None else with_minutes(found, self._read_model(service).present(service, site))

    def _minute(self) -> datetime:
        return self._now().replace(second=0, microsecond=0)

    def state(self) -> SiteState:
        """Return what everything published is made from, as it is now."""
        catalogue = self._register.catalogue()
        digest = self._digest
        if digest is None or digest[0] is not catalogue:
            digest = self._digest = (catalogue, sha256(repr(catalogue).encode()).hexdigest()[:DIGEST_LENGTH])
        history = self._history.look()
        log_size = history.size
        maintenance = self._maintenance.get((log_size, digest[1]), lambda: maintenance_by_service(self._register))
        return SiteState(catalogue, digest[1], *self._telemetry.changes(), log_size, history, maintenance, self._minute())

    def _make_site(self, site: SiteState) -> SiteSummary:
        shown = sorted(self._cards.of_all(site), key=lambda each: FAILING_FIRST.get(each.state, len(FAILING_FIRST)))
        complete = self._complete_minute
        lags = complete is not None and complete < site.minute - LAG_MINUTES_MAX
        return SiteSummary(site.catalogue.site, moment_of(complete) if complete is not None and lags else site.now, tuple(shown))

    def _read_model(self, service: Service) -> ServiceReadModel:
        found = self._read_models.get(service.id)
        return found or self._read_models.setdefault(service.id, ServiceReadModel(self.maker, self._ready, self._few))


def _known(catalogue: Catalogue, service_id: str) -> Service:
    service = catalogue.service(service_id)
    if service is None:
        raise NotFound(phrase("cannot find service: there is none of this id"), phrase("ids are in /api/v1/services"))
    return service
