"""Let readers who ask for something dear in a few at a time; those for whom it would take too long are turned away."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from observatory.errors import Overloaded, phrase

RETRY_AFTER_SECONDS = 5


class FewAtOnce:
    """So many at once, so many who wait, none for longer than so many seconds. Any number of threads."""

    def __init__(self, at_once: int, *, waiting_max: int, wait_seconds_max: float) -> None:
        self._places = threading.BoundedSemaphore(at_once)
        self._waiting = threading.BoundedSemaphore(waiting_max)
        self._wait_seconds_max = wait_seconds_max

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a place and keep it until the block ends. Raises Overloaded."""
        if not (self._places.acquire(blocking=False) or self._waited()):
            raise Overloaded(
                phrase("cannot answer now: too many ask for what has to be worked out anew"),
                phrase("ask again in a moment, or for a named window: those are kept ready"),
                RETRY_AFTER_SECONDS,
            )
        try:
            yield
        finally:
            self._places.release()

    def _waited(self) -> bool:
        """Wait for a place if there is room to wait in; return whether one was taken."""
        if not self._waiting.acquire(blocking=False):
            return False
        try:
            return self._places.acquire(timeout=self._wait_seconds_max)
        finally:
            self._waiting.release()


def known_pages() -> FewAtOnce:
    """Return the limit of what there is a bounded number of: whoever asks is let in sooner or later."""
    return FewAtOnce(3, waiting_max=256, wait_seconds_max=30.0)


class SearchLimit(FewAtOnce):
    """The limit of what anybody can think up any number of: nobody waits long, so that others find a thread."""

    def __init__(self) -> None:
        super().__init__(2, waiting_max=8, wait_seconds_max=2.0)
