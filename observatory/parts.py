"""Hold together what one application is made of: views and background steps ask for a part by its type, and use nothing else."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar, cast

from observatory import clock
from observatory.settings import Settings
from observatory.store.opening import FolderKeys
from observatory.store.register import RegisterStore
from observatory.store.telemetry import TelemetryReader
from observatory.store.telemetry_writer import TelemetryWriter

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Parts:
    """What every application has, and by their types the objects that one room or another adds."""

    settings: Settings
    register: RegisterStore
    telemetry: TelemetryReader
    writer: TelemetryWriter
    keys: FolderKeys
    now: Callable[[], datetime] = clock.now
    """What time it is: views and steps ask once and hand the answer down."""
    _added: dict[type, object] = field(default_factory=dict)

    def add(self, part: T, kind: type[T] | None = None) -> T:
        """Keep a part, to be asked for by its type or by `kind`, a type it stands in for; return it."""
        self._added[kind or type(part)] = part
        return part

    def has(self, kind: type) -> bool:
        """Return whether a part of a type was added."""
        return kind in self._added

    def get(self, kind: type[T]) -> T:
        """Return the part of a type. Raises LookupError if no room added one, which is a mistake in how the application is put together."""
        try:
            return cast(T, self._added[kind])
        except KeyError:
            raise LookupError(f"this application has no {kind.__name__}") from None
