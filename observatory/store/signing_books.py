"""Promise what the register keeps of the keys the observatory signs with."""

from datetime import datetime
from typing import Protocol

from observatory.model.signing_key import SigningKey


class KeyBook(Protocol):
    """The generations of its keys."""

    def add(self, key: SigningKey) -> None:
        """Keep a new generation. Raises Conflict if there is one of that number."""

    def keys(self) -> list[SigningKey]:
        """Return all generations, newest first."""

    def retire(self, generation: int, at: datetime) -> None:
        """Let a generation sign nothing from a moment on; one retired earlier stays so."""

    def seal_again(self, generation: int, before: str, after: str) -> bool:
        """Write the same secret down in another way; False if it is not written as `before` any more."""
