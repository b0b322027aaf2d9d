"""Each of many requests at one moment gets the answer to its own item; one thread does the work."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Sequence

import pytest

from observatory.errors import Overloaded
from observatory.receive.micro_batching import MicroBatcher

SECONDS_MAX = 20.0


def hand_in(batcher: MicroBatcher[int, int], items: Iterable[int]) -> list[int | BaseException]:
    """Hand in items at one moment; return the answer to each, or what was raised."""

    async def together() -> list[int | BaseException]:
        return await asyncio.gather(*map(batcher.hand_in, items), return_exceptions=True)

    return asyncio.run(asyncio.wait_for(together(), SECONDS_MAX))


def groups_of(items: Sequence[int], weight_max: int, weight_of: Callable[[int], int]) -> list[list[int]]:
    """Hand in items while the first group is worked on; return what came together, and check every answer."""
    groups: list[list[int]] = []
    all_came = threading.Event()

    def answer_all(group: Sequence[int]) -> list[int]:
        groups.append(list(group))
        assert all_came.wait(SECONDS_MAX)
        return [item * 2 for item in group]

    async def together() -> list[int]:
        batcher = MicroBatcher(answer_all, weight_max)
        answers = [batcher.hand_in(item, weight_of(item)) for item in items]
        all_came.set()
        return await asyncio.gather(*answers)

    assert asyncio.run(asyncio.wait_for(together(), SECONDS_MAX)) == [item * 2 for item in items]
    return groups


def test_alone_a_letter_is_answered_at_once() -> None:
    assert hand_in(MicroBatcher(lambda items: [item * 2 for item in items], 8), [21]) == [42]


def test_every_letter_gets_its_own_answer_and_groups_form() -> None:
    first, *groups = groups_of(range(400), 5, lambda _: 1)
    assert [item for group in (first, *groups) for item in group] == list(range(400))
    assert len(first) in range(1, 6)  # who had come when the thread began
    assert {len(group) for group in groups[:-1]} == {5}


def test_a_letter_heavier_than_a_group_may_be_goes_alone() -> None:
    assert groups_of((1, 9, 2, 3, 1), 5, lambda weight: weight) == [[1], [9], [2, 3], [1]]


def test_an_error_is_raised_to_whose_letter_it_answers() -> None:
    def answer_all(items: Sequence[int]) -> list[int | Exception]:
        return [ValueError(item) if item % 3 == 0 else item for item in items]

    for item, answer in enumerate(hand_in(MicroBatcher(answer_all, 64), range(90))):
        assert answer.args == (item,) if isinstance(answer, ValueError) else answer == item
        assert isinstance(answer, ValueError) == (item % 3 == 0)


def test_who_came_while_a_lock_was_waited_for_in_vain_is_turned_away_with_the_rest() -> None:
    calls: list[int] = []
    begun, all_came = threading.Event(), threading.Event()

    def answer_all(items: Sequence[int]) -> list[int | Exception]:
        calls.extend(items)
        begun.set()
        all_came.wait(SECONDS_MAX)  # as for a lock
        return [Overloaded("locked", retry_after_seconds=7) for _ in items]

    async def together() -> list[int | BaseException]:
        batcher: MicroBatcher[int, int] = MicroBatcher(answer_all, 64)
        first = batcher.hand_in(0)
        await asyncio.to_thread(begun.wait, SECONDS_MAX)
        others = [batcher.hand_in(item) for item in range(1, 8)]
        all_came.set()
        return await asyncio.gather(first, *others, return_exceptions=True)

    answers = asyncio.run(asyncio.wait_for(together(), SECONDS_MAX))
    assert [answer.retry_after_seconds for answer in answers if isinstance(answer, Overloaded)] == [7] * 8
    assert len(set(map(id, answers))) == 8  # each its own, since whoever raises it adds where
    assert calls == [0]


def test_a_letter_that_breaks_our_code_fails_alone() -> None:
    batcher = MicroBatcher[int, int](lambda items: [84 // item for item in items], 64)
    first, *others = hand_in(batcher, [7, *range(8)])
    assert first == 12
    assert isinstance(others.pop(0), ZeroDivisionError)
    assert others == [84, 42, 28, 21, 16, 14, 12]
    assert hand_in(batcher, [2]) == [42]


def test_a_request_that_was_given_up_keeps_nobody_waiting() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def answer_all(items: Sequence[int]) -> list[int]:
        begun.set()
        go_on.wait(SECONDS_MAX)
        return list(items)

    async def give_up() -> int:
        batcher = MicroBatcher(answer_all, 64)
        lost = asyncio.ensure_future(batcher.hand_in(1))
        await asyncio.to_thread(begun.wait, SECONDS_MAX)
        other = asyncio.ensure_future(batcher.hand_in(2))
        lost.cancel()
        with pytest.raises(asyncio.CancelledError):
            await lost
        go_on.set()
        return await other

    assert asyncio.run(asyncio.wait_for(give_up(), SECONDS_MAX)) == 2
