"""Promise how everybody but the committer writes telemetry."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from observatory.model.sender_note import SenderNote
from observatory.store.telemetry import Batch, TelemetryStore

T = TypeVar("T")


class TelemetryWriter(Protocol):
    """How everybody but the committer writes telemetry: by asking the one thread that does. Any number of threads at once."""

    @property
    def ready(self) -> bool:
        """Whether writes are accepted just now."""

    @property
    def trouble(self) -> str:
        """Why the store could not take what it was given last, such as a full disk; empty if it could."""

    @property
    def queue_bytes(self) -> int:
        """What the batches weigh that wait for their answer."""

    def submit(self, batch: Batch) -> bool:
        """Wait until a batch is durable; True for stored, False for a duplicate. Raises Overloaded, then nothing was stored.

        Readers see it a moment later.
        """

    def submit_all(self, batches: Sequence[Batch]) -> list[bool | Exception]:
        """Do the same for several, each stored or not by itself; return what `submit` would have returned or raised for each."""

    def flush(self) -> None:
        """Let readers see everything that is durable by now, as `TelemetryStore.flush` does; without it they soon will."""

    def note(self, notes: Sequence[SenderNote]) -> None:
        """Remember who sent, until `keep_notes`; what is noted may be lost with the process, and waits for nothing."""

    def keep_notes(self) -> None:
        """Store what was noted, as `TelemetryStore.keep_notes` does. Raises Overloaded, then it goes on waiting."""

    def write(self, work: Callable[[TelemetryStore], T]) -> T:
        """Run a write on the committer's thread, between two group commits, and return its result."""
