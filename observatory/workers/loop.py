"""Run every background step on a thread of its own until it is told to stop.

A step is crash-only: it may be interrupted anywhere and starts again from what is stored. One that raises is logged,
counted and tried again after a growing pause; one that finds the store busy comes back later; one that finds it lost
ends, as the process is about to. None dies silently, none takes the others with it.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from prometheus_client import CollectorRegistry, Counter

from observatory.errors import Overloaded
from observatory.parts import Parts
from observatory.store.lost import StoreLost

PAUSE_AFTER_ERROR_SECONDS_MIN = 1.0
PAUSE_AFTER_ERROR_SECONDS_MAX = 60.0

Step = Callable[[Parts], bool]
"""Does a bounded piece of work; True when there was something to do, so that more is looked for at once. It owns what it remembers."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A step and how long it rests when there is nothing to do."""

    name: str
    step: Step
    idle_seconds: float


class Loop:
    """The background of one process: a daemon thread per step."""

    def __init__(self, schedules: Sequence[Schedule], parts: Parts, registry: CollectorRegistry) -> None:
        self._parts = parts
        self._stopping = threading.Event()
        self._errors = Counter("observatory_step_errors", "Background steps that raised.", ["step"], registry=registry)
        self._threads = [
            threading.Thread(target=self._repeat, args=(schedule,), name=f"step {schedule.name}", daemon=True) for schedule in schedules
        ]
        for schedule in schedules:
            self._errors.labels(schedule.name)

    def start(self) -> None:
        """Begin; returns at once."""
        for thread in self._threads:
            thread.start()

    def stop(self, timeout_seconds: float) -> bool:
        """Ask every step to end after what it is doing; True if all did within the time."""
        self._stopping.set()
        share = timeout_seconds / max(1, len(self._threads))
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(share)
        return not any(thread.is_alive() for thread in self._threads)

    def _repeat(self, schedule: Schedule) -> None:
        pause = PAUSE_AFTER_ERROR_SECONDS_MIN
        while not self._stopping.is_set():
            try:
                busy = schedule.step(self._parts)
            except Overloaded as error:
                log.warning("step put off", step=schedule.name, reason=error.message, again_in_seconds=error.retry_after_seconds)
                self._stopping.wait(error.retry_after_seconds)
                continue
            except StoreLost as error:
                log.critical("step ends", step=schedule.name, reason=str(error))
                return
            except Exception:
                self._errors.labels(schedule.name).inc()
                log.exception("step failed", step=schedule.name, again_in_seconds=pause)
                self._stopping.wait(pause)
                pause = min(2 * pause, PAUSE_AFTER_ERROR_SECONDS_MAX)
                continue
            pause = PAUSE_AFTER_ERROR_SECONDS_MIN
            if not busy:
                self._stopping.wait(schedule.idle_seconds)
