"""Menus are checked when due, failures confirmed at once, and what was seen is handed on, unless it is us who are cut off."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import pytest
from structlog.testing import capture_logs

from observatory.errors import Overloaded
from observatory.model.catalogue import ProbeTarget
from observatory.prober.canaries import Canaries
from observatory.prober.checking import Checker
from observatory.prober.finished import Finished
from observatory.prober.outcome import Caps
from observatory.prober.prober import Prober
from observatory.prober.schedule import AGAIN_AFTER_FAILURE_S, ProbedMenu
from tests.prober.targets import NAME, Place, serving
from tests.prober.test_checking import checker

pytestmark = pytest.mark.network
EARLY_MENU, OTHER_EARLY_MENU = 34, 89
"""Numbers whose place is in the first hundredth of their interval."""
PATIENCE_S = 10.0


class Clock:
    """The clock of this machine, and what a test adds to it."""

    def __init__(self) -> None:
        self.added_s = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.added_s


class Town:
    """A prober and a server; what the server answers, and what becomes of checks, is the test's to say."""

    def __init__(self, place: Place, canaries: Sequence[str] = ()) -> None:
        self.place = place
        self.clock = Clock()
        self.kept: list[Finished] = []
        self.refusals: list[Exception] = []
        checks = checker(place.port, caps=Caps(processing_s=0.5))
        self.prober = Prober(checks, self._canaries(canaries, checks), self._keep, self.clock)

    def _canaries(self, paths: Sequence[str], checks: Checker) -> Canaries:
        return Canaries([self.url(path) for path in paths], checks, self.clock)

    def _keep(self, finished: Sequence[Finished]) -> None:
        if self.refusals:
            raise self.refusals.pop()
        self.kept += finished

    def url(self, path: str) -> str:
        return f"http://{NAME}:{self.place.port}{path}"

    def probed(self, path: str = "/jobs", menu: int = EARLY_MENU) -> ProbedMenu:
        return ProbedMenu("job-portal", 1, f"menu-{menu}", menu, ProbeTarget(self.url(path)))

    def watch(self, *menus: ProbedMenu) -> None:
        self.prober.take_up({probed.menu_index: probed for probed in menus})
        self.clock.added_s += 1.0

    async def until(self, done: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not done():
            assert time.monotonic() < end, "nothing happened"
            await self.prober.advance(0.05)


def in_town(story: Callable[[Town], Awaitable[None]], canaries: Sequence[str] = ()) -> None:
    async def tell() -> None:
        async with serving() as place:
            await story(Town(place, canaries))

    asyncio.run(tell())


def test_a_check_that_passes_is_kept_as_it_is() -> None:
    async def story(town: Town) -> None:
        town.watch(town.probed())
        await town.until(lambda: len(town.kept) == 1)
        assert (town.kept[0].passed, len(town.kept[0].attempts), len(town.place.requests)) == (True, 1, 1)

    in_town(story)


def test_a_failure_is_confirmed_at_once_and_looked_at_again_soon() -> None:
    async def story(town: Town) -> None:
        town.watch(town.probed("/status/500"))
        await town.until(lambda: len(town.kept) == 1)
        assert [check.outcome for check in town.kept[0].attempts] == ["status", "status"]
        await town.prober.advance(0.2)
        assert len(town.place.requests) == 2
        town.clock.added_s += AGAIN_AFTER_FAILURE_S
        await town.until(lambda: len(town.kept) == 2)

    in_town(story)


def test_a_menu_that_leaves_the_catalogue_is_not_checked() -> None:
    async def story(town: Town) -> None:
        town.watch(town.probed(), town.probed(menu=OTHER_EARLY_MENU))
        town.watch(town.probed(menu=OTHER_EARLY_MENU))
        await town.until(lambda: len(town.kept) == 1)
        await town.prober.advance(0.2)
        assert [one.probed.menu_index for one in town.kept] == [OTHER_EARLY_MENU]

    in_town(story)


def test_one_slow_menu_keeps_nobody_waiting() -> None:
    async def story(town: Town) -> None:
        town.watch(town.probed("/silent"), town.probed(menu=OTHER_EARLY_MENU))
        await town.until(lambda: len(town.kept) == 2)
        assert [one.passed for one in town.kept] == [True, False]

    in_town(story)


def test_while_most_canaries_do_not_answer_nothing_is_kept_and_that_is_told_once() -> None:
    async def story(town: Town) -> None:
        town.watch(town.probed("/status/500"))
        for _ in range(3):
            asked = len(town.place.requests)
            await town.until(lambda asked=asked: len(town.place.requests) >= asked + 5)  # type: ignore[misc]
            await town.until(lambda: town.prober.is_idle)
            town.clock.added_s += AGAIN_AFTER_FAILURE_S
        assert town.kept == []

    with capture_logs() as told:
        in_town(story, ["/status/503", "/status/500", "/fine"])
    assert [event["event"] for event in told] == ["most canaries do not answer: checks are not kept"]


def test_with_most_canaries_a_place_is_believed() -> None:
    async def story(town: Town) -> None:
        town.watch(town.probed("/status/500"), town.probed(menu=OTHER_EARLY_MENU))
        await town.until(lambda: len(town.kept) == 2)

    in_town(story, ["/status/503", "/fine", "/fine"])


def test_what_cannot_be_stored_now_is_stored_later() -> None:
    async def story(town: Town) -> None:
        town.refusals.append(Overloaded("the disk is full", retry_after_seconds=0))
        town.watch(town.probed(), town.probed("/status/500", menu=OTHER_EARLY_MENU))
        await town.until(lambda: len(town.kept) == 2)

    in_town(story)


def test_a_mistake_of_ours_is_raised_and_the_rest_goes_on() -> None:
    async def story(town: Town) -> None:
        town.refusals.append(ZeroDivisionError("ours"))
        town.watch(town.probed())
        with pytest.raises(ZeroDivisionError):
            await town.until(lambda: bool(town.kept))
        town.clock.added_s += 60
        await town.until(lambda: len(town.kept) == 1)

    in_town(story)
