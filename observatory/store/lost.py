"""Name what ends a process: a store that can no longer be trusted."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


class StoreLost(Exception):
    """The store failed to make data durable; the process ends and starts again from what is on disk."""
