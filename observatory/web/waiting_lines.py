"""Choose the threads and the waiting line that serve a request by what it is for: no purpose ever waits for another.

A line that is full is said at once, without a thread: what waits longer than anybody would is only in the way.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from observatory.errors import Overloaded, phrase

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Purpose:
    """What some requests are for."""

    name: str
    prefixes: tuple[str, ...]
    """Of their paths."""
    share: float
    """Of the threads that are left when each purpose has one."""
    waiting_max: int
    """Requests that may wait for one of them."""


INTAKE = Purpose("intake", ("/v1/", "/otlp/"), 0.75, 1024)
"""Large bodies, metrics and lines, each until it is stored; and tokens that have to be looked up."""
SINGLE_SIGN_ON = ("/desk/single-sign-on", *(f"/{code}/desk/{path}single-sign-on" for code in ("ko", "en") for path in ("", "enrol/")))
"""What asks a provider, which may be slow: whoever signs in another way waits behind none of it."""
PURPOSES = (
    INTAKE,
    Purpose("life", ("/livez",), 0.0, 32),
    Purpose("readiness", ("/readyz",), 0.0, 32),
    Purpose("metrics", ("/metrics",), 0.02, 16),
    Purpose("single sign-on", SINGLE_SIGN_ON, 0.02, 32),
    Purpose("desk", ("/ko/desk", "/en/desk"), 0.06, 64),
    Purpose("pages", ("/",), 0.12, 512),
)
"""The first that fits is it. Few threads for pages: they compute, and more than there are processors only hinder each other, and intake."""


class Line:
    """The threads of one purpose, and who waits for them. One event loop."""

    def __init__(self, purpose: Purpose, threads: int) -> None:
        self._name = purpose.name
        self._count_max = threads + purpose.waiting_max
        self._count = 0
        self._threads = ThreadPoolExecutor(threads, purpose.name)

    async def run(self, work: Callable[[], T]) -> T:
        """Return the result of something that may take long. Raises Overloaded when too many wait already."""
        if self._count >= self._count_max:
            raise Overloaded(
                phrase("cannot serve this now: too many requests wait (%(line)s)"), phrase("try again in a moment"), line=self._name
            )
        self._count += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._count -= 1


class WaitingLines:
    """A line for each purpose."""

    def __init__(self, threads: int) -> None:
        self._lines = {purpose: Line(purpose, threads_of(purpose, threads)) for purpose in PURPOSES}

    def of(self, path: str) -> Line:
        """Return the line for requests to a path."""
        return next((line for purpose, line in self._lines.items() if path.startswith(purpose.prefixes)), self._lines[PURPOSES[-1]])


def threads_of(purpose: Purpose, threads: int) -> int:
    """Return how many of all threads serve a purpose: one, and its share of the rest."""
    return 1 + int(max(0, threads - len(PURPOSES)) * purpose.share)
