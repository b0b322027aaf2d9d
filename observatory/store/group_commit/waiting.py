"""Let threads wait for the committer, and tell each what became of what it waits for."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from observatory.errors import Overloaded
from observatory.store.telemetry import Batch, TelemetryStore


class CountdownLatch:
    """Where a thread waits until so many things are done, told one by one by whoever serves them: one thread at a time.

    It is a lock that its maker holds: an Event takes seven times as long to make, wait for and set.
    """

    def __init__(self, count: int) -> None:
        self._left = count
        self._lock = threading.Lock()
        if count:
            self._lock.acquire()

    def wait(self) -> None:
        """Wait until all is done."""
        self._lock.acquire()

    def count_down(self) -> None:
        """Tell that one more is done."""
        self._left -= 1
        if not self._left:
            self._lock.release()


@dataclass(slots=True, eq=False)
class Waiting:
    """Something a thread waits for: either a batch or a piece of work."""

    latch: CountdownLatch
    batch: Batch | None = None
    work: Callable[[TelemetryStore], None] | None = None
    stored: bool = False
    error: Exception | None = None
    done: bool = False

    @property
    def outcome(self) -> bool | Exception:
        """Whether it was stored, or what went wrong, once it is done."""
        return self.stored if self.error is None else self.error

    def let_go(self) -> None:
        """Let the waiter go, unless it waits for more; once only."""
        self.done = True
        self.latch.count_down()

    def fail(self, error: Exception) -> None:
        """Let the waiter go with an error; every waiter gets an exception of its own."""
        self.error = error.again() if isinstance(error, Overloaded) else error
        self.let_go()
