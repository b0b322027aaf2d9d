"""Ask services which release they run, and note in the log when that changed."""

import asyncio
import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

import structlog
import uvloop

from observatory.flows.release_history import KnownHistory
from observatory.flows.releases import observe_release
from observatory.model.catalogue import Service
from observatory.model.release import ReleaseObserved
from observatory.parts import Parts
from observatory.signoff.state import running_release

if TYPE_CHECKING:
    from observatory.prober.checking import Checker

ASKED_EVERY_S = 60.0
UNSETTLED_TOLD_AFTER = 3
"""Answers in a row, each another than the one before, until that is told: one deployment is one or two of them."""
ASKED_AT_ONCE_MAX = 16
"""Services asked side by side; each answers within seconds or not at all."""
SLICE_S = 0.25
"""How long one step goes on: SIGTERM waits no longer for it, and what is under way is given up then."""

log = structlog.get_logger(__name__)


class PollReleases:
    """A step that remembers when it asked each service, and what that answered: only what is said twice in a row is believed."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._runner: asyncio.Runner | None = None
        self._asker: Checker | None = None
        self._under_way: dict[asyncio.Task[ReleaseObserved | str], Service] = {}
        self._asked_at: dict[str, float] = {}
        self._said: dict[str, ReleaseObserved | str] = {}
        self._noted: dict[str, ReleaseObserved] = {}
        self._unsettled: dict[str, int] = {}

    def __call__(self, parts: Parts) -> bool:
        """Ask services that are due, and go on for a moment with those that are being asked; True while any is."""
        self._begin_due(parts)
        if self._runner is None or not self._under_way:
            return False
        self._runner.run(_wait(self._under_way))
        for task in [task for task in self._under_way if task.done()]:
            self._take(self._under_way.pop(task), task.result(), parts)
        return bool(self._under_way)

    def close(self) -> None:
        """Give up what is under way."""
        if self._runner is not None:
            self._runner.close()

    def _begin_due(self, parts: Parts) -> None:
        now = self._seconds()
        polled = [service for service in parts.register.recent_catalogue().services if service.release_url and not service.removed]
        due = [service for service in polled if now - self._asked_at.get(service.id, -ASKED_EVERY_S) >= ASKED_EVERY_S]
        due.sort(key=lambda service: self._asked_at.get(service.id, -ASKED_EVERY_S))
        for service in due[: ASKED_AT_ONCE_MAX - len(self._under_way)]:
            self._asked_at[service.id] = now
            self._under_way[self._ask(service, parts)] = service

    def _ask(self, service: Service, parts: Parts) -> "asyncio.Task[ReleaseObserved | str]":
        # What speaks DNS and HTTP takes half a second, and many an observatory asks nobody.
        from observatory.prober.release_answer import ask_release, asker_of  # noqa: PLC0415

        if self._runner is None or self._asker is None:
            self._runner, self._asker = asyncio.Runner(loop_factory=uvloop.new_event_loop), asker_of(parts.settings)
        return self._runner.get_loop().create_task(ask_release(self._asker, service.id, service.release_url))

    def _take(self, service: Service, said: ReleaseObserved | str, parts: Parts) -> None:
        """Believe what was said twice, and note it if it is another than before."""
        before, self._said[service.id] = self._said.get(service.id), said
        self._unsettled[service.id] = 0 if before in (None, said) else self._unsettled.get(service.id, 0) + 1
        if self._unsettled[service.id] == UNSETTLED_TOLD_AFTER:
            log.warning("service says another release each time", service=service.id)
        if isinstance(said, str):
            if said != before:
                log.warning("release of a service cannot be told", service=service.id, reason=said)
        elif said == before and said != self._noted.get(service.id):
            running = running_release(service.id, parts.get(KnownHistory).look())
            if (running is None or running.told != said) and observe_release(parts.register, said, parts.now()):
                log.info("service runs another release", service=service.id, version=said.version, digest=said.digest)
            self._noted[service.id] = said


async def _wait(under_way: Collection["asyncio.Task[ReleaseObserved | str]"]) -> None:
    await asyncio.wait(under_way, timeout=SLICE_S, return_when=asyncio.FIRST_COMPLETED)
