"""Run a place of checks of its own: check what the server says, write down what was seen, and send that until it is stored."""

import asyncio
import secrets
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from queue import SimpleQueue

import requests
import structlog
import uvloop

from observatory.errors import BadInput, BadTelemetry, Conflict, ObservatoryError, Overloaded
from observatory.prober.agent.report import lines_of
from observatory.prober.agent.server import AgentServer, require_private
from observatory.prober.agent.spool import Spool
from observatory.prober.canaries import Canaries
from observatory.prober.checking import checker_of
from observatory.prober.finished import Finished, Unchecked
from observatory.prober.prober import Prober
from observatory.prober.wanted import Wanted, read_wanted
from observatory.settings import Settings

SLICE_S = 0.25
"""How long checks go on between two looks whether to stop."""
LOOK_S = 60.0
"""How often the server is asked what is to be checked."""
REST_S = 0.5
"""How often it is looked for something to send."""
BACKOFF_S_MAX = 60.0

log = structlog.get_logger(__name__)


class Link:
    """Speaks with the server, on a thread of its own: takes what to check, sends what was seen."""

    def __init__(self, server: AgentServer, spool: Spool, vantage: str, stop: threading.Event) -> None:
        self._server, self._spool, self._vantage, self._stop = server, spool, vantage, stop
        self.news: SimpleQueue[Wanted] = SimpleQueue()
        """What is to be checked, the newest last."""
        self.failure: BaseException | None = None
        """What ended `run`, which has to end the process."""
        self._look_at = 0.0
        self._trouble = ""
        self._trouble_count = 0
        self._refusals: frozenset[str] = frozenset()

    def run(self) -> None:
        """Begin, and go on until told to stop; what ends it before is its `failure`."""
        try:
            self._begin()
            while not self._stop.wait(self.step()):
                pass
        except BaseException as error:  # noqa: BLE001  # raised again by whoever waits for it
            self.failure = error
        finally:
            self._stop.set()

    def step(self) -> float:
        """Do what there is to do; return after how many seconds to look again."""
        try:
            if time.monotonic() >= self._look_at:
                self._look()
            while not self._stop.is_set() and self._send_one():
                pass
        except ObservatoryError as error:
            return self._note(error)
        if self._trouble:
            log.info("the server answers again")
            self._trouble, self._trouble_count = "", 0
        return REST_S

    def _begin(self) -> None:
        """Ask for the first time; without an answer go on with what was to be checked last. Raises NotAllowed, Conflict, BadInput."""
        try:
            self._look()
        except Overloaded as error:
            rest_s = self._note(error)
            with suppress(BadInput):  # What another version wrote is not worth more than nothing.
                if remembered := self._spool.remembered():
                    self.news.put(read_wanted(remembered))
            self._stop.wait(rest_s)

    def _look(self) -> None:
        document = self._server.wanted()
        self._look_at = time.monotonic() + LOOK_S
        if document is None:
            return
        wanted = read_wanted(document)
        if self._vantage not in ("", wanted.vantage):
            raise Conflict(f"cannot check as {self._vantage!r}: the token is of vantage {wanted.vantage!r}", "use the token of this place")
        self._spool.remember(document)
        log.info("menus are checked from here", vantage=wanted.vantage, menus=len(wanted.menus))
        self.news.put(wanted)

    def _send_one(self) -> bool:
        """Send what waits the longest; False if nothing does."""
        batch = self._spool.oldest()
        if batch is None:
            return False
        try:
            taken = self._server.send(batch)
        except BadTelemetry as error:
            log.error("checks are given up: the server cannot take them", reason=error.message, bytes=len(batch.body))  # noqa: TRY400
        else:
            self._tell({**taken.rejected, **taken.refused, **({"clock runs ahead": taken.clamped} if taken.clamped else {})})
        self._spool.remove(batch)
        return True

    def _tell(self, counts: dict[str, int]) -> None:
        if counts.keys() - self._refusals:
            log.warning("the server does not take some checks as they are", **{reason.replace(" ", "_"): n for reason, n in counts.items()})
        self._refusals = frozenset(counts)

    def _note(self, error: ObservatoryError) -> float:
        """Say what is wrong, once, and return how long to wait."""
        if self._trouble != error.message:
            log.warning("checks wait to be sent", reason=error.message)
        self._trouble, self._trouble_count = error.message, self._trouble_count + 1
        backoff_s = min(BACKOFF_S_MAX, 2.0 ** min(self._trouble_count - 1, 10)) * (0.75 + secrets.randbelow(512) / 1024)
        return max(backoff_s, float(error.retry_after_seconds) if isinstance(error, Overloaded) else 0.0)


class Keeper:
    """Writes down what was seen. One thread at a time."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._unchecked = Unchecked()

    def keep(self, finished: Sequence[Finished]) -> None:
        """Write down every attempt. Raises Overloaded, then none was."""
        self._unchecked.tell(finished)
        if lines := lines_of(finished):
            self._spool.keep(lines)


def run_agent(settings: Settings, url: str, token: str, vantage: str, spool: Spool, stop: threading.Event) -> None:
    """Check and send until told to stop. Raises NotAllowed, Conflict or BadInput where it begins with what cannot work."""
    require_private(url)
    link = Link(AgentServer(url, token, requests.Session()), spool, vantage, stop)
    threading.Thread(target=link.run, name="server", daemon=True).start()  # It may be in the middle of a body at the end: that is kept.
    _check_until(stop, settings, link, spool)
    if link.failure is not None:
        raise link.failure


def _check_until(stop: threading.Event, settings: Settings, link: Link, spool: Spool) -> None:
    checker = checker_of(settings)
    prober = Prober(checker, Canaries(settings.canary_urls, checker, time.monotonic), Keeper(spool).keep, time.monotonic)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        while not stop.is_set():
            while not link.news.empty():
                prober.take_up({probed.menu_index: probed for probed in link.news.get().menus})
            runner.run(prober.advance(SLICE_S))
