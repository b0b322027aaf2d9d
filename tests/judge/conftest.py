"""Worlds that are closed when a test ends."""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import count
from pathlib import Path

import pytest

from observatory.model.catalogue import Service
from tests.builders import a_menu, a_service
from tests.judge.stories import MENU_IDS, SERVICES_MAX
from tests.judge.world import START, World, close_world, open_world


@pytest.fixture
def make_world(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Return a way to make a world in a folder of this test's own."""
    worlds: list[World] = []

    def make(*services: Service, time_zone: str = "Asia/Seoul", registered_at: datetime = START) -> World:
        worlds.append(open_world(tmp_path / f"data-{len(worlds)}", *services, time_zone=time_zone, registered_at=registered_at))
        return worlds[-1]

    yield make
    for world in worlds:
        close_world(world)


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """Return a world with one service of one menu."""
    return make_world()


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Iterator[int]]]:
    """Return a world of many services, one for each random history, and their numbers."""
    menus = tuple(a_menu(menu_id, index=0) for menu_id in MENU_IDS)
    world = open_world(tmp_path_factory.mktemp("many"), *(a_service(f"s{number}", index=0, menus=menus) for number in range(SERVICES_MAX)))
    yield world, count()
    close_world(world)
