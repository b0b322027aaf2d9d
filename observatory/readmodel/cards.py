"""Keep what lists say of every service in memory: read once, and after that only what changed."""

from collections.abc import Callable, Hashable, Iterator

from observatory.judge.days import moment_of
from observatory.model.catalogue import Service
from observatory.model.figure import State
from observatory.model.published_part import PublishedPart
from observatory.readmodel.documents import Card
from observatory.readmodel.making import nothing_ready
from observatory.readmodel.ready import LAG_MINUTES_MAX
from observatory.readmodel.ready_table import ReadyTable
from observatory.readmodel.service import agency_of
from observatory.readmodel.site_state import SiteState
from observatory.readmodel.values import MenuSummary, ServiceCard
from observatory.signoff.state import service_state, signoffs_of
from observatory.store.telemetry import TelemetryReader

MADE_AT_ONCE_MAX = 20
"""Services without a card, as after an upgrade, that one reader waits for; the others are unknown until they have one."""
UNKNOWN: State = "unknown"


class Cards:
    """The cards of all services. Any number of threads."""

    def __init__(self, telemetry: TelemetryReader, make: Callable[[Service, SiteState], ServiceCard]) -> None:
        """`make` makes the card of a service that has none."""
        self._make = make
        self._ready = ReadyTable(telemetry, "card", Card)
        self._shown: dict[int, tuple[Hashable, ServiceCard]] = {}

    def of_all(self, site: SiteState) -> Iterator[ServiceCard]:
        """Yield the cards of the services that are observed now, in the order of the catalogue."""
        ready, made = self._ready.look(site.made_ready), 0
        for service in site.catalogue.services:
            if service.removed:
                continue
            kept = ready.get(service.index)
            if kept is not None:
                yield self._show(service, *kept, site)
            elif made < MADE_AT_ONCE_MAX:
                made += 1
                yield self._make(service, site)
            else:
                yield _card(service, nothing_ready(service, site), site)

    def missing(self, site: SiteState) -> int:
        """Return how many services have no card yet."""
        ready = self._ready.look(site.made_ready)
        return sum(not service.removed and service.index not in ready for service in site.catalogue.services)

    def _show(self, service: Service, part: PublishedPart, card: Card, site: SiteState) -> ServiceCard:
        """Return a card as it is shown: unknown where nobody looked when time alone could have changed it."""
        outdated = part.until_minute < site.minute - LAG_MINUTES_MAX
        signoff_state = service_state(service.id, site.history, site.now)
        of = (part.change, site.catalogue_digest, site.today, site.history.newest_about(service.id), signoff_state, outdated)
        known = self._shown.get(service.index)
        if known is None or known[0] != of:
            if outdated:
                card = card.unknown_since(moment_of(part.until_minute))
            known = self._shown[service.index] = of, _card(service, card, site)
        return known[1]


def _card(service: Service, card: Card, site: SiteState) -> ServiceCard:
    signoffs = signoffs_of(service.id, site.history)
    return ServiceCard(
        service=service,
        agency=agency_of(service, site),
        state=card.state,
        state_since=card.state_since,
        menus=tuple(MenuSummary(menu, card.menus.get(menu.id, UNKNOWN), menu.id in card.disagreeing) for menu in service.menus),
        figures=card.figures,
        figures_day=card.figures_day,
        failing_since=card.failing_since,
        disagreement=card.disagreement,
        signoff_state=service_state(service.id, site.history, site.now),
        signoff=signoffs[0] if signoffs else None,
    )
