"""Choose the page of services to show by what a reader looks for, grouped by agency."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import get_args

from observatory.model.catalogue import Agency, Menu, Service
from observatory.model.figure import State
from observatory.readmodel.values import ServiceCard, SiteSummary

SERVICES_PER_PAGE = 50
AGENCIES_OFFERED_MAX = 50
"""With more of them the form offers no choice: they are found by name."""
LINKS_AROUND = 2
"""Pages of the list that are linked on either side of the present one, beside the first and the last."""
SEARCH_LENGTH_MAX = 100
STATES: tuple[State, ...] = ("down", "partial", "recovering", "degraded", "maintenance", "unknown", "closed", "up")
"""Worst first: the order in which a reader meets them."""
FAILING: tuple[State, ...] = ("down", "partial", "recovering")
assert set(STATES) == set(get_args(State))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader asked to see; empty means everything."""

    text: str = ""
    agency_id: str = ""
    state: str = ""
    page: int = 1

    @property
    def everything(self) -> bool:
        """Whether nothing was filtered."""
        return not (self.text or self.agency_id or self.state)


@dataclass(frozen=True, slots=True)
class AgencyGroup:
    """Services of one agency, failing first."""

    agency: Agency
    services: tuple[ServiceCard, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """The front page's content."""

    states: Mapping[State, int]
    """How many services are in each state, over all of them."""
    failing: tuple[ServiceCard, ...]
    """In a failure that is not over, worst first."""
    agencies: tuple[Agency, ...]
    """Everybody who has a service, by id: the choice in the form; none if there are too many to choose from."""
    groups: tuple[AgencyGroup, ...]
    wanted: Wanted
    found_count: int
    page_count: int

    @property
    def page_links(self) -> tuple[int | None, ...]:
        """The pages to link to, None where some are left out."""
        here = self.wanted.page
        near = {1, self.page_count, *range(max(1, here - LINKS_AROUND), min(self.page_count, here + LINKS_AROUND) + 1)}
        links: list[int | None] = []
        for number in sorted(near):
            if links and links[-1] != number - 1:
                links.append(None)
            links.append(number)
        return tuple(links)

    @property
    def service_count(self) -> int:
        """All services, found or not."""
        return sum(self.states.values())


def wanted_from(arguments: Mapping[str, str]) -> Wanted:
    """Return what a query string asks for; what makes no sense is as if it had not been said."""
    page = arguments.get("page", "1")
    state = arguments.get("state", "")
    return Wanted(
        text=" ".join(arguments.get("q", "")[:SEARCH_LENGTH_MAX].split()),
        agency_id=arguments.get("agency", "")[:SEARCH_LENGTH_MAX],
        state=state if state in STATES else "",
        page=int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 6 else 1,
    )


def list_services(site: SiteSummary, wanted: Wanted) -> Listing:
    """Return the services a reader wants: agencies with the worst state first.

    At most SERVICES_PER_PAGE of them; a page past the end is the last.
    """
    by_state: dict[State, list[ServiceCard]] = {state: [] for state in STATES}
    for each in site.services:
        by_state[each.state].append(each)
    found = [each for state in STATES for each in by_state[state] if wanted.everything or _fits(each, wanted)]
    by_agency: dict[str, list[ServiceCard]] = {}
    for each in found:
        by_agency.setdefault(each.agency.id, []).append(each)
    page_count = max(1, -(-len(found) // SERVICES_PER_PAGE))
    page = min(max(wanted.page, 1), page_count)
    shown = islice(chain.from_iterable(by_agency.values()), (page - 1) * SERVICES_PER_PAGE, page * SERVICES_PER_PAGE)
    return Listing(
        states={state: len(services) for state, services in by_state.items() if services},
        failing=tuple(each for state in FAILING for each in by_state[state]),
        agencies=_offered(site.services),
        groups=_grouped(shown),
        wanted=Wanted(wanted.text, wanted.agency_id, wanted.state, page),
        found_count=len(found),
        page_count=page_count,
    )


def _offered(services: Iterable[ServiceCard]) -> tuple[Agency, ...]:
    agencies = {each.agency.id: each.agency for each in services}
    return tuple(agencies[agency_id] for agency_id in sorted(agencies)) if len(agencies) <= AGENCIES_OFFERED_MAX else ()


def _fits(each: ServiceCard, wanted: Wanted) -> bool:
    if wanted.agency_id and each.agency.id != wanted.agency_id:
        return False
    if wanted.state and each.state != wanted.state:
        return False
    return not wanted.text or _squeezed(wanted.text) in _squeezed(_searchable(each))


def _searchable(each: ServiceCard) -> str:
    named: tuple[Service | Agency | Menu, ...] = (each.service, each.agency, *(row.menu for row in each.menus))
    return "\n".join("\n".join((thing.id, *thing.name)) for thing in named)


def _squeezed(text: str) -> str:
    """Korean is written with and without spaces: neither the reader nor the catalogue should have to know which."""
    return text.casefold().replace(" ", "")


def _grouped(shown: Iterable[ServiceCard]) -> tuple[AgencyGroup, ...]:
    groups: dict[str, list[ServiceCard]] = {}
    for each in shown:
        groups.setdefault(each.agency.id, []).append(each)
    return tuple(AgencyGroup(members[0].agency, tuple(members)) for members in groups.values())
