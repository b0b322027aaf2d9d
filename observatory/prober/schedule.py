"""Decide which menu is to be checked when. Pure: the time, in seconds of any clock that never goes back, is an argument.

Menus are spread over their intervals by their number, so that neither a start nor a new catalogue brings many at once. A menu
whose last check failed is due again soon, and such menus take no more than their share of what may run at once: a
network full of black holes must not keep other services from being checked.
"""

import heapq
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from observatory.model.catalogue import Catalogue, ProbeTarget

GOLDEN_RATIO = 0.618_033_988_749_894_8
"""Multiples of it, without their whole part, lie evenly in [0, 1) however many there are."""
FIRST_WITHIN_S = 60.0
"""A menu of a longer interval is checked once this soon after it is seen first, then in its place."""
AGAIN_AFTER_FAILURE_S = 10.0
AT_ONCE_MAX = 256
FAILING_AT_ONCE_MAX = AT_ONCE_MAX // 2


@dataclass(frozen=True, slots=True)
class ProbedMenu:
    """What is to be checked."""

    service_id: str
    service_index: int
    menu_id: str
    menu_index: int
    target: ProbeTarget


def probed_menus(catalogue: Catalogue) -> dict[int, ProbedMenu]:
    """Return every menu of a catalogue that is to be checked, by its number."""
    return {
        menu.index: ProbedMenu(service.id, service.index, menu.id, menu.index, menu.probe)
        for service in catalogue.services
        if not service.removed
        for menu in service.menus
        if menu.probe is not None
    }


class Due(NamedTuple):
    """A check that is to be made now."""

    probed: ProbedMenu
    due_at: float


class _Entry(NamedTuple):
    due_at: float
    menu: int
    turn: int


class Schedule:
    """Every menu's next check. No menu is ever given out twice before `finish` was called for it."""

    def __init__(self, begun_at: float) -> None:
        self._begun_at = begun_at
        self._menus: Mapping[int, ProbedMenu] = {}
        self._turns = itertools.count()
        self._turn: dict[int, int] = {}
        """The newest entry of each menu: only that is good."""
        self._running: dict[int, bool] = {}
        """Menus being checked, and whether their last check had failed."""
        self._failing: set[int] = set()
        self._steady_line: list[_Entry] = []
        self._failing_line: list[_Entry] = []

    def replace(self, menus: Mapping[int, ProbedMenu], now: float) -> None:
        """Take up what the catalogue says now. What did not change keeps its place; a new or changed target is due soon."""
        before, self._menus = self._menus, menus
        for menu, probed in menus.items():
            known = before.get(menu)
            if known is None or known.target != probed.target:
                self._failing.discard(menu)
                if menu not in self._running:
                    self._put(menu, now + _share_of(menu) * min(probed.target.interval_s, FIRST_WITHIN_S))
        for menu in before.keys() - menus.keys():
            self._turn.pop(menu, None)
            self._failing.discard(menu)

    def take_due(self, now: float) -> list[Due]:
        """Return the checks to begin, the longest due first; what there is no room for stays due."""
        failing_running = sum(self._running.values())
        taken = self._take(self._failing_line, now, min(FAILING_AT_ONCE_MAX - failing_running, AT_ONCE_MAX - len(self._running)))
        return self._take(self._steady_line, now, AT_ONCE_MAX - len(self._running)) + taken

    def finish(self, menu: int, begun_at: float, now: float, *, passed: bool) -> None:
        """Note that a check ended: the next is in its place of a later interval, or soon if this one failed."""
        del self._running[menu]
        probed = self._menus.get(menu)
        if probed is None:
            return
        if passed:
            self._failing.discard(menu)
            self._put(menu, self._place_after(now, menu, probed.target.interval_s))
        else:
            self._failing.add(menu)
            self._put(menu, max(now, begun_at + AGAIN_AFTER_FAILURE_S))

    def _take(self, line: list[_Entry], now: float, count_max: int) -> list[Due]:
        taken: list[Due] = []
        while line and len(taken) < count_max and line[0].due_at <= now:
            entry = heapq.heappop(line)
            if self._turn.get(entry.menu) == entry.turn and entry.menu not in self._running:
                self._running[entry.menu] = entry.menu in self._failing
                taken.append(Due(self._menus[entry.menu], entry.due_at))
        return taken

    def _put(self, menu: int, due_at: float) -> None:
        turn = self._turn[menu] = next(self._turns)
        heapq.heappush(self._failing_line if menu in self._failing else self._steady_line, _Entry(due_at, menu, turn))

    def _place_after(self, now: float, menu: int, interval_s: float) -> float:
        first = self._begun_at + _share_of(menu) * interval_s
        return first + ((now - first) // interval_s + 1) * interval_s


def _share_of(menu: int) -> float:
    return menu * GOLDEN_RATIO % 1
