"""Find the first contradiction between the parts of a catalogue: what no service, menu or agency can see alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from observatory.errors import BadInput
from observatory.model.catalogue import OTHER_MENU_ID, Catalogue, Service

ADDRESS = re.compile(r"https?://[^\s/?#]+\S*")
ORIGIN = re.compile(r"https?://[^\s/?#@]+")
ROUTE_LENGTH_MAX = 300
ROUTE_WILDCARDS_MAX = 8

Path = tuple[str | int, ...]
"""Where in a catalogue: ("service", 2, "menu", 0, "routes"), as in its file, counted from 0."""


@dataclass(frozen=True, slots=True)
class Clash:
    """A part that cannot stand beside another one."""

    path: Path
    message: str
    hint: str


def refuse_clashes(catalogue: Catalogue) -> None:
    """Raise BadInput for the first contradiction."""
    for clash in find_clashes(catalogue):
        raise BadInput(clash.message, clash.hint)


def find_clashes(catalogue: Catalogue) -> Iterator[Clash]:
    """Yield every contradiction, in the order of the catalogue. Removed services claim nothing but their id."""
    yield from _repeated([agency.id for agency in catalogue.agencies], "agency", ())
    yield from _repeated([service.id for service in catalogue.services], "service", ())
    agencies = {agency.id for agency in catalogue.agencies}
    owners: dict[tuple[str, str], str] = {}
    for position, service in enumerate(catalogue.services):
        path: Path = ("service", position)
        if service.agency_id not in agencies:
            yield Clash(
                (*path, "agency"),
                f"service {service.id!r} names agency {service.agency_id!r}, which is not in the catalogue",
                f"add it under [[agency]]; known are: {', '.join(sorted(agencies)) or 'none'}",
            )
        yield from _addresses(service, path)
        if not service.removed:
            yield from _shared_identities(service, path, owners)
        yield from _menus(service, path)


def _repeated(ids: list[str], noun: str, path: Path) -> Iterator[Clash]:
    for position, value in enumerate(ids):
        if value in ids[:position]:
            yield Clash((*path, noun, position, "id"), f"{noun} id {value!r} is given twice", "every id stands for one thing only")


def _shared_identities(service: Service, path: Path, owners: dict[tuple[str, str], str]) -> Iterator[Clash]:
    for identity in service.telemetry:
        owner = owners.setdefault((identity.namespace, identity.name), service.id)
        if owner != service.id:
            yield Clash(
                (*path, "telemetry"),
                f"service {service.id!r} claims telemetry of namespace {identity.namespace!r} and name {identity.name!r}, "
                f"which is that of service {owner!r}",
                "records can belong to one service only",
            )


def _addresses(service: Service, path: Path) -> Iterator[Clash]:
    if service.url and not ADDRESS.fullmatch(service.url):
        yield Clash((*path, "url"), f"service {service.id!r} has url {service.url!r}", "give an http or https address")
    for origin in service.origins:
        if not ORIGIN.fullmatch(origin):
            message = f"service {service.id!r} has origin {origin!r}"
            yield Clash((*path, "origins"), message, 'write scheme and host only, such as "https://jobs.example.go.kr"')


def _menus(service: Service, path: Path) -> Iterator[Clash]:
    yield from _repeated([menu.id for menu in service.menus], "menu", path)
    for position, menu in enumerate(service.menus):
        at = (*path, "menu", position)
        if menu.id == OTHER_MENU_ID:
            yield Clash((*at, "id"), f"menu id {menu.id!r} is reserved", "it means requests that no menu matches; choose another")
        for route in menu.routes:
            reason = _flaw_of_route(route)
            if reason:
                yield Clash(
                    (*at, "routes"), f"menu {menu.id!r} has a bad route pattern {route!r}: {reason}", 'write it as "/jobs" or "/jobs/*"'
                )


def _flaw_of_route(route: str) -> str:
    """Return what keeps a pattern from ever matching a route or a path template; empty if nothing does."""
    if not 1 <= len(route) <= ROUTE_LENGTH_MAX:
        return f"it has {len(route)} characters, not 1 to {ROUTE_LENGTH_MAX}"
    if "://" in route:
        return "it holds a whole address, and only its path is compared"
    if any(character in "?#" or character.isspace() or not character.isprintable() for character in route):
        return "a path has no spaces, question marks or hashes"
    if "**" in route:
        return "one * already stands for any text"
    if route.count("*") > ROUTE_WILDCARDS_MAX:
        return f"it has more than {ROUTE_WILDCARDS_MAX} of *"
    return ""
