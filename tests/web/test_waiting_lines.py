"""Each purpose has threads and a bounded line of its own: no one waits for another, and a full line is said at once."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from observatory.errors import Overloaded
from observatory.web.waiting_lines import PURPOSES, Line, WaitingLines, threads_of

SECONDS_MAX = 20.0
ALL_THREADS = 128
PATHS = {
    "life": "/livez",
    "readiness": "/readyz",
    "metrics": "/metrics/services",
    "intake": "/v1/access-log",
    "desk": "/ko/desk/sign-in",
    "pages": "/ko/services/job-portal",
}
ROOM = {purpose.name: threads_of(purpose, ALL_THREADS) + purpose.waiting_max for purpose in PURPOSES}


@contextmanager
def until_the_end() -> Iterator[threading.Event]:
    """Give what work waits for, and let all of it go on at the end."""
    event = threading.Event()
    try:
        yield event
    finally:
        event.set()


async def fill(line: Line, room: int, event: threading.Event) -> list["asyncio.Task[bool]"]:
    """Hand in work that does not end by itself, as much as there is room for."""
    tasks = [asyncio.get_running_loop().create_task(line.run(lambda: event.wait(SECONDS_MAX))) for _ in range(room)]
    await asyncio.sleep(0)
    return tasks


@pytest.mark.parametrize("stuck", PATHS)
def test_a_purpose_that_is_stuck_keeps_no_other_waiting(stuck: str) -> None:
    async def ask_all() -> dict[str, str]:
        with until_the_end() as event:
            lines = WaitingLines(ALL_THREADS)
            tasks = await fill(lines.of(PATHS[stuck]), ROOM[stuck], event)
            answers = {}
            for name, path in PATHS.items():
                try:
                    answers[name] = await asyncio.wait_for(lines.of(path).run(lambda: "served"), SECONDS_MAX)
                except Overloaded as error:
                    answers[name] = error.message
            event.set()
            assert await asyncio.gather(*tasks) == [True] * len(tasks)
            return answers

    answers = asyncio.run(ask_all())
    assert answers.pop(stuck) == f"cannot serve this now: too many requests wait ({stuck})"
    assert set(answers.values()) == {"served"}


def test_when_a_line_moves_on_there_is_room_again() -> None:
    async def ask_again() -> str:
        lines = WaitingLines(ALL_THREADS)
        line = lines.of("/ko/desk/")
        with until_the_end() as event:
            tasks = await fill(line, ROOM["desk"], event)
        await asyncio.gather(*tasks)
        return await line.run(lambda: "served")

    assert asyncio.run(ask_again()) == "served"


def test_what_work_raises_is_raised_and_leaves_the_line() -> None:
    async def fail() -> None:
        line = Line(PURPOSES[1], 1)
        for _ in range(3 * PURPOSES[1].waiting_max):
            with pytest.raises(ZeroDivisionError):
                await line.run(lambda: 1 // 0)

    asyncio.run(fail())


@pytest.mark.parametrize("threads", [2, 5, 16, 128, 256])
def test_every_purpose_has_a_thread_and_all_together_have_not_more_than_asked_for(threads: int) -> None:
    shares = [threads_of(purpose, threads) for purpose in PURPOSES]
    assert min(shares) >= 1
    assert sum(shares) <= max(threads, len(PURPOSES))
