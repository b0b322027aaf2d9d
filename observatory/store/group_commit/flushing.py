"""Decide when what is durable becomes visible to readers: how often a store is flushed."""

import math
import time

import structlog

from observatory.errors import Overloaded
from observatory.store.lost import StoreLost
from observatory.store.telemetry import TelemetryStore

FLUSH_SECONDS = 1.0
"""How long readers may not see what is stored: no more often are minutes that still grow written anew."""
FLUSH_SECONDS_ALONE = 0.1
"""The same where batches come one by one: there what is answered can be seen at once."""

log = structlog.get_logger(__name__)


class Flushing:
    """When to flush a store. One thread: the committer's."""

    def __init__(self) -> None:
        self._all_seen = False
        """At first readers do not see what a process that was killed left behind."""
        self._tried_at_s = -math.inf
        """On the monotonic clock."""

    def note_stored(self) -> None:
        """Something was stored."""
        self._all_seen = False

    @property
    def due_in_s(self) -> float | None:
        """In how many seconds the next is due at the latest; None: when something is stored."""
        return None if self._all_seen else max(0.0, self._tried_at_s + FLUSH_SECONDS - time.monotonic())

    def flush_if_due(self, store: TelemetryStore, seconds: float = FLUSH_SECONDS) -> Overloaded | None:
        """Flush unless that was done so short a time ago; return as `flush` does."""
        due = not self._all_seen and time.monotonic() >= self._tried_at_s + seconds
        return self.flush(store) if due else None

    def flush(self, store: TelemetryStore) -> Overloaded | None:
        """Let readers see what is stored; return why the store could not just now. It is safe, so that may well be tried again.

        Raises StoreLost. A bug of ours costs nobody's telemetry: it is told, and tried again too.
        """
        try:
            store.flush()
        except StoreLost:
            raise
        except Overloaded as error:
            return error
        except Exception:
            log.exception("what is stored cannot be seen yet")
        else:
            self._all_seen = True
        finally:
            self._tried_at_s = time.monotonic()
        return None
