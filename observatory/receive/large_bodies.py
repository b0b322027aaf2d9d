"""Lend the few places there are for large bodies, to threads and to the event loop alike."""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager

from observatory.errors import Overloaded

LARGE_BYTES = 1 << 20
"""Content beyond which a body is large."""
LARGE_AT_ONCE_MAX = 2
"""Of large bodies, so that many bombs together cost little more than one. No sender is waited for meanwhile."""
LARGE_WAIT_SECONDS_MAX = 5.0


class Places:
    """A number of places, given in the order in which they were asked for. Any number of threads and one event loop."""

    def __init__(self, count: int = LARGE_AT_ONCE_MAX, wait_seconds_max: float = LARGE_WAIT_SECONDS_MAX) -> None:
        self._free = count
        self._wait_seconds_max = wait_seconds_max
        self._waiting: deque[Future[None]] = deque()
        self._lock = threading.Lock()

    @contextmanager
    def lend(self) -> Iterator[None]:
        """Wait on this thread for a place, and lend it. Raises Overloaded if none gets free in time."""
        place = self._ask()
        try:
            place.result(self._wait_seconds_max)
        except TimeoutError:
            if place.cancel():
                raise _too_many() from None
        try:
            yield
        finally:
            self._give_back()

    @asynccontextmanager
    async def lend_to_loop(self) -> AsyncIterator[None]:
        """Do the same without holding up the event loop."""
        place = self._ask()
        try:
            await asyncio.wait_for(asyncio.wrap_future(place), self._wait_seconds_max)
        except TimeoutError:
            if place.cancelled():
                raise _too_many() from None
        except asyncio.CancelledError:
            if not place.cancelled():  # It was given just then, and nobody would ever give it back.
                self._give_back()
            raise
        try:
            yield
        finally:
            self._give_back()

    def _ask(self) -> Future[None]:
        """Return what is done as soon as a place is given."""
        place: Future[None] = Future()
        with self._lock:
            if self._free == 0:
                self._waiting.append(place)
                return place
            self._free -= 1
        place.set_result(None)
        return place

    def _give_back(self) -> None:
        """Give a place to whoever waited longest, and still does."""
        with self._lock:
            while self._waiting:
                place = self._waiting.popleft()
                if place.set_running_or_notify_cancel():
                    place.set_result(None)
                    return
            self._free += 1


def _too_many() -> Overloaded:
    return Overloaded("cannot take body: too many large ones come at once", "send it again in a moment, or smaller batches")
