"""Keep what our own checks saw, under the name of the place they are made from."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import structlog

from observatory.flows.take_in_probes import take_in_probes
from observatory.flows.vantages import source_of
from observatory.model.columns import ProbeName, ProbeRows
from observatory.model.delivery import Delivery, Sender
from observatory.parts import Parts
from observatory.prober.outcome import Check
from observatory.prober.schedule import ProbedMenu
from observatory.store.observed_books import ProbeSeries

OURSELVES = Sender("prober", None)

log = structlog.get_logger(__name__)


class Finished(NamedTuple):
    """What became of one check of a menu."""

    probed: ProbedMenu
    attempts: tuple[Check, ...]
    """Two where the first failed: a failure counts only if it is confirmed at once."""

    @property
    def passed(self) -> bool:
        """Whether any attempt did."""
        return any(check.passed for check in self.attempts)

    @property
    def is_verdict(self) -> bool:
        """Whether it says anything about the service; only then it is kept."""
        return self.attempts[-1].is_verdict


class Vantage:
    """One place that checks are made from. One thread at a time."""

    def __init__(self, parts: Parts, name: str) -> None:
        self._parts = parts
        self._name = name
        self._declared: dict[int, int] = {}
        """Seconds between checks, by menu."""
        self._told: dict[int, ProbedMenu] = {}
        """By menu, what was told of already."""

    def keep(self, finished: Sequence[Finished]) -> None:
        """Store every attempt; when it returns, they are durable. Raises Overloaded, then none was stored, or Conflict."""
        self._tell_unchecked(finished)
        attempts = [(one, check) for one in finished if one.is_verdict for check in one.attempts]
        if attempts:
            parts = self._parts
            self._declare([one.probed for one, _ in attempts])
            rows, delivery = _rows(attempts), Delivery(OURSELVES, parts.now())
            take_in_probes(rows, self._name, delivery, parts.register.catalogue(), parts.register, parts.writer)

    def _declare(self, menus: Sequence[ProbedMenu]) -> None:
        """Remember how far apart checks of each menu are meant to be: so long a vote holds."""
        intervals = {probed.menu_index: probed.target.interval_s for probed in menus}
        new = {probed.menu_index: probed for probed in menus if self._declared.get(probed.menu_index) != probed.target.interval_s}
        if new:
            source = source_of(self._parts.register, self._name)
            series = [ProbeSeries(probed.service_index, menu, source, intervals[menu]) for menu, probed in sorted(new.items())]
            with self._parts.register.change() as books:
                books.probes.keep_series(series)
            self._declared |= intervals

    def _tell_unchecked(self, finished: Sequence[Finished]) -> None:
        for one in finished:
            if not one.is_verdict and self._told.get(one.probed.menu_index) != one.probed:
                self._told[one.probed.menu_index] = one.probed
                log.warning("menu is not checked", service=one.probed.service_id, menu=one.probed.menu_id, reason=one.attempts[-1].detail)
            elif one.is_verdict:
                self._told.pop(one.probed.menu_index, None)


def _rows(attempts: Sequence[tuple[Finished, Check]]) -> ProbeRows:
    """Return attempts as rows; those of one check stand in one minute, that of its end, or the first would fail a minute by itself."""
    names: dict[ProbeName, int] = {}
    index = [names.setdefault(ProbeName(one.probed.service_id, one.probed.menu_id), len(names)) for one, _ in attempts]
    return ProbeRows(
        name_index=np.array(index, np.int32),
        checked_ms=np.array([round(one.attempts[-1].ended_at.timestamp() * 1000) for one, _ in attempts], np.int64),
        ok=np.array([check.passed for _, check in attempts], np.bool_),
        status=np.array([check.status for _, check in attempts], np.int16),
        duration_us=np.array([round(check.duration_ms * 1000) for _, check in attempts], np.int64),
        names=tuple(names),
        lines_read=len(attempts),
    )
