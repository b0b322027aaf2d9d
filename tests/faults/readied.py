"""A service whose minutes are judged and made ready for readers, some of them late: a story to be killed in."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from observatory.readmodel.checking_ready import ReadyCheck
from observatory.readmodel.making_ready import MakingReady
from observatory.readmodel.summary import Summary
from observatory.store.opening import open_register, open_telemetry
from tests.judge.stories import judge
from tests.judge.world import World, close_world, open_world

LOOKS = (60, 61, 75, 900, 1600)
"""Minutes at which it is judged and made ready, over midnight and beyond."""


def prepared(folder: Path) -> None:
    """Let an hour with an outage come in, of which nothing is judged yet."""
    world = open_world(folder)
    world.users(range(60)).users(range(20, 30), bad=100)
    close_world(world)


def judged_and_made_ready(folder: Path) -> Iterator[int]:
    """Judge and make ready, several times; before the third look late records come."""
    with closing(open_register(folder)) as register, closing(open_telemetry(folder)) as store:
        world = World(register, store, register.catalogue().services[0])
        for number, minute in enumerate(LOOKS):
            if number == 2:
                world.users(range(40, 50), bad=100)
            judge(world, minute)
            summary = Summary(register, store, lambda minute=minute: world.at(minute))  # type: ignore[misc]
            store.keep_published(MakingReady(summary.maker, summary.versions).parts_of(world.service, summary.state()))
            yield number


def check(folder: Path, done: list[int] | None) -> None:
    """Hold what is kept against what it was made of: a kill leaves it as it was before, or as it is after."""
    with closing(open_register(folder)) as register, closing(open_telemetry(folder)) as store:
        world = World(register, store, register.catalogue().services[0])
        minute = LOOKS[-1] if done is None else LOOKS[min(len(done), len(LOOKS) - 1)]
        summary = Summary(register, store, lambda: world.at(minute))
        checked = ReadyCheck(store, MakingReady(summary.maker, summary.versions))
        assert not list(checked.wrong_accounts(world.service))
        assert not list(checked.wrong_parts(world.service, summary.state()))
        if done is None:
            assert summary.missing() == 0
            assert (summary.service(world.service.id).incidents[0].down_minutes, summary.state().minute) == (10, world.origin + LOOKS[-1])
