"""Tell whether it is us who are cut off: a place that does not reach most of its canaries has no say about services."""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from observatory.model.catalogue import ProbeTarget
from observatory.prober.checking import Checker

ROUND_AGE_MAX_S = 60.0
"""How old an answer of theirs may be where nothing failed since."""
BETWEEN_ROUNDS_S = 5.0
"""However many services fail, canaries are not asked more often."""

log = structlog.get_logger(__name__)


class Canaries:
    """Addresses that are known to answer. One event loop; none at all: this place is believed always."""

    def __init__(self, urls: Sequence[str], checker: Checker, seconds: Callable[[], float]) -> None:
        self._targets = [ProbeTarget(url) for url in urls]
        self._checker = checker
        self._seconds = seconds
        self._round_at: float | None = None
        self._most_answered = True

    async def answer(self, *, failed: bool) -> bool:
        """Return whether most of them answer: asked anew if something failed, else if it is long ago that they were."""
        if self._targets and self._is_stale(0.0 if failed else ROUND_AGE_MAX_S):
            if self._round_at is not None and (wait_s := self._round_at + BETWEEN_ROUNDS_S - self._seconds()) > 0:
                await asyncio.sleep(wait_s)
            await self._ask_all()
        return self._most_answered

    def _is_stale(self, age_max_s: float) -> bool:
        return self._round_at is None or not self._most_answered or self._seconds() - self._round_at >= age_max_s

    async def _ask_all(self) -> None:
        self._round_at = self._seconds()
        checks = await asyncio.gather(*(self._checker.check(target) for target in self._targets))
        answered = sum(check.passed for check in checks)
        before, self._most_answered = self._most_answered, 2 * answered > len(checks)
        told = {"canaries": len(checks), "answered": answered}
        if before and not self._most_answered:
            log.warning("most canaries do not answer: checks are not kept", **told, first=next(c.detail for c in checks if not c.passed))
        elif self._most_answered and not before:
            log.info("canaries answer again: checks are kept", **told)
