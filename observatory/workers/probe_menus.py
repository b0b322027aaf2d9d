"""Check the menus whose catalogue names an address to check, as often as it says."""

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog
import uvloop

from observatory.errors import Overloaded
from observatory.model.catalogue import Catalogue
from observatory.parts import Parts
from observatory.prober.schedule import probed_menus

if TYPE_CHECKING:
    from observatory.prober.prober import Prober

SLICE_S = 0.25
"""How long one step goes on: SIGTERM waits no longer for it, and checks under way are given up then."""

log = structlog.get_logger(__name__)


class ProbeMenus:
    """A step that owns an event loop, the checks under way in it, and what it last read of the catalogue."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._runner: asyncio.Runner | None = None
        self._prober: Prober | None = None
        self._known: Catalogue | None = None
        self._has_menus = False

    def __call__(self, parts: Parts) -> bool:
        """Go on with the checks for a moment; False if there is none to make."""
        self._take_up(parts)
        if self._prober is None or self._runner is None or not (self._has_menus or not self._prober.is_idle):
            return False
        self._runner.run(self._prober.advance(SLICE_S))
        return True

    def close(self) -> None:
        """Give up what is under way."""
        if self._runner is not None:
            self._runner.close()

    def _take_up(self, parts: Parts) -> None:
        """Look whether the catalogue has changed. What is made at the first menu to check takes 20 ms and a file or two."""
        try:
            catalogue = parts.register.recent_catalogue()
        except Overloaded:  # Checks under way do not wait for the register: they would seem slow.
            return
        if catalogue is self._known:
            return
        menus = probed_menus(catalogue)
        if menus and self._prober is None:
            self._begin(parts)
        if self._prober is not None:
            self._prober.take_up(menus)
        self._known, self._has_menus = catalogue, bool(menus)

    def _begin(self, parts: Parts) -> None:
        # What speaks DNS and HTTP takes half a second and 5 MiB, and many an observatory checks nothing.
        from observatory.prober.canaries import Canaries  # noqa: PLC0415
        from observatory.prober.checking import checker_of  # noqa: PLC0415
        from observatory.prober.prober import Prober  # noqa: PLC0415
        from observatory.prober.vantage import Vantage  # noqa: PLC0415

        settings = parts.settings
        checker = checker_of(settings)
        self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        canaries = Canaries(settings.canary_urls, checker, self._seconds)
        self._prober = Prober(checker, canaries, Vantage(parts, settings.vantage).keep, self._seconds)
        log.info("menus are checked from here", vantage=settings.vantage, canaries=len(settings.canary_urls))
        if settings.probe_networks_allowed:
            log.warning(
                "checks may go to networks that are not public", networks=[str(network) for network in settings.probe_networks_allowed]
            )
