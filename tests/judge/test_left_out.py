"""Whole days tell what was left out of them; of other windows nobody knows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from observatory.flows.figures import figures_of
from observatory.judge.windows import custom_window, named_window
from observatory.model.figure import Window
from observatory.model.left_out import LeftOut
from tests.judge.world import World
from tests.store.counted import a_batch, counters

SEOUL = ZoneInfo("Asia/Seoul")
MIDNIGHT = datetime(2026, 3, 9, 15, tzinfo=UTC)
NOW = MIDNIGHT + timedelta(hours=20, minutes=30)
TODAY = MIDNIGHT.astimezone(SEOUL).date()


def rejected(world: World, window: Window) -> int | None:
    return figures_of(world.service, window, world.register, world.telemetry, NOW).rejected_records


@pytest.fixture
def left_out(world: World) -> World:
    """Return a world in which one record was rejected today, ten the day before, and a hundred thirty days before."""
    for days, records in ((0, 1), (1, 10), (30, 100)):
        batch = replace(a_batch(), counters=counters([]), left_out=(LeftOut(world.service.index, "rejected", records),))
        world.telemetry.add([replace(batch, day=TODAY - timedelta(days=days))])
    return world


@pytest.mark.parametrize(("name", "expected"), [("7d", 10), ("30d", 110), ("90d", 110), ("month:2026-03", 11), ("month:2026-02", 100)])
def test_named_windows_of_whole_days_tell(left_out: World, name: str, expected: int) -> None:
    assert rejected(left_out, named_window(name, SEOUL, NOW)) == expected


def test_today_so_far_tells(left_out: World) -> None:
    assert rejected(left_out, custom_window(MIDNIGHT, NOW + timedelta(minutes=1))) == 1
    assert rejected(left_out, custom_window(MIDNIGHT, MIDNIGHT + timedelta(days=1))) == 1


def test_a_window_that_cuts_through_a_day_does_not(left_out: World) -> None:
    for window in (
        named_window("24h", SEOUL, NOW),
        custom_window(MIDNIGHT, NOW - timedelta(minutes=1)),
        custom_window(MIDNIGHT - timedelta(hours=1), MIDNIGHT),
    ):
        assert rejected(left_out, window) is None
