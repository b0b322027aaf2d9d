"""The check of random worlds agrees with the method in force, and notices any other."""

from dataclasses import replace
from random import Random

import pytest

from observatory.judge.method import IN_FORCE, Method
from tests.fuzz.worlds import a_world, at_once, in_any_order

OTHER_METHODS = (
    replace(IN_FORCE, users_bad_count_min=4),
    replace(IN_FORCE, down_permille=400),
    replace(IN_FORCE, throttled_permille=600),
    replace(IN_FORCE, client_error_times_usual=5),
    replace(IN_FORCE, vanished_permille=50),
    replace(IN_FORCE, bridge_minutes_max=14),
    replace(IN_FORCE, close_minutes=6),
    replace(IN_FORCE, flapping_bad_minutes=7),
    replace(IN_FORCE, evidence_lost_minutes=61),
)


def worlds(count: int) -> list[Random]:
    return [Random(f"test {number}") for number in range(count)]


def test_judge_and_naive_method_agree() -> None:
    assert all(at_once(a_world(chance)) for chance in worlds(60))
    assert all(in_any_order(a_world(chance), chance) for chance in worlds(6))


@pytest.mark.parametrize("other", OTHER_METHODS, ids=range(len(OTHER_METHODS)))
def test_another_method_is_noticed(other: Method) -> None:
    assert not all(at_once(a_world(chance), other) for chance in worlds(400))
