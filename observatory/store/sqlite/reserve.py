"""Hold room on the disk that is given up when the disk is full: deleting writes before it frees anything."""

import os
from contextlib import suppress
from pathlib import Path

RESERVE_FILE = "reserve"
RESERVE_BYTES = 8 << 20
"""Enough for a run of retention with RESERVED_ROWS_MAX rows and its write-ahead log."""
RESERVED_ROWS_MAX = 500
"""What retention may delete at once while it lives on the reserve."""
ROOM_BYTES_MIN = 4 << 20
"""With less than this the disk counts as full; so much is left to others when the reserve is taken."""


REGISTER_RESERVE_FILE, REGISTER_RESERVE_BYTES = "reserve-register", 1 << 20
"""For the register, so that people can sign in and sign on a disk that somebody filled."""
REGISTER_ROOM_BYTES_MIN = 1 << 18
"""What a write of the register may need, with its journal; with less than this its reserve is given up."""
TELEMETRY_LEAVES_BYTES = 2 << 20
"""With less than this, telemetry is not taken: the rest, and what the register's reserve gives back, is left to the register."""


class Reserve:
    """A file of so many bytes that stands for room, given up with less than `least` left. Used by one thread at a time."""

    def __init__(self, folder: Path, name: str = RESERVE_FILE, size: int = RESERVE_BYTES, least: int = ROOM_BYTES_MIN) -> None:
        self._file = folder / name
        self._size = size
        self._least = least

    def take(self) -> None:
        """Set the room aside unless it is, or unless too little would be left. Where nothing can be written, nothing is."""
        if self._is_set_aside() or room_bytes(self._file.parent) < self._size + ROOM_BYTES_MIN:
            return
        with suppress(OSError):
            descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, self._size)
            except OSError:
                self._file.unlink(missing_ok=True)
            finally:
                os.close(descriptor)

    def give_up(self) -> bool:
        """Give the room back to the disk if that is full; return whether it helped."""
        if room_bytes(self._file.parent) >= self._least or not self._is_set_aside():
            return False
        with suppress(OSError):
            self._file.unlink(missing_ok=True)
            return True
        return False

    def _is_set_aside(self) -> bool:
        """Tell whether the file is there, and whole: a crash may have come in between."""
        try:
            return self._file.stat().st_size >= self._size
        except FileNotFoundError:
            return False


def room_bytes(folder: Path) -> int:
    """Return how much may still be written on the disk of a folder."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
