"""A folder in, room on its disk out that is given up when the disk is full: deleting writes before it frees anything."""

import os
from pathlib import Path

RESERVE_FILE = "reserve"
RESERVE_BYTES = 8 << 20
"""Enough for a run of retention with RESERVED_ROWS_MAX rows and its write-ahead log."""
RESERVED_ROWS_MAX = 500
"""What retention may delete at once while it lives on the reserve."""
ROOM_BYTES_MIN = 4 << 20
"""With less than this the disk counts as full; so much is left to others when the reserve is taken."""


class Reserve:
    """A file of RESERVE_BYTES that stands for room. Used by one thread, the committer's."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / RESERVE_FILE

    def take(self) -> None:
        """Set the room aside unless it is, or unless too little would be left."""
        if self._file.exists() or _room_bytes(self._file.parent) < RESERVE_BYTES + ROOM_BYTES_MIN:
            return
        descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, RESERVE_BYTES)
        except OSError:
            self._file.unlink(missing_ok=True)
        finally:
            os.close(descriptor)

    def give_up(self) -> bool:
        """Give the room back to the disk if that is full; return whether it helped."""
        if not self._file.exists() or _room_bytes(self._file.parent) >= ROOM_BYTES_MIN:
            return False
        self._file.unlink()
        return True


def _room_bytes(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
