"""Open the stores of a data folder: the only module that names a backend."""

import errno
import json
import os
import secrets
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from observatory.errors import BadSettings, Overloaded
from observatory.store.file_systems import MOUNTS, refuse_network
from observatory.store.head_note import KeptHead, read_head_note
from observatory.store.key_file import OTHERS, make_key_file, read_key_file, sync_folder, write_new
from observatory.store.lost import StoreLost
from observatory.store.ownership import FolderLock, FolderOwner, folder_owner, own_folder
from observatory.store.register import RegisterStore
from observatory.store.sqlite import copying
from observatory.store.sqlite.connections import BUSY_TIMEOUT_S, database_error
from observatory.store.sqlite.register.store import SqliteRegister
from observatory.store.sqlite.telemetry.schema import connect_telemetry
from observatory.store.telemetry import TelemetryReader, TelemetryStore

__all__ = [
    "FolderKeys",
    "FolderLock",
    "FolderOwner",
    "copy_stores",
    "folder_owner",
    "head_note_of",
    "inspect_stores",
    "make_key_file",
    "open_reader",
    "open_register",
    "open_telemetry",
    "own_folder",
    "prepare_folder",
    "read_key_file",
    "require_folder",
    "signed_head_of",
    "warm",
]

KEYS_FILE = "keys.json"
HEAD_FILE = "log-head.json"
REGISTER_FILE = "register.sqlite"
TELEMETRY_FILE = "telemetry.sqlite"
SECRET_BYTES = 32
Store = TypeVar("Store")


@dataclass(frozen=True, slots=True)
class FolderKeys:
    """Random keys of one data folder, mode 0600, made at first opening."""

    secret: bytes
    """32 bytes: MACs of tokens, cookies and forms."""
    admin: str
    """What a command on this host shows the server's doors: may send for every service, of any age."""
    outside: bytes | None = None
    """32 bytes from a file outside the folder: seals secrets and signs the log, so that who has the folder alone can do neither."""


def prepare_folder(path: Path, mounts: Path = MOUNTS, key_file: Path | None = None, *, create: bool = True) -> FolderKeys:
    """Make a data folder (mode 0700) and its keys unless they are there, and return the keys, with that of a file outside.

    With `create` False it has to be there: a command that is called in the wrong place must not begin an empty observatory.

    What is there and open to others is closed to them. Also makes the telemetry file, so that it can be read before anybody
    owns the folder. Any number of processes may do so at once; all get the same keys. Raises BadSettings for a folder that
    cannot be written, lies on a network file system, or holds somebody else's files for others to read.
    """
    if not create:
        require_folder(path)
    outside = read_key_file(key_file) if key_file is not None else None
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        refuse_network(path, mounts)
        keys = path / KEYS_FILE
        _close_to_others(path)
        if not keys.exists():
            _make_keys(keys)
        _try_to_write(path)
        if not (path / TELEMETRY_FILE).exists():
            _open(path / TELEMETRY_FILE, connect_telemetry).close()
        return replace(_read_keys(keys), outside=outside)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise BadSettings(
            f"cannot use data folder {path.absolute()}: {reason}", "choose a folder that this user may write, with --data"
        ) from None


def require_folder(path: Path) -> None:
    """Raise BadSettings unless there is an observatory in a folder, or it cannot be looked into."""
    if not _holds(path, KEYS_FILE) and not _holds(path, REGISTER_FILE):
        raise BadSettings(
            f"there is no observatory in {path.absolute()}",
            "name its folder with --data DIR or OBSERVATORY_DATA; a new one is made by: observatory run",
        )


def _holds(path: Path, name: str) -> bool:
    try:
        return (path / name).exists()
    except OSError:
        return True  # Whoever may not look into it is told why, by what tries to use it.


def head_note_of(path: Path, key_file: Path | None = None) -> Path:
    """Return where the newest signed checkpoint of the log is noted: beside the key that signs it."""
    return path / HEAD_FILE if key_file is None else key_file.with_name(f"{key_file.name}.head")


def signed_head_of(path: Path, key_file: Path | None = None) -> KeptHead | None:
    """Return what was signed of the log last, None before the first. Raises BadSettings if its note was damaged or changed."""
    return read_head_note(head_note_of(path, key_file))


def open_register(path: Path, busy_timeout_s: float = BUSY_TIMEOUT_S, on_lost: Callable[[], None] = lambda: None) -> RegisterStore:
    """Open the register of a prepared folder. Any number of processes. Raises BadSettings, also for a newer schema.

    `on_lost` is called once StoreLost is raised, on the thread that used the register; it has to end the process.
    """
    return _open(path / REGISTER_FILE, lambda file: SqliteRegister(file, busy_timeout_s, on_lost))


def open_reader(path: Path, busy_timeout_s: float = BUSY_TIMEOUT_S) -> TelemetryReader:
    """Open telemetry of a prepared folder for reading. Any number of processes.

    The file is first touched by the first question, which raises BadSettings if its schema is not of this release.
    """
    from observatory.store.sqlite.telemetry.reader import SqliteTelemetryReader  # noqa: PLC0415  # it waits for the compiler

    return _open(path / TELEMETRY_FILE, lambda file: SqliteTelemetryReader(file, busy_timeout_s))


def open_telemetry(path: Path, busy_timeout_s: float = BUSY_TIMEOUT_S) -> TelemetryStore:
    """Open telemetry for writing; only whoever owns the folder may. Raises BadSettings, also for a newer schema."""
    from observatory.store.sqlite.telemetry.store import SqliteTelemetryStore  # noqa: PLC0415  # as above

    return _open(path / TELEMETRY_FILE, lambda file: SqliteTelemetryStore(file, busy_timeout_s))


def copy_stores(path: Path, target: Path, tell: Callable[[int, int], None]) -> None:
    """Copy both files of a prepared folder, as they are at one instant, into another. Any number of processes may use them meanwhile."""
    copying.copy_pair(path / REGISTER_FILE, path / TELEMETRY_FILE, target, tell)


def inspect_stores(path: Path) -> copying.Inspection:
    """Return whether both files in a folder that nobody uses are sound, and what they hold."""
    return copying.inspect_pair(path / REGISTER_FILE, path / TELEMETRY_FILE)


def warm() -> None:
    """Compile what storing would otherwise wait for."""
    from observatory.store.sqlite.telemetry import key_index  # noqa: PLC0415  # as above

    key_index.warm()


def _open(file: Path, opening: Callable[[Path], Store]) -> Store:
    """Open a file; whatever keeps it from opening at all is a matter of how the process was set up."""
    try:
        return opening(file)
    except (sqlite3.Error, StoreLost, Overloaded) as error:
        meant = database_error(error, file.name) if isinstance(error, sqlite3.Error) else error
        if isinstance(meant, Overloaded):
            message, hint = meant.message, "end what keeps it busy, free the disk, or check the folder's owner and mode"
        elif isinstance(meant, StoreLost):
            message, hint = str(meant), "restore the folder from its latest backup"
        else:
            raise
        raise BadSettings(message, f"{hint}: {file.parent}") from error


def _make_keys(keys: Path) -> None:
    """Write new keys beside the file and link them into place: whoever comes second finds those of the first."""
    made = json.dumps({"secret": secrets.token_hex(SECRET_BYTES), "admin": secrets.token_urlsafe(SECRET_BYTES)})
    draft = keys.with_name(f".{KEYS_FILE}.{secrets.token_hex(8)}")
    try:
        write_new(draft, made)
        try:
            os.link(draft, keys)
        except FileExistsError:
            return
        sync_folder(keys.parent)
    finally:
        draft.unlink(missing_ok=True)


def _close_to_others(path: Path) -> None:
    """Take every right of others away from a folder of ours and its files, also of those that an earlier release made.

    Raises BadSettings for a folder in use that is not ours: whoever keeps something else there may want it read.
    """
    if path.stat().st_mode & OTHERS:
        if not (path / KEYS_FILE).exists() and any(file.name != "lost+found" for file in path.iterdir()):
            raise BadSettings(
                f"cannot use data folder {path}: it holds other files and is open to others", f"choose an empty folder, or chmod 700 {path}"
            )
        path.chmod(0o700)
    for file in path.iterdir():
        with suppress(FileNotFoundError):  # A journal of SQLite comes and goes.
            if file.is_file() and not file.is_symlink() and file.stat().st_mode & OTHERS:
                file.chmod(0o600)


def _try_to_write(path: Path) -> None:
    """Raise OSError unless files can be made here now: a folder may have become read-only since its keys were made.

    A full disk is no reason not to start: pages are read from it, and what is sent is turned away until there is room.
    """
    trial = path / f".trial.{secrets.token_hex(8)}"
    try:
        trial.touch(0o600)
        trial.unlink()
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise


def _read_keys(keys: Path) -> FolderKeys:
    try:
        document = json.loads(keys.read_text())
        return FolderKeys(bytes.fromhex(document["secret"]), str(document["admin"]))
    except (ValueError, KeyError, TypeError):
        raise BadSettings(f"cannot read {keys}: it is damaged", "restore it from a backup; without it no token works") from None
