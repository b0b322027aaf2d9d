"""There are few places for large bodies, and both roads share them."""

import asyncio
import threading
from contextlib import ExitStack, suppress

import pytest

from observatory.errors import Overloaded
from observatory.receive.large_bodies import LARGE_AT_ONCE_MAX, Places

SHORT = 0.01


def test_whoever_finds_no_place_in_time_is_told_so() -> None:
    places = Places(wait_seconds_max=SHORT)
    with ExitStack() as holding:
        for _ in range(LARGE_AT_ONCE_MAX):
            holding.enter_context(places.lend())
        with pytest.raises(Overloaded), places.lend():
            pass
    with places.lend():
        pass


def test_a_thread_holds_a_place_against_the_loop_and_the_loop_against_a_thread() -> None:
    places = Places(1, wait_seconds_max=SHORT)

    async def ask() -> None:
        async with places.lend_to_loop():
            with pytest.raises(Overloaded), places.lend():
                pass

    with places.lend(), pytest.raises(Overloaded):
        asyncio.run(ask())
    asyncio.run(ask())


def test_whoever_waited_longest_is_next() -> None:
    places, order, asked = Places(1, wait_seconds_max=60.0), list[int](), threading.Semaphore(0)

    def wait(number: int) -> None:
        with places.lend():
            order.append(number)

    with places.lend():
        threads = [threading.Thread(target=wait, args=(number,)) for number in range(5)]
        for number, thread in enumerate(threads):
            thread.start()
            while len(places._waiting) <= number:  # how many wait is nobody else's business
                asked.acquire(timeout=0.001)
    for thread in threads:
        thread.join()
    assert order == list(range(5))


def test_a_sender_that_leaves_while_it_waits_takes_no_place_with_it() -> None:
    places = Places(1)

    async def leave() -> None:
        async def ask() -> None:
            async with places.lend_to_loop():
                raise AssertionError("nobody gave this place back")

        with places.lend():
            waiting = asyncio.create_task(ask())
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting

    asyncio.run(leave())
    with places.lend():
        pass


def test_a_place_that_was_given_to_whoever_just_left_is_not_lost() -> None:
    places = Places(1)

    async def leave() -> None:
        async def ask() -> None:
            async with places.lend_to_loop():
                pass

        with places.lend():
            waiting = asyncio.create_task(ask())
            await asyncio.sleep(0)
        waiting.cancel()  # The place was given, and the loop has not heard of it yet.
        with suppress(asyncio.CancelledError):
            await waiting

    asyncio.run(leave())
    with places.lend():
        pass
