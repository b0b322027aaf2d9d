"""Remember the last checkpoint of each log that a witness signed: a file for each, replaced whole, durable before it is told."""

import hashlib
import secrets
from pathlib import Path

from observatory.errors import BadSettings
from observatory.store.key_file import sync_folder, write_new_bytes
from observatory.store.opening import FolderLock, own_folder
from observatory.transparency.checkpoint import Checkpoint
from observatory.transparency.note import NOTE_BYTES_MAX, Note


class SignedBefore:
    """What one witness signed. One process for each folder, one thread at once."""

    def __init__(self, folder: Path) -> None:
        """Make the folder unless it is there, and own it. Raises BadSettings where that cannot be."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise BadSettings(f"cannot use folder {folder}: {(error.strerror or str(error)).lower()}", "choose another") from None
        self._folder = folder
        self._lock: FolderLock = own_folder(folder)

    def last(self, origin: str) -> Checkpoint | None:
        """Return the last checkpoint of a log that was signed, None before the first. A damaged file is our own fault: it is raised."""
        content = self.content(name_of(origin))
        return Checkpoint.parse(Note.parse(content).text) if content is not None else None

    def content(self, name: str) -> bytes | None:
        """Return the last note of the log of a name, None if there is none."""
        try:
            with (self._folder / name).open("rb") as file:
                return file.read(NOTE_BYTES_MAX)
        except FileNotFoundError:
            return None

    def keep(self, origin: str, content: bytes) -> None:
        """Remember a note instead of the one before, all of it or nothing. Raises OSError."""
        draft = self._folder / f".{secrets.token_hex(8)}"
        try:
            write_new_bytes(draft, content)
            draft.replace(self._folder / name_of(origin))
            sync_folder(self._folder)
        finally:
            draft.unlink(missing_ok=True)

    def release(self) -> None:
        """Let another process have the folder."""
        self._lock.release()


def name_of(origin: str) -> str:
    """Return how a log is named in addresses: SHA-256 of its origin."""
    return hashlib.sha256(origin.encode()).hexdigest()
