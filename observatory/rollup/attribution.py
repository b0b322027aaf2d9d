"""RequestColumns and the catalogue come in; whose menu every record belongs to goes out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from observatory.model.catalogue import OTHER_MENU_INDEX, Catalogue, Service, TelemetryIdentity
from observatory.model.columns import RequestColumns
from observatory.rollup.grouping import SEED, group_rows

REJECTED = -1
"""Service index of a record that belongs to nobody it may belong to."""
MATCHES_KEPT_MAX = 1 << 16
"""Distinct (service, template) pairs whose menu is remembered."""

UNKNOWN_SERVICE, OUT_OF_SCOPE, REMOVED_SERVICE, NOT_PRODUCTION = "unknown_service", "out_of_scope", "removed_service", "not_production"

OTHER_SLOW_US = 3_000_000
"""Threshold of requests no menu matches: that of a menu that declares none."""


@dataclass(frozen=True, slots=True)
class Attributed:
    """For every record its service and menu; arrays of one length."""

    service_index: NDArray[np.int32]
    """REJECTED, or `Service.index`."""
    menu_index: NDArray[np.int32]
    """`Menu.index`; OTHER_MENU_INDEX where no menu matches."""
    slow_us: NDArray[np.int64]
    """A longer duration is slow."""
    rejected: Mapping[str, int] = field(default_factory=dict)
    """Rejected records by reason."""


def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """Return a test for a route pattern, in which `*` stands for any text and everything else for itself.

    A pattern without a leading slash means the same with one. Takes time linear in the text for each `*`.
    """
    if not pattern.startswith(("/", "*")):
        pattern = "/" + pattern
    head, *middle = pattern.split("*")
    if not middle:
        return pattern.__eq__
    tail = middle.pop()

    def matches(text: str) -> bool:
        if len(text) < len(head) + len(tail) or not (text.startswith(head) and text.endswith(tail)):
            return False
        at, end = len(head), len(text) - len(tail)
        for part in middle:
            at = text.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return True

    return matches


class Attribution:
    """The catalogue, compiled to look-ups. Any number of threads may use one at once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._service_of: dict[TelemetryIdentity, Service] = {}
        self._services = {service.id: service for service in catalogue.services}
        # A removed service gives way where another has taken over its identity.
        for service in sorted(catalogue.services, key=lambda service: service.removed):
            for identity in service.telemetry:
                self._service_of.setdefault(identity, service)
        self._menus = {
            service.index: [
                (compile_pattern(pattern), menu.index, menu.slow_ms * 1000) for menu in service.menus for pattern in menu.routes
            ]
            for service in catalogue.services
        }
        self._matches: dict[tuple[int, str], tuple[int, int]] = {}

    def attribute(self, columns: RequestColumns, allowed: frozenset[str] | None, fixed_service: str | None = None) -> Attributed:
        """Return service and menu of every record.

        `allowed` are the service ids the sender may speak for, None for all. With `fixed_service`, its id is what
        all records belong to, whatever their resource says (access logs).
        """
        owners = [self._owner(row, columns, allowed, fixed_service) for row in range(len(columns.resources))]
        template = columns.template_index.astype(np.int64)
        group, first = group_rows(columns.resource_index.astype(np.int64), template, np.zeros(len(columns), np.int64), SEED)
        found: list[tuple[int, int, int]] = []
        reasons: dict[int, str] = {}
        for resource, text in zip(columns.resource_index[first].tolist(), columns.template_index[first].tolist(), strict=True):
            owner = owners[resource]
            if isinstance(owner, str):
                reasons[len(found)] = owner
                found.append((REJECTED, OTHER_MENU_INDEX, OTHER_SLOW_US))
            else:
                found.append((owner, *self._menu(owner, columns.templates[text])))
        rejected: dict[str, int] = {}
        if reasons:
            sizes = np.bincount(group, minlength=len(found))
            for index, reason in reasons.items():
                rejected[reason] = rejected.get(reason, 0) + int(sizes[index])
        table = np.array(found, np.int64).reshape(len(found), 3)[group]
        return Attributed(table[:, 0].astype(np.int32), table[:, 1].astype(np.int32), table[:, 2].copy(), rejected)

    def _owner(self, row: int, columns: RequestColumns, allowed: frozenset[str] | None, fixed_service: str | None) -> int | str:
        """Return the index of the service a resource means, or the reason why its records are rejected."""
        named = self._services.get(fixed_service or "")
        service = self._service_of.get(columns.resources[row]) if fixed_service is None else named
        if service is None:
            return UNKNOWN_SERVICE
        if allowed is not None and service.id not in allowed:
            return OUT_OF_SCOPE
        if service.removed:
            return REMOVED_SERVICE
        if columns.quarantined and columns.quarantined[row]:
            return NOT_PRODUCTION
        return service.index

    def _menu(self, service: int, template: str) -> tuple[int, int]:
        """Return the index of the first menu that matches and its threshold; matched once per distinct template."""
        match = self._matches.get((service, template))
        if match is None:
            match = next(
                ((menu, slow_us) for matches, menu, slow_us in self._menus[service] if matches(template)),
                (OTHER_MENU_INDEX, OTHER_SLOW_US),
            )
            if len(self._matches) >= MATCHES_KEPT_MAX:
                self._matches.clear()
            self._matches[service, template] = match
        return match
