"""A minute in which far more requests than usual are refused is a partial failure; where nobody knows what is usual, it is none."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatory.judge import evidence
from observatory.judge.evidence import Requests
from observatory.judge.explaining import explain_minute
from observatory.judge.explanation import Users
from observatory.judge.method import IN_FORCE
from observatory.model.incident import Verdict
from observatory.readmodel import minute_text
from observatory.store.service_history import StoredHistory, rules_of
from tests.builders import a_service
from tests.judge import naive_method
from tests.judge.naive_method import NaiveMenu
from tests.judge.world import World

WEEK = 10_080
NOW = 4 * WEEK
"""The first minute of the fifth week."""


def four_weeks_of(world: World, usual: int, *, count: int = 200) -> World:
    """Let so many of the requests of half an hour be answered with a client error, four weeks in a row."""
    for week in range(4):
        world.users(range(week * WEEK, week * WEEK + 30), count=count, client_error=usual)
    return world


def refused(world: World, client_error: int, count: int) -> World:
    return world.users(range(NOW, NOW + 10), count=count, client_error=client_error).judge(NOW + 20)


def verdict(world: World, minute: int = NOW + 4) -> Verdict:
    return Verdict(int(world.verdicts(minute, minute + 1)[0]))


@pytest.mark.parametrize(
    ("usual", "client_error", "count", "expected"),
    [
        (0, 10, 20, Verdict.PARTIAL),
        (20, 60, 120, Verdict.PARTIAL),
        (20, 60, 121, Verdict.UP),
        (20, 59, 118, Verdict.UP),
        (50, 100, 100, Verdict.UP),
        (0, 19, 19, Verdict.UNKNOWN),
    ],
)
def test_half_of_all_and_three_times_the_usual_is_a_partial_failure(
    world: World, usual: int, client_error: int, count: int, expected: Verdict
) -> None:
    assert verdict(refused(four_weeks_of(world, usual), client_error, count)) == expected


def test_it_is_an_incident_that_users_saw(world: World) -> None:
    refused(four_weeks_of(world, 5), 150, 200)
    (incident,) = world.incidents()
    assert (incident.severity, incident.detected_by, incident.down_minutes, incident.partial_minutes) == ("partial", "users", 0, 10)


def test_without_two_weeks_of_history_nobody_knows_what_is_usual(world: World) -> None:
    """History begins with the first day that is kept: ten hours before the first minute."""
    enough = 14 * 1440 - 600
    world.users(range(enough - 10), count=100)
    world.users(range(enough - 10, enough + 10), count=100, client_error=100).judge(enough + 10)
    assert set(world.verdicts(enough - 10, enough)) == {Verdict.UP}
    assert set(world.verdicts(enough, enough + 10)) == {Verdict.PARTIAL}


def test_a_folder_of_before_says_nothing_of_what_is_usual_for_two_weeks(world: World, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "data-0" / "telemetry.sqlite")) as opened, opened:
        opened.execute("UPDATE client_errors SET from_minute = ?", [world.origin + NOW - 14 * 1440 + 5])
    four_weeks_of(world, 0)
    refused(world, 200, 200)
    assert [verdict(world, NOW + 4), verdict(world, NOW + 5)] == [Verdict.UP, Verdict.PARTIAL]


def test_failures_and_the_turned_away_are_told_first(world: World) -> None:
    four_weeks_of(world, 0)
    world.users(range(NOW, NOW + 5), count=100, bad=50, client_error=50)
    world.users(range(NOW + 5, NOW + 10), count=100, slow=100, client_error=50).judge(NOW + 10)
    assert [verdict(world, NOW), verdict(world, NOW + 5)] == [Verdict.DOWN, Verdict.PARTIAL]


def test_what_is_usual_of_a_block_is_that_of_its_minutes(make_world: Callable[..., World]) -> None:
    world = four_weeks_of(make_world(replace(a_service(index=0), low_traffic_block_minutes=5)), 4, count=8)
    world.users(range(NOW, NOW + 5), count=12, client_error=12)
    world.users(range(NOW + 5, NOW + 10), count=11, client_error=11).judge(NOW + 10)
    assert [verdict(world, NOW + 4), verdict(world, NOW + 5)] == [Verdict.PARTIAL, Verdict.UP]


def explained(world: World) -> tuple[Users, str]:
    history = StoredHistory(world.service, world.register, world.telemetry)
    found = explain_minute(history, rules_of(world.service, world.register), world.origin + NOW + 4, world.at(NOW + 20))
    return found.subjects[0].users, minute_text.rule(found.subjects[0].users, IN_FORCE)


def test_it_is_explained_with_what_is_usual(world: World) -> None:
    users, said = explained(refused(four_weeks_of(world, 5), 150, 200))
    assert (users.client_error, users.usual_client_error, users.says) == (150, 5, Verdict.PARTIAL)
    assert said == "150 of 200 requests client errors, 50 % or more; usual are 5"


def test_what_is_not_known_to_be_usual_is_told_as_not_known(world: World) -> None:
    assert explained(world.users(range(NOW, NOW + 10), count=200, client_error=150).judge(NOW + 20))[0].usual_client_error is None


numbers = st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))


@given(
    minutes=st.lists(st.tuples(numbers, st.sampled_from([None, 0, 1, 2, 5])), min_size=60, max_size=60), block=st.sampled_from([1, 5, 60])
)
def test_users_say_what_the_naive_method_says(minutes: list[tuple[tuple[int, ...], int | None]], block: int) -> None:
    told: dict[int, naive_method.Requests] = {
        minute: (count, min(bad, count), min(slow, count), throttled, min(client_error, count - min(bad, count)))
        for minute, ((count, bad, slow, throttled, client_error), _) in enumerate(minutes)
    }
    usual = {minute: each for minute, (_, each) in enumerate(minutes) if each is not None}
    menu = NaiveMenu(told, usual_client_errors=usual)
    columns = [np.array(column, np.int64) for column in zip(*told.values(), strict=True)]
    blocks = Requests(*(evidence.in_blocks(column, 0, block) for column in columns))
    unknown = evidence.in_blocks(np.array([minute not in usual for minute in range(60)], np.int64), 0, block) > 0
    of_block = np.where(unknown, -1, evidence.in_blocks(np.array([usual.get(minute, 0) for minute in range(60)], np.int64), 0, block))
    users = evidence.with_client_errors(evidence.of_users(blocks, block, IN_FORCE), blocks, of_block, IN_FORCE)
    assert users.tolist() == [naive_method.users([menu], minute, block) for minute in range(60)]
