"""Let one process own a data folder: by a lock that ends with its process and says where that listens."""

import fcntl
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from observatory.errors import BadSettings

LOCK_FILE = "observatory.lock"
LOCK_WAIT_S = 1.0
"""How long a second instance waits: as long as a question about the owner may hold the lock, and a bit."""
RETRY_S = 0.02
NOTE_BYTES_MAX = 4096


@dataclass(frozen=True, slots=True)
class FolderOwner:
    """The process that writes telemetry in a folder, and where it listens once it does."""

    pid: int
    host: str | None = None
    port: int | None = None


class FolderLock:
    """Ownership of a folder, until `release` or the end of this process and of those it forked.

    As a context it is released at the end.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._pid = os.getpid()
        self._note({"pid": self._pid})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.release()

    def announce(self, host: str, port: int) -> None:
        """Let commands on this host know where we listen; a forked worker may say so for its parent, the owner."""
        self._note({"pid": self._pid, "host": host, "port": port})

    def release(self) -> None:
        """Let another process own the folder."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _note(self, note: dict[str, str | int]) -> None:
        """Write one line; what an earlier, longer note leaves behind it is cut off afterwards and never read."""
        line = json.dumps(note).encode() + b"\n"
        os.pwrite(self._descriptor, line, 0)
        os.ftruncate(self._descriptor, len(line))


def own_folder(path: Path) -> FolderLock:
    """Become the owner of a folder. Raises BadSettings within 2 s if another process is."""
    try:
        descriptor = os.open(path / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise BadSettings(f"cannot lock data folder {path}: {reason}", "check the folder's owner and mode") from None
    deadline = time.monotonic() + LOCK_WAIT_S
    while not _locked(descriptor, fcntl.LOCK_EX):
        if time.monotonic() > deadline:
            owner = _read_note(descriptor)
            os.close(descriptor)
            raise BadSettings(
                f"cannot use data folder {path}: it is in use by process {owner.pid if owner else 'unknown'}",
                "stop that one, or choose another folder with --data",
            )
        time.sleep(RETRY_S)
    return FolderLock(descriptor)


def folder_owner(path: Path) -> FolderOwner | None:
    """Return who owns a folder just now, None if nobody does."""
    try:
        descriptor = os.open(path / LOCK_FILE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        deadline = time.monotonic() + LOCK_WAIT_S
        # Shared, so that several who ask at once do not take each other for the owner.
        while not _locked(descriptor, fcntl.LOCK_SH):
            owner = _read_note(descriptor)
            if owner is not None or time.monotonic() > deadline:
                return owner
            time.sleep(RETRY_S)
        return None
    finally:
        os.close(descriptor)


def _locked(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_note(descriptor: int) -> FolderOwner | None:
    """Return what the owner wrote; None in the moment before it has written."""
    line, _, _ = os.pread(descriptor, NOTE_BYTES_MAX, 0).partition(b"\n")
    try:
        note = json.loads(line)
        return FolderOwner(int(note["pid"]), note.get("host"), note.get("port"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
