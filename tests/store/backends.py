"""Every backend there is, by name. No backend is a fake."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from observatory.store.opening import open_reader, open_register, open_telemetry
from observatory.store.register import RegisterStore
from observatory.store.telemetry import TelemetryReader, TelemetryStore


@dataclass(frozen=True, slots=True)
class Backend:
    """How it opens what it keeps in a prepared folder."""

    telemetry: Callable[[Path], TelemetryStore]
    reader: Callable[[Path], TelemetryReader]
    register: Callable[[Path], RegisterStore]


BACKENDS = {"sqlite": Backend(open_telemetry, open_reader, open_register)}
