"""Find the service and menu each probe result is about, by the catalogue."""

from collections.abc import Iterable

import numpy as np

from observatory.model.catalogue import Catalogue, Menu, Service
from observatory.model.columns import ProbeName, ProbeRows
from observatory.rollup.attribution import OTHER_SLOW_US, OUT_OF_SCOPE, REJECTED, REMOVED_SERVICE, UNKNOWN_SERVICE, Attributed

UNKNOWN_MENU = "unknown_menu"
AMBIGUOUS_SERVICE = "ambiguous_service"

_PageOrReason = tuple[Service, Menu] | str
"""Whose a result is, or the reason why it is nobody's."""


def unknown_names(names: Iterable[ProbeName], catalogue: Catalogue) -> dict[ProbeName, str]:
    """Return the names that mean no service or menu, or more than one, with the reason; removed services are known."""
    found = {name: _place(name, catalogue) for name in names}
    return {name: place for name, place in found.items() if isinstance(place, str)}


def place_of(name: ProbeName, catalogue: Catalogue) -> tuple[Service, Menu] | None:
    """Return the service and menu a name means, None if it means none.

    A service is meant by its id, else by its name in either language; a menu likewise, and without one the first.
    """
    place = _place(name, catalogue)
    return None if isinstance(place, str) else place


def attribute_probes(rows: ProbeRows, catalogue: Catalogue, allowed: frozenset[str] | None) -> Attributed:
    """Return service and menu of every result; `allowed` are the service ids the sender may speak for, None for all."""
    places = [_allowed_place(name, catalogue, allowed) for name in rows.names]
    table = np.array(
        [
            (REJECTED, 0, OTHER_SLOW_US) if isinstance(place, str) else (place[0].index, place[1].index, place[1].slow_ms * 1000)
            for place in places
        ],
        np.int64,
    ).reshape(len(places), 3)
    sizes = np.bincount(rows.name_index, minlength=len(places))
    rejected: dict[str, int] = {}
    for place, size in zip(places, sizes.tolist(), strict=True):
        if isinstance(place, str) and size:
            rejected[place] = rejected.get(place, 0) + size
    found = table[rows.name_index]
    return Attributed(found[:, 0].astype(np.int32), found[:, 1].astype(np.int32), found[:, 2].copy(), rejected)


def _allowed_place(name: ProbeName, catalogue: Catalogue, allowed: frozenset[str] | None) -> _PageOrReason:
    place = _place(name, catalogue)
    if isinstance(place, str):
        return place
    if allowed is not None and place[0].id not in allowed:
        return OUT_OF_SCOPE
    return REMOVED_SERVICE if place[0].removed else place


def _place(name: ProbeName, catalogue: Catalogue) -> _PageOrReason:
    service = catalogue.service(name.service)
    if service is None:
        named = [service for service in catalogue.services if name.service in service.name]
        current = [service for service in named if not service.removed] or named
        if len(current) != 1:
            return AMBIGUOUS_SERVICE if current else UNKNOWN_SERVICE
        service = current[0]
    if not name.menu:
        return service, service.menus[0]
    menu = service.menu(name.menu) or next((menu for menu in service.menus if name.menu in menu.name), None)
    return (service, menu) if menu is not None else UNKNOWN_MENU
