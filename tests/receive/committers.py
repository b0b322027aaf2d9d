"""A running committer on a store that does as it is told, and those who wait for it."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

import numpy as np

from observatory.model.minute import COUNTER_COUNT, MinuteCounters
from observatory.store.group_commit.committer import Committer
from observatory.store.telemetry import Batch, TelemetryStore
from tests.moments import NOW
from tests.store.counted import a_key

WAIT_SECONDS = 10.0


@dataclass
class ScriptedStore:
    """Stores nothing; tells what it was asked and fails when told to. For what no real disk does on demand."""

    fail: Callable[[Sequence[Batch]], None] = lambda _: None
    groups: list[list[Batch]] = field(default_factory=list)
    threads: set[str] = field(default_factory=set)
    closed: bool = False
    fail_flush: Callable[[], None] = lambda: None
    flushed: list[int] = field(default_factory=list)
    """How many groups readers saw after each flush."""

    def flush(self) -> None:
        self.fail_flush()
        self.flushed.append(len(self.groups))

    def add(self, batches: Sequence[Batch]) -> list[bool]:
        self.threads.add(threading.current_thread().name)
        self.fail(batches)
        known = {batch.key for group in self.groups for batch in group}
        self.groups.append(list(batches))
        return [batch.key not in known for batch in batches]

    def close(self) -> None:
        self.threads.add(threading.current_thread().name)
        self.closed = True


def a_batch(key: bytes = b"1", size_bytes: int = 100) -> Batch:
    nothing = np.zeros(0, np.int64)
    counters = MinuteCounters(
        minute=nothing,
        service=nothing.astype(np.int32),
        menu=nothing.astype(np.int32),
        source=nothing.astype(np.int16),
        values=np.zeros((0, COUNTER_COUNT), np.int64),
        bucket_row=nothing.astype(np.int32),
        bucket=nothing.astype(np.int16),
        bucket_count=nothing,
    )
    return Batch(counters=counters, received_at=NOW, key=a_key(key), size_bytes=size_bytes)


@dataclass
class Bench:
    """A running committer on a scripted store, and the senders that wait for it."""

    store: ScriptedStore
    committer: Committer
    senders: ThreadPoolExecutor
    lost: threading.Event

    def send(self, *batches: Batch) -> list[Future[bool]]:
        return [self.senders.submit(self.committer.submit, batch) for batch in batches]

    def wait_until_queued(self, size_bytes: int) -> None:
        wait_until(lambda: self.committer.queue_bytes >= size_bytes)


@contextmanager
def a_bench(store: ScriptedStore, window_ms: int = 0, queue_bytes_max: int = 1 << 20) -> Iterator[Bench]:
    lost = threading.Event()
    committer = Committer(lambda: cast(TelemetryStore, store), window_ms=window_ms, queue_bytes_max=queue_bytes_max, on_lost=lost.set)
    committer.start()
    with ThreadPoolExecutor(64) as senders:
        yield Bench(store, committer, senders, lost)
        assert committer.stop(WAIT_SECONDS)


def outcome(waiting: Future[bool]) -> bool | type[BaseException]:
    error = waiting.exception(WAIT_SECONDS)
    return waiting.result() if error is None else type(error)


def wait_until(condition: Callable[[], bool]) -> None:
    patience = threading.Event()
    for _ in range(1000):
        if condition():
            return
        patience.wait(0.01)
    raise AssertionError("it did not happen in time")
