"""Write the files of an exported log into a new folder, and read them back."""

from collections.abc import Iterable
from pathlib import Path

from observatory.errors import BadSettings, Conflict
from observatory.store.key_file import write_new_bytes

FILE_BYTES_MAX = 32 << 20
"""A bundle has 256 entries of 64 KiB at most."""


def write_log_folder(folder: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Write files by their names. Raises Conflict for a folder with anything in it, BadSettings where it cannot be written."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Conflict(f"cannot export to {folder}: there is something", "name a new folder")
    try:
        for name, content in files:
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            write_new_bytes(file, content)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise BadSettings(f"cannot export to {folder}: {reason}", "choose a folder that this user may write, with room enough") from None


def read_log_file(folder: Path, name: str) -> bytes:
    """Return the content of a file, nothing for one that is not there or far too long."""
    try:
        with (folder / name).open("rb") as file:
            content = file.read(FILE_BYTES_MAX + 1)
    except OSError:
        return b""
    return content if len(content) <= FILE_BYTES_MAX else b""
