"""Say whose menu every record belongs to, by the catalogue."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from observatory.kernels.compiling import compiled_brief
from observatory.kernels.row_groups import group_rows
from observatory.kernels.seed import SEED
from observatory.model.catalogue import OTHER_MENU_INDEX, Catalogue, Service, TelemetryIdentity
from observatory.model.columns import HEALTH_PATHS, Offsets, RequestColumns
from observatory.model.sender_note import UNMATCHED
from observatory.rollup.kept_templates import kept_name, kept_template, words_of
from observatory.rollup.route_patterns import compile_pattern, with_slash

REJECTED = -1
"""Service index of a record that belongs to nobody it may belong to: this for the first of REASONS, one less for each further."""
STRAYS_MAX = 20
"""Kinds of records that are nobody's or no menu's that are told of, of bodies that came together."""
LOOKED_AT_MAX = 200
"""Paths that no menu matches of which this is found out: whoever sends more, each another one, gains nothing by it."""
MATCHES_KEPT_MAX = 1 << 16
"""Distinct (service, template) pairs whose menu is remembered."""

UNKNOWN_SERVICE, OUT_OF_SCOPE, REMOVED_SERVICE, NOT_PRODUCTION = "unknown_service", "out_of_scope", "removed_service", "not_production"
REASONS = (UNKNOWN_SERVICE, OUT_OF_SCOPE, REMOVED_SERVICE, NOT_PRODUCTION)

OTHER_SLOW_US = 3_000_000
"""Threshold of requests no menu matches: that of a menu that declares none."""

_REJECTED_FOR = {reason: REJECTED - n for n, reason in enumerate(REASONS)}
_NO_MENU = (OTHER_MENU_INDEX, OTHER_SLOW_US)


class Stray(NamedTuple):
    """Records that are nobody's, or no menu's."""

    records: int
    scope: int
    """Whose they are, as in `Attribution.attribute_each`."""
    reason: str
    """One of REASONS, or UNMATCHED."""
    service: int = 0
    namespace: str = ""
    name: str = ""
    template: str = ""


@dataclass(frozen=True, slots=True)
class Attributed:
    """For every record its service and menu; arrays of one length."""

    service_index: NDArray[np.int32]
    """`Service.index`; REJECTED or less for none."""
    menu_index: NDArray[np.int32]
    """`Menu.index`; OTHER_MENU_INDEX where no menu matches."""
    slow_us: NDArray[np.int64]
    """A longer duration is slow."""
    rejected: Mapping[str, int] = field(default_factory=dict)
    """Rejected records by reason."""
    health_menus: frozenset[int] = frozenset()
    """`Menu.index` of those that name a health-check path: for them it is a page like any other."""
    words: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """By `Service.index`, the segments its catalogue names: what may be kept of a template (`kept_templates`)."""
    strays: tuple["Stray", ...] = ()
    """Records that are nobody's or no menu's, at most STRAYS_MAX kinds of them, the most numerous."""
    ascribed: NDArray[np.int32] | None = None
    """Of every record that is rejected, the `Service.index` of whom it is to be told of; REJECTED for nobody and for all others.
    None: of nobody."""

    def rejected_each(self, ends: Offsets) -> list[Mapping[str, int]]:
        """Return the rejected records of each body by reason; `ends` says up to which record its own reach."""
        if not self.rejected:
            return [self.rejected] * len(ends)
        return [_rejected(self.service_index[start:end]) for start, end in pairwise([0, *ends.tolist()])]


def _new_attributed(count: int) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
    return np.empty(count, np.int32), np.empty(count, np.int32), np.empty(count, np.int64)


@compiled_brief
def _look_up(
    whose: NDArray[np.int32],
    owners: NDArray[np.int64],
    group: NDArray[np.int32],
    menus: NDArray[np.int64],
    service_index: NDArray[np.int32],
    menu_index: NDArray[np.int32],
    slow_us: NDArray[np.int64],
) -> None:
    """Fill in for every record what is known of the owner and the group it is of; `menus` has menu and threshold of each."""
    for record in range(len(whose)):
        service_index[record] = owners[whose[record]]
        menu_index[record], slow_us[record] = menus[group[record], 0], menus[group[record], 1]


def _rejected(service_index: NDArray[np.int32]) -> dict[str, int]:
    """Return how many records are rejected for each of REASONS."""
    sizes = np.bincount(REJECTED - service_index[service_index <= REJECTED]).tolist()
    return {reason: count for reason, count in zip(REASONS, sizes, strict=False) if count}


def _nobodys(
    owners: Sequence[int], resources: Sequence[TelemetryIdentity], senders: Sequence[int], counts: Sequence[int]
) -> Iterator[Stray]:
    """Yield the records that belong to no service, by what they say whose they are."""
    for owner, (namespace, name), sender, count in zip(owners, resources, senders, counts, strict=True):
        if owner <= REJECTED:
            yield Stray(count, sender, REASONS[REJECTED - owner], namespace=kept_name(namespace), name=kept_name(name))


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
        self._words = {service.index: words_of(route for menu in service.menus for route in menu.routes) for service in catalogue.services}
        menus = (menu for service in catalogue.services for menu in service.menus)
        self._health_menus = frozenset(menu.index for menu in menus if not set(HEALTH_PATHS).isdisjoint(map(with_slash, menu.routes)))
        self._matches: dict[tuple[int, str], tuple[int, int]] = {}

    def attribute(self, columns: RequestColumns, allowed: frozenset[str] | None, fixed_service: str | None = None) -> Attributed:
        """Return service and menu of every record.

        `allowed` are the service ids the sender may speak for, None for all. With `fixed_service`, its id is what
        all records belong to, whatever their resource says (access logs).
        """
        return self.attribute_each(columns, [allowed], np.zeros(len(columns), np.int64), fixed_service)

    def attribute_each(
        self, columns: RequestColumns, scopes: Sequence[frozenset[str] | None], scope: NDArray[np.int64], fixed_service: str | None = None
    ) -> Attributed:
        """Do the same for records of several senders; `scope` says whose each is, as a row of `scopes`."""
        none = np.zeros(len(columns), np.int64)
        whose, first = group_rows(scope, columns.resource_index.astype(np.int64), none, SEED)
        rows, senders = columns.resource_index[first].tolist(), scope[first].tolist()
        owners = [self._owner(row, columns, scopes[sender], fixed_service) for row, sender in zip(rows, senders, strict=True)]
        group, first = group_rows(columns.template_index.astype(np.int64), whose.astype(np.int64), none, SEED)
        owner_of = whose[first].tolist()
        texts = zip(columns.template_index[first].tolist(), owner_of, strict=True)
        pairs = [(owners[owner], columns.templates[text]) for text, owner in texts]
        menus = self._menus_of(pairs)
        found = _new_attributed(len(columns))
        _look_up(whose, np.array(owners, np.int64), group, np.array(menus, np.int64).reshape(-1, 2), *found)
        strays: list[Stray] = []
        ascribed = None
        rejected = any(owner <= REJECTED for owner in owners)
        if rejected:
            refused = zip(owners, rows, senders, strict=True)
            told_of = [self._told_of(owner, row, columns, scopes[sender], fixed_service) for owner, row, sender in refused]
            ascribed = np.array(told_of, np.int32)[whose]
            strays += _nobodys(owners, [columns.resources[row] for row in rows], senders, np.bincount(whose).tolist())
        if _NO_MENU in menus:
            strays += self._unmatched(pairs, menus, owner_of, senders, np.bincount(group))
        kept = tuple(sorted(strays, reverse=True)[:STRAYS_MAX])
        return Attributed(*found, _rejected(found[0]) if rejected else {}, self._health_menus, self._words, kept, ascribed)

    def _unmatched(
        self,
        pairs: Sequence[tuple[int, str]],
        menus: Sequence[tuple[int, int]],
        owner_of: Sequence[int],
        senders: Sequence[int],
        counts: NDArray[np.int64],
    ) -> Iterator[Stray]:
        """Yield the requests no menu matches, by what may be kept of their paths; of the first LOOKED_AT_MAX paths."""
        records: dict[tuple[int, int, str], int] = {}
        unmatched = (number for number, menu in enumerate(menus) if menu == _NO_MENU and pairs[number][0] > REJECTED)
        for number in islice(unmatched, LOOKED_AT_MAX):
            service, template = pairs[number]
            key = senders[owner_of[number]], service, kept_template(template, self._words[service])
            records[key] = records.get(key, 0) + int(counts[number])
        for (sender, service, template), count in records.items():
            yield Stray(count, sender, UNMATCHED, service, template=template)

    def _named(self, row: int, columns: RequestColumns, fixed_service: str | None) -> Service | None:
        return self._service_of.get(columns.resources[row]) if fixed_service is None else self._services.get(fixed_service)

    def _owner(self, row: int, columns: RequestColumns, allowed: frozenset[str] | None, fixed_service: str | None) -> int:
        """Return the index of the service a resource means, or why its records are rejected: REJECTED or less."""
        service = self._named(row, columns, fixed_service)
        if service is None:
            return _REJECTED_FOR[UNKNOWN_SERVICE]
        if allowed is not None and service.id not in allowed:
            return _REJECTED_FOR[OUT_OF_SCOPE]
        if service.removed:
            return _REJECTED_FOR[REMOVED_SERVICE]
        if columns.quarantined and columns.quarantined[row]:
            return _REJECTED_FOR[NOT_PRODUCTION]
        return service.index

    def _told_of(self, owner: int, row: int, columns: RequestColumns, allowed: frozenset[str] | None, fixed_service: str | None) -> int:
        """Return the index of the service that records nobody may count are told of: that of their name if the sender may speak
        for it, else the only one the sender may speak for. What a body claims moves no number of anybody else.
        """
        if owner > REJECTED:
            return REJECTED
        service = self._named(row, columns, fixed_service)
        if service is None or (allowed is not None and service.id not in allowed):
            (only,) = allowed if allowed is not None and len(allowed) == 1 else ("",)
            service = self._services.get(only)
        return REJECTED if service is None or service.removed else service.index

    def _menus_of(self, pairs: Sequence[tuple[int, str]]) -> list[tuple[int, int]]:
        """Return menu and threshold for pairs of service, or REJECTED or less, and template; each is matched once and remembered."""
        found = list(map(self._matches.get, pairs))
        return [self._menu(*pair) if match is None else match for pair, match in zip(pairs, found, strict=True)]

    def _menu(self, service: int, template: str) -> tuple[int, int]:
        """Return the index of the first menu that matches and its threshold, and remember it."""
        if service <= REJECTED:
            return _NO_MENU
        match = next(((menu, slow_us) for matches, menu, slow_us in self._menus[service] if matches(template)), _NO_MENU)
        if len(self._matches) >= MATCHES_KEPT_MAX:
            self._matches.clear()
        self._matches[service, template] = match
        return match
