"""Find the documents that were made ready for readers, as long as they are true."""

from hashlib import sha256
from typing import TypeVar

from observatory import __version__
from observatory.model.catalogue import Service, Site
from observatory.model.published_part import PartName
from observatory.readmodel.documents import of_json
from observatory.readmodel.site_state import SiteState
from observatory.store.telemetry import TelemetryReader

LAG_MINUTES_MAX = 2
"""How far what is made ready may be behind the judge; what is older is made anew by whoever reads it."""
DIGEST_LENGTH = 16

T = TypeVar("T")


class ServiceVersions:
    """What a service's documents depend on beside its evidence, as a text. Any number of threads."""

    def __init__(self) -> None:
        self._digests: dict[int, tuple[Service, Site, str]] = {}

    def of(self, service: Service, site: SiteState) -> str:
        """Return a text that changes with the release, the service, what holds for all services, and its maintenance."""
        known = self._digests.get(service.index)
        if known is None or known[0] is not service or known[1] is not site.catalogue.site:
            known = (service, site.catalogue.site, digest_of((service, site.catalogue.site)))
            self._digests[service.index] = known
        maintenance = [each.maintenance for each in site.maintenance.get(service.id, ())]
        return f"{__version__}-{known[2]}" + (f"-{digest_of(maintenance)}" if maintenance else "")


class ReadyParts:
    """The documents of services, of any number of threads."""

    def __init__(self, telemetry: TelemetryReader, versions: ServiceVersions) -> None:
        self._telemetry = telemetry
        self._versions = versions

    def revision(self, service: Service) -> int:
        """Return how often a service was judged."""
        return self._telemetry.revision(service.index)

    def change(self, service: Service) -> int:
        """Return by which change a service was made ready last, 0 if it never was."""
        return max((part.change for part in self._telemetry.published(service.index, {"present"}).values()), default=0)

    def document(self, service: Service, site: SiteState, name: PartName, kind: type[T]) -> T | None:
        """Return a document if it still is what would be made now, or was so a moment ago; else None."""
        found = self._telemetry.published(service.index, (name, "present"))
        heartbeat, part = found.get("present"), found.get(name)
        if heartbeat is None or part is None or heartbeat.version != self._versions.of(service, site):
            return None
        if not (heartbeat.holds_in(site.minute) and part.holds_in(site.minute)):
            return None
        if heartbeat.made_minute < site.minute - LAG_MINUTES_MAX and heartbeat.revision != self.revision(service):
            return None
        return of_json(kind, part.document)


def digest_of(told: object) -> str:
    """Return a short text that is another for whatever is told otherwise."""
    return sha256(repr(told).encode()).hexdigest()[:DIGEST_LENGTH]
