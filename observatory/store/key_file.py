"""Keep a key in a file of its own, outside the data folder: 32 random bytes, written once, that only their owner may read."""

import os
import secrets
import stat
from pathlib import Path

from observatory.errors import BadSettings, Conflict

KEY_BYTES = 32
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_key_file(path: Path) -> None:
    """Write a new key. Raises Conflict if there is a file already, BadSettings where none can be written."""
    try:
        write_new(path, secrets.token_hex(KEY_BYTES) + "\n")
        sync_folder(path.absolute().parent)
    except FileExistsError:
        raise Conflict(f"cannot make key file {path}: there is one already", "keep it, or choose another name") from None
    except OSError as error:
        raise BadSettings(f"cannot make key file {path}: {(error.strerror or str(error)).lower()}", "choose another place") from None


def read_key_file(path: Path) -> bytes:
    """Return the key in a file. Raises BadSettings for one that is absent, damaged or open to others."""
    try:
        mode, text = path.stat().st_mode, path.read_text(encoding="ascii")
        key = bytes.fromhex(text.strip())
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        hint = f"restore it, or make a first one: observatory keys create {path}"
        raise BadSettings(f"cannot read key file {path}: {reason}", hint) from None
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise BadSettings(f"cannot read key file {path}: it is damaged", "restore it from a backup")
    refuse_shared("key file", path, mode)
    return key


def refuse_shared(noun: str, path: Path, mode: int) -> None:
    """Raise BadSettings for a file with a secret that others may read or change; `noun` says what the file is."""
    if mode & OTHERS:
        raise BadSettings(f"cannot use {noun} {path}: others may read or change it", f"chmod 600 {path}")


def write_new(path: Path, text: str) -> None:
    """Write a file that only its owner may read, durable but for its name. Raises FileExistsError, and OSError."""
    write_new_bytes(path, text.encode())


def write_new_bytes(path: Path, content: bytes) -> None:
    """Write the same of bytes."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
