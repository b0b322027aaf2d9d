"""Keep what waits for the committer: batches within a number of bytes, and writes of background steps within a number."""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from observatory.errors import Overloaded, phrase
from observatory.store.group_commit.waiting import CountdownLatch, Waiting
from observatory.store.telemetry import Batch

WORKS_MAX = 256
"""Writes of background steps and commands that may wait at once; over it, Overloaded."""
TRY_LATER = phrase("send the same request again in a moment")


def _not_accepting() -> Overloaded:
    return Overloaded(phrase("cannot take telemetry: the observatory is starting or shutting down"), TRY_LATER)


@dataclass(slots=True)
class CommitCounts:
    """What the committer has done since it started; only ever grows."""

    commits: int = 0
    stored: int = 0
    duplicates: int = 0
    overloaded: int = 0
    """Batches turned away by a full queue or by a store that could not take them."""
    failed: int = 0
    """Batches that hit a bug of ours."""


class CommitQueue:
    """Where threads hand in and one thread takes; whoever was taken has to be released."""

    def __init__(self, bytes_max: int, window_s: float, counts: CommitCounts) -> None:
        self._bytes_max = bytes_max
        self._window_s = window_s
        self._counts = counts
        self._changed = threading.Condition()
        self.batches: list[Waiting] = []
        self.works: deque[Waiting] = deque()
        self.waiting_bytes = 0
        """What the batches weigh that have no answer yet."""
        self.accepting = False

    def stop_accepting(self) -> None:
        """Turn away whoever comes from now on; what waits is still served."""
        with self._changed:
            self.accepting = False
            self._changed.notify()

    def hand_in(self, batches: Sequence[Batch]) -> list[Waiting]:
        """Let batches wait, and return once each has its answer, or was refused."""
        latch = CountdownLatch(len(batches))
        everyone = [Waiting(latch, batch) for batch in batches]
        with self._changed:
            idle = not self.batches
            for waiting, batch in zip(everyone, batches, strict=True):
                refusal = self._refusal(batch)
                if refusal is None:
                    self.waiting_bytes += batch.size_bytes
                    self.batches.append(waiting)
                else:
                    waiting.fail(refusal)
            if idle and self.batches:
                self._changed.notify()
        latch.wait()
        return everyone

    def hand_in_work(self, waiting: Waiting) -> None:
        """Let a piece of work wait, and return once it is done. Raises Overloaded."""
        with self._changed:
            if not self.accepting:
                raise _not_accepting()
            if len(self.works) >= WORKS_MAX:
                raise Overloaded(phrase("cannot write telemetry: too many writes wait"), TRY_LATER)
            self.works.append(waiting)
            self._changed.notify()
        waiting.latch.wait()

    def _refusal(self, batch: Batch) -> Overloaded | None:
        """Return why a batch cannot be taken just now."""
        if not self.accepting:
            return _not_accepting()
        if self.waiting_bytes and self.waiting_bytes + batch.size_bytes > self._bytes_max:
            self._counts.overloaded += 1
            return Overloaded(phrase("cannot take telemetry: too much waits to be stored"), TRY_LATER)
        return None

    def take(self, timeout_s: float | None) -> tuple[list[Waiting], list[Waiting]]:
        """Wait for something to do, then for the commit window, and take all of it; nothing if `timeout_s` is over before."""
        with self._changed:
            self._changed.wait_for(lambda: self.batches or self.works or not self.accepting, timeout_s)
            if self.batches and self.accepting and self._window_s:
                self._changed.wait_for(lambda: not self.accepting, self._window_s)
            return self._take_all()

    def turn_away_latecomers(self, refusal: Overloaded) -> None:
        """Release whoever came while the store was waited for in vain: nobody waits for the same lock twice."""
        with self._changed:
            batches, works = self._take_all()
        self._counts.overloaded += len(batches)
        self.release([*batches, *works], refusal)

    def abandon(self, error: Overloaded) -> None:
        """Turn everybody away who still waits, and everybody to come."""
        with self._changed:
            self.accepting = False
            batches, works = self._take_all()
        self.release([*batches, *works], error)

    def _take_all(self) -> tuple[list[Waiting], list[Waiting]]:
        batches, self.batches = self.batches, []
        works = list(self.works)
        self.works.clear()
        return batches, works

    def release(self, group: Sequence[Waiting], error: Exception | None) -> None:
        """Give everyone of a group their answer: what is noted in each, or an error."""
        with self._changed:
            self.waiting_bytes -= sum(waiting.batch.size_bytes for waiting in group if waiting.batch is not None)
        for waiting in group:
            if error is None:
                waiting.let_go()
            else:
                waiting.fail(error)
