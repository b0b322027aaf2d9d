"""Store batches of many threads in one transaction: the one thread that writes telemetry (group commit).

An answer means stored: `submit` returns only after the transaction that holds its batch has been committed.
"""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

import structlog

from observatory.errors import Overloaded, phrase
from observatory.model.sender_note import SenderNote
from observatory.store.group_commit.commit_queue import TRY_LATER, CommitCounts, CommitQueue
from observatory.store.group_commit.flushing import FLUSH_SECONDS_ALONE, Flushing
from observatory.store.group_commit.sender_notes import SenderNotes
from observatory.store.group_commit.waiting import CountdownLatch, Waiting
from observatory.store.lost import StoreLost
from observatory.store.telemetry import Batch, TelemetryStore

T = TypeVar("T")

TROUBLE_SECONDS = 90.0
"""How long a refusal is spoken of when nothing more comes: a heartbeat a minute tries it anew."""

log = structlog.get_logger(__name__)


def _about_to_restart() -> Overloaded:
    return Overloaded(phrase("cannot store telemetry: the disk failed and the observatory restarts"), TRY_LATER)


class Committer:
    """A `TelemetryWriter`: gathers what waits for `window_ms`, stores it in one transaction, then lets the waiters go.

    `open_store` is called on the committer's own thread, which is the only one that ever touches the store.
    `on_lost` is called there too, after every waiter has its answer, when the store can no longer be trusted: it
    has to end the process (never a second try on that handle).
    """

    def __init__(
        self, open_store: Callable[[], TelemetryStore], *, window_ms: int, queue_bytes_max: int, on_lost: Callable[[], None]
    ) -> None:
        self._open_store = open_store
        self._on_lost = on_lost
        self._thread = threading.Thread(target=self._live, name="committer", daemon=True)
        self._flushing = Flushing()
        self._trouble = ""
        self._troubled_at = 0.0
        self._notes = SenderNotes()
        self._opened = threading.Event()
        self._open_error: Exception | None = None
        self.counts = CommitCounts()
        self._queue = CommitQueue(queue_bytes_max, window_ms / 1000, self.counts)

    def start(self) -> None:
        """Open the store and begin to accept; raises what opening the store raised."""
        self._thread.start()
        self._opened.wait()
        if self._open_error is not None:
            raise self._open_error

    def stop(self, timeout: float) -> bool:
        """Accept nothing more, store what waits, close the store; False if that took longer than `timeout` seconds."""
        self._queue.stop_accepting()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def ready(self) -> bool:
        """Whether batches are accepted."""
        return self._queue.accepting

    @property
    def trouble(self) -> str:
        """Why the store could not take what it was given last; empty if it could, or if that was long ago."""
        return self._trouble if time.monotonic() - self._troubled_at < TROUBLE_SECONDS else ""

    @property
    def queue_bytes(self) -> int:
        """What the batches weigh that have no answer yet."""
        return self._queue.waiting_bytes

    def submit(self, batch: Batch) -> bool:
        """Wait until a batch is durable; True for stored, False for a duplicate. Raises Overloaded, then nothing was stored.

        A single batch heavier than the whole queue is let in when nothing else waits, so that it can succeed at all.
        """
        (stored,) = self.submit_all([batch])
        if isinstance(stored, Exception):
            raise stored
        return stored

    def submit_all(self, batches: Sequence[Batch]) -> list[bool | Exception]:
        """Do the same for several, each stored or not by itself; return what `submit` would have returned or raised for each."""
        return [waiting.outcome for waiting in self._queue.hand_in(batches)]

    def write(self, work: Callable[[TelemetryStore], T]) -> T:
        """Run a write on the committer's thread, between two group commits; return its result or raise its error."""
        results: list[T] = []
        waiting = Waiting(CountdownLatch(1), work=lambda store: results.append(work(store)))
        self._queue.hand_in_work(waiting)
        if waiting.error is not None:
            raise waiting.error
        return results[0]

    def note(self, notes: Sequence[SenderNote]) -> None:
        """Remember who sent, until `keep_notes`."""
        self._notes.add(notes)

    def keep_notes(self) -> None:
        """Store what was noted. Raises Overloaded, then it goes on waiting."""
        if notes := self._notes.take():
            try:
                self.write(lambda store: store.keep_notes(notes))
            except Overloaded:
                self._notes.add(notes)
                raise

    def flush(self) -> None:
        """Let readers see everything that is durable by now. Raises Overloaded."""
        self.write(lambda store: store.flush())

    def _live(self) -> None:
        """The thread: open, commit group after group, close. However it ends, nobody is left waiting."""
        try:
            store = self._open_store()
        except Exception as error:  # noqa: BLE001  # raised again by `start`, on the thread that asked
            self._open_error = error
            self._opened.set()
            return
        self._queue.accepting = True
        self._opened.set()
        try:
            while self._step(store):
                pass
            self._flushing.flush(store)
            self._keep_last_notes(store)
            store.close()
        except StoreLost as error:
            log.critical("committer ends, nothing more is stored", reason=str(error))
            self._queue.abandon(_about_to_restart())
            self._on_lost()
        except Exception:
            log.exception("committer ends, nothing more is stored")
            self._queue.abandon(_about_to_restart())
            self._on_lost()

    def _keep_last_notes(self, store: TelemetryStore) -> None:
        """Store what was noted since the last time; a store that cannot just now goes without."""
        if notes := self._notes.take():
            with suppress(Overloaded):
                store.keep_notes(notes)

    def _step(self, store: TelemetryStore) -> bool:
        """Serve one group of batches and the writes that wait; False once there is nothing left and nothing more may come."""
        batches, works = self._queue.take(self._flushing.due_in_s)
        try:
            refusal = self._commit(store, batches) or self._flushing.flush_if_due(store)
            for waiting in works:
                refusal = self._do(store, waiting, refusal)
        except Exception:
            self._queue.release([waiting for waiting in (*batches, *works) if not waiting.done], _about_to_restart())
            raise
        if refusal is not None:
            self._queue.turn_away_latecomers(refusal)
        if refusal is not None or batches:
            self._note_trouble(refusal)
        return bool(batches or works) or self._queue.accepting

    def _commit(self, store: TelemetryStore, group: list[Waiting]) -> Overloaded | None:
        """Store a group in one transaction and release its waiters; return why the store could not just now.

        A batch that breaks the store's code fails alone.
        """
        if not group:
            return None
        try:
            stored = store.add([waiting.batch for waiting in group if waiting.batch is not None])
        except Overloaded as error:
            self.counts.overloaded += len(group)
            self._note_trouble(error)
            self._queue.release(group, error)
            return error
        except StoreLost:
            raise
        except Exception as error:  # noqa: BLE001  # our bug, of one batch: raised again by its `submit`
            return self._commit_one_by_one(store, group, error)
        else:
            self.counts.commits += 1
            self._flushing.note_stored()
            self.counts.stored += sum(stored)
            self.counts.duplicates += len(stored) - sum(stored)
            for waiting, fresh in zip(group, stored, strict=True):
                waiting.stored = fresh
            refusal = self._flushing.flush_if_due(store, FLUSH_SECONDS_ALONE) if len(group) == 1 else None
            self._queue.release(group, None)
            return refusal

    def _commit_one_by_one(self, store: TelemetryStore, group: list[Waiting], error: Exception) -> Overloaded | None:
        """Find the batch that broke a group: it alone fails, its neighbours are stored."""
        if len(group) == 1:
            self.counts.failed += 1
            self._queue.release(group, error)
            return None
        log.warning("group commit failed, trying its batches one by one", batches=len(group), error=repr(error))
        refusal: Overloaded | None = None
        for waiting in group:
            if refusal is None:
                refusal = self._commit(store, [waiting])
            else:
                self._queue.release([waiting], refusal)
        return refusal

    def _note_trouble(self, refusal: Overloaded | None) -> None:
        """Write down when the store begins to refuse what it is given and when that ends, and not each time between."""
        trouble = refusal.message if refusal is not None else ""
        self._troubled_at = time.monotonic()
        if trouble and trouble != self._trouble:
            log.error("telemetry is turned away", reason=trouble)
        if self._trouble and not trouble:
            log.info("telemetry is stored again", turned_away=self.counts.overloaded)
        self._trouble = trouble

    def _do(self, store: TelemetryStore, waiting: Waiting, refusal: Overloaded | None) -> Overloaded | None:
        """Run one piece of work unless the store has just refused another; return why it could not just now.

        Its error is its caller's, unless the store is lost.
        """
        assert waiting.work is not None
        if refusal is not None:
            waiting.fail(refusal)
            return refusal
        try:
            waiting.work(store)
        except StoreLost:
            raise
        except Overloaded as error:
            waiting.fail(error)
            return error
        except Exception as error:  # noqa: BLE001  # raised again by `write`, on the thread that asked
            waiting.fail(error)
        else:
            waiting.let_go()
        return None
