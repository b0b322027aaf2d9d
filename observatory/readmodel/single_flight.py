"""Keep a value that is made at most once per version, by one thread while the others wait."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Keeps one value until its version changes. Any number of threads; one makes, the others wait for it."""

    def __init__(self) -> None:
        self._kept: tuple[Hashable, T] | None = None
        self._lock = Lock()

    def get(self, version: Hashable, make: Callable[[], T]) -> T:
        """Return the value of this version. What `make` raises is raised, and the value of before stays."""
        kept = self._kept
        if kept is not None and kept[0] == version:
            return kept[1]
        with self._lock:
            if self._kept is None or self._kept[0] != version:
                self._kept = (version, make())
            return self._kept[1]

    def kept(self) -> T | None:
        """Return the value of the last version there was, None before the first."""
        return self._kept[1] if self._kept is not None else None
