"""Count failed attempts by address, and say whether an address has to wait; memory is bounded."""

import threading
from collections import OrderedDict

from observatory.access.networks import network_of

ATTEMPTS_MAX = 30
"""Failures an address may have within the window."""
WINDOW_SECONDS = 60.0
ADDRESSES_MAX = 4096
"""Addresses remembered at once; the one that failed longest ago is forgotten first."""
IPV4_PREFIX, IPV6_PREFIX = 32, 64
"""One customer has a whole /64 to choose addresses from: it counts as one."""


class FailedAttempts:
    """Counts failures per address in windows of fixed length. Any number of threads at once."""

    def __init__(self) -> None:
        self._windows: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, address: str, at_seconds: float) -> bool:
        """Count a failure; `at_seconds` is of any clock that only runs forward. Return whether this one makes the address wait."""
        place = _place(address)
        with self._lock:
            begun, count = self._windows.pop(place, (at_seconds, 0))
            self._windows[place] = (at_seconds, 1) if at_seconds - begun >= WINDOW_SECONDS else (begun, count + 1)
            while len(self._windows) > ADDRESSES_MAX:
                self._windows.popitem(last=False)
            return self._windows[place][1] == ATTEMPTS_MAX

    def wait_seconds(self, address: str, at_seconds: float) -> int:
        """Return how long an address has to wait before its next attempt is looked at; 0: not at all."""
        begun, count = self._windows.get(_place(address), (at_seconds, 0))
        left = begun + WINDOW_SECONDS - at_seconds
        return max(1, round(left)) if count >= ATTEMPTS_MAX and left > 0 else 0


def _place(address: str) -> str:
    return network_of(address, IPV4_PREFIX, IPV6_PREFIX)
