"""Say what became of one check of a menu, with all its attempts."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import structlog

from observatory.prober.outcome import Check
from observatory.prober.schedule import ProbedMenu

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

    @property
    def ended_at(self) -> datetime:
        """When the last attempt ended: all stand in that one's minute, or the first would fail a minute by itself."""
        return self.attempts[-1].ended_at


def attempts_of(finished: Sequence[Finished]) -> list[tuple[Finished, Check]]:
    """Return every attempt that is to be kept, with the check it was part of."""
    return [(one, check) for one in finished if one.is_verdict for check in one.attempts]


class Unchecked:
    """Says once of each menu that it cannot be checked, until it can. One thread."""

    def __init__(self) -> None:
        self._told: dict[int, ProbedMenu] = {}
        """By menu, what was told of already."""

    def tell(self, finished: Sequence[Finished]) -> None:
        """Say which of these say nothing about their service, and why."""
        for one in finished:
            if not one.is_verdict and self._told.get(one.probed.menu_index) != one.probed:
                self._told[one.probed.menu_index] = one.probed
                log.warning("menu is not checked", service=one.probed.service_id, menu=one.probed.menu_id, reason=one.attempts[-1].detail)
            elif one.is_verdict:
                self._told.pop(one.probed.menu_index, None)
