"""Say where checks are made: a place gets its number at its first check that counts, and what it was meant to do is remembered."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from observatory.model.catalogue import Catalogue
from observatory.rollup.attribution import Attributed
from observatory.store.observed_books import ProbeSeries
from observatory.store.register import RegisterStore


class Place(NamedTuple):
    """From where some checks were made."""

    name: str
    of_agency: bool = False
    """Whether those that are observed made them: such checks have no vote."""
    scheduled: bool = False
    """Whether it checks what the catalogue says, as often as that says."""


def source_of(register: RegisterStore, vantage: str, *, of_agency: bool = False) -> int:
    """Return the source number of a vantage, registering it at first sight. Raises Conflict once there are no more."""
    with register.look() as books:
        known = books.probes.vantage(vantage, of_agency=of_agency)
    if known is not None:
        return known
    with register.change() as books:
        return books.probes.add_vantage(vantage, of_agency=of_agency)


def declare_intervals(register: RegisterStore, source: int, attributed: Attributed, catalogue: Catalogue) -> None:
    """Remember how far apart the checks of menus that were checked are meant to be: so long a vote holds."""
    wanted = _intervals(attributed, catalogue)
    with register.look() as books:
        known = {
            (one.menu, one.interval_s)
            for service in {service for service, _ in wanted}
            for one in books.probes.series(service)
            if one.source == source
        }
    new = [
        ProbeSeries(service, menu, source, interval_s)
        for (service, menu), interval_s in sorted(wanted.items())
        if (menu, interval_s) not in known
    ]
    if new:
        with register.change() as books:
            books.probes.keep_series(new)


def _intervals(attributed: Attributed, catalogue: Catalogue) -> Mapping[tuple[int, int], int]:
    """Return the declared interval of every menu that some results are of, by service and menu."""
    declared = catalogue.derived(_DeclaredIntervals)
    pages = np.unique(np.stack((attributed.service_index, attributed.menu_index), axis=1), axis=0)
    return {(service, menu): declared[menu] for service, menu in pages.tolist() if menu in declared}


class _DeclaredIntervals(dict[int, int]):
    """Seconds between checks of each menu of a catalogue, by its number."""

    def __init__(self, catalogue: Catalogue) -> None:
        menus = (menu for service in catalogue.services for menu in service.menus)
        super().__init__((menu.index, menu.probe.interval_s) for menu in menus if menu.probe is not None)
