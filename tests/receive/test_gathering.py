"""Each of many threads gets the answer to its own letter, whoever does the work."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from observatory.errors import Overloaded
from observatory.receive.gathering import Gathering

SECONDS_MAX = 20.0


def test_alone_a_letter_is_answered_at_once() -> None:
    assert Gathering[int, int](lambda letters: [letter * 2 for letter in letters], 8).hand_in(21) == 42


def test_every_thread_gets_its_own_answer_and_groups_form() -> None:
    sizes: list[int] = []

    def answer_all(letters: Sequence[int]) -> list[int]:
        sizes.append(len(letters))
        threading.Event().wait(0.002)  # as a commit does
        return [letter * 2 for letter in letters]

    gathering = Gathering[int, int](answer_all, 5)
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(gathering.hand_in, range(400), timeout=SECONDS_MAX)) == [2 * letter for letter in range(400)]
    assert sum(sizes) == 400
    assert 1 < max(sizes) <= 5


def test_an_error_is_raised_to_whose_letter_it_answers() -> None:
    def answer_all(letters: Sequence[int]) -> list[int | Exception]:
        return [ValueError(letter) if letter % 3 == 0 else letter for letter in letters]

    gathering = Gathering[int, int](answer_all, 64)

    def hand_in(letter: int) -> int | None:
        try:
            return gathering.hand_in(letter)
        except ValueError as error:
            return None if error.args == (letter,) else -1

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(hand_in, range(90), timeout=SECONDS_MAX))
    assert answers == [None if letter % 3 == 0 else letter for letter in range(90)]


def test_who_came_while_a_lock_was_waited_for_in_vain_is_turned_away_with_the_rest() -> None:
    entered, calls = threading.Event(), list[int]()

    def answer_all(letters: Sequence[int]) -> list[int | Exception]:
        calls.extend(letters)
        entered.set()
        threading.Event().wait(0.2)  # as for a lock
        return [Overloaded("locked", retry_after_seconds=7) for _ in letters]

    gathering = Gathering[int, int](answer_all, 64)

    def hand_in(letter: int) -> int:
        if letter:
            entered.wait(SECONDS_MAX)
        try:
            return gathering.hand_in(letter)
        except Overloaded as error:
            return error.retry_after_seconds

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(hand_in, range(8), timeout=SECONDS_MAX)) == [7] * 8
    assert calls == [0]


def test_a_letter_that_breaks_our_code_fails_alone() -> None:
    together = threading.Barrier(8)

    def answer_all(letters: Sequence[int]) -> list[int]:
        return [84 // letter for letter in letters]

    gathering = Gathering[int, int](answer_all, 64)

    def hand_in(letter: int) -> int:
        together.wait(SECONDS_MAX)
        try:
            return gathering.hand_in(letter)
        except ZeroDivisionError:
            return -1

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(hand_in, range(8), timeout=SECONDS_MAX)) == [-1, 84, 42, 28, 21, 16, 14, 12]
    with pytest.raises(ZeroDivisionError):
        gathering.hand_in(0)
    assert gathering.hand_in(2) == 42
