"""Check every menu when it is due, a bounded number at once, and hand on what was seen."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence

import structlog

from observatory.errors import Overloaded
from observatory.prober.canaries import Canaries
from observatory.prober.checking import Checker
from observatory.prober.finished import Finished
from observatory.prober.schedule import Due, ProbedMenu, Schedule

TICK_S = 0.05
KEEP_EVERY_S = 0.5
"""How long a check waits for others, so that many are stored together; and for canaries, which are asked soon after a failure."""
KEPT_TOGETHER_MAX = 4096
WAITING_MAX = 16_384
"""Checks that could not be stored yet; of more the oldest are lost, which their votes' successors make up for."""

log = structlog.get_logger(__name__)


class Prober:
    """Makes checks on one event loop, which may stand still between two calls of `advance`."""

    def __init__(
        self, checker: Checker, canaries: Canaries, keep: Callable[[Sequence[Finished]], None], seconds: Callable[[], float]
    ) -> None:
        self._checker, self._canaries, self._keep, self._seconds = checker, canaries, keep, seconds
        self._schedule = Schedule(seconds())
        self._under_way: set[asyncio.Task[None]] = set()
        self._waiting: deque[Finished] = deque(maxlen=WAITING_MAX)
        self._keeping: asyncio.Task[None] | None = None
        self._keep_at = seconds()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._under_way and self._keeping is None and not self._waiting

    def take_up(self, menus: Mapping[int, ProbedMenu]) -> None:
        """Check these menus from now on."""
        self._schedule.replace(menus, self._seconds())

    async def advance(self, for_s: float) -> None:
        """Go on for so long; what is under way then stays so. Raises what a check or its keeping raised, Overloaded excepted."""
        end = self._seconds() + for_s
        while (now := self._seconds()) < end:
            for due in self._schedule.take_due(now):
                self._under_way.add(asyncio.create_task(self._check(due)))
            self._begin_to_keep(now)
            await asyncio.sleep(TICK_S)
            self._let_go()

    def _let_go(self) -> None:
        """Forget what ended, and raise what went wrong in it."""
        ended = {task for task in self._under_way if task.done()}
        self._under_way -= ended
        if self._keeping is not None and self._keeping.done():
            ended.add(self._keeping)
            self._keeping = None
        for task in ended:
            task.result()

    async def _check(self, due: Due) -> None:
        """Check a menu, and a second time at once if it failed."""
        begun_at, passed, target = self._seconds(), False, due.probed.target
        try:
            attempts = [await self._checker.check(target)]
            if attempts[0].is_verdict and not attempts[0].passed:
                attempts.append(await self._checker.check(target))
            finished = Finished(due.probed, tuple(attempts))
            passed = finished.passed or not finished.is_verdict  # Whom we cannot ask now we need not ask again soon.
            self._waiting.append(finished)
        finally:
            self._schedule.finish(due.probed.menu_index, begun_at, self._seconds(), passed=passed)

    def _begin_to_keep(self, now: float) -> None:
        if self._waiting and self._keeping is None and now >= self._keep_at:
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), KEPT_TOGETHER_MAX))]
            self._keeping = asyncio.create_task(self._keep_batch(batch))

    async def _keep_batch(self, batch: list[Finished]) -> None:
        """Store a batch, unless it is us who are cut off; one there is no room for now is tried again."""
        if await self._canaries.answer(failed=any(one.is_verdict and not one.passed for one in batch)):
            try:
                await asyncio.to_thread(self._keep, batch)
            except Overloaded as error:
                log.warning("checks are stored later", reason=error.message, waiting=len(batch) + len(self._waiting))
                room = WAITING_MAX - len(self._waiting)
                self._waiting.extendleft(reversed(batch[-room:] if room else []))
                await asyncio.sleep(error.retry_after_seconds)
        self._keep_at = self._seconds() + KEEP_EVERY_S
