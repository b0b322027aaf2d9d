"""Back up a data folder as of one instant, whole or not at all, and restore it.

A backup is a folder: both database files, the keys, and a manifest that says how long each is and what its SHA-256 is. It
gets its name last, so that one broken off is under no name that was asked for and without its manifest.
"""

import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from observatory import __version__
from observatory.errors import BadInput, BadSettings, Conflict, NotFound
from observatory.store.opening import KEYS_FILE, REGISTER_FILE, TELEMETRY_FILE, copy_stores, inspect_stores

MANIFEST_FILE = "manifest.json"
FORMAT = 1
FILES = (KEYS_FILE, REGISTER_FILE, TELEMETRY_FILE)
NAMES_OF_PROCESSES = re.compile(r"\..*|observatory\.lock|reserve.*|.*\.sqlite(-wal|-shm|-journal)?")
"""What belongs to whoever runs on the folder, and the databases, which are copied in a way of their own."""
PIECE_BYTES = 1 << 20
MANIFEST_BYTES_MAX = 1 << 20

Tell = Callable[[int, int], None]
"""Called with the bytes done so far and those there are."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    made_at: datetime
    """All that was answered before is in it."""
    version: str
    files: dict[str, tuple[int, str]]
    """Bytes and SHA-256 by name."""
    schema: tuple[str, ...]
    log_size: int
    log_head: str

    @classmethod
    def of_json(cls, text: bytes) -> "Manifest":
        """Return what was kept. Raises ValueError, KeyError, TypeError or AttributeError for anything else."""
        told = json.loads(text)
        if told["format"] != FORMAT or not told["files"].keys() >= set(FILES) or any(Path(name).name != name for name in told["files"]):
            raise ValueError(text)
        return cls(
            made_at=datetime.fromisoformat(told["made_at"]),
            version=str(told["version"]),
            files={name: (int(file["bytes"]), str(file["sha256"])) for name, file in told["files"].items()},
            schema=tuple(told["schema"]),
            log_size=int(told["log"]["entries"]),
            log_head=str(told["log"]["newest_hash"]),
        )

    def as_json(self) -> str:
        """Return it as it is kept."""
        return json.dumps(
            {
                "format": FORMAT,
                "made_at": self.made_at.astimezone(UTC).isoformat(),
                "version": self.version,
                "files": {name: {"bytes": size, "sha256": digest} for name, (size, digest) in self.files.items()},
                "schema": list(self.schema),
                "log": {"entries": self.log_size, "newest_hash": self.log_head},
            },
            indent=2,
        )


def back_up(data: Path, target: Path, now: datetime, tell: Tell) -> Manifest:
    """Make a backup of a folder, served or not; return what it says of itself.

    Raises Conflict if there is something of that name, NotFound without a data folder, Overloaded if a file stays locked, and
    BadSettings where it cannot be written.
    """
    if target.resolve().is_relative_to(data.resolve()):
        raise BadInput(
            f"cannot back up into {target}: it is in the data folder itself", "choose a folder outside, on another disk if you can"
        )
    missing = [name for name in FILES if not (data / name).is_file()]
    if missing:
        raise NotFound(f"cannot back up {data}: there is no {missing[0]}", "name the data folder with --data")
    with _made_whole(target) as draft:
        # First what may speak of the databases (the newest head of the log that was signed), so that it is never ahead of them.
        for file in data.iterdir():
            if file.is_file() and not NAMES_OF_PROCESSES.fullmatch(file.name):
                shutil.copyfile(file, draft / file.name)
        copy_stores(data, draft, tell)
        found = inspect_stores(draft)
        if found.flaws:
            raise BadInput(f"cannot back up {data}: {found.flaws[0]}", "the folder itself is damaged: restore it from an earlier backup")
        files = {file.name: (file.stat().st_size, _digest(file)) for file in sorted(draft.iterdir())}
        manifest = Manifest(now, __version__, files, found.schema, found.log_size, found.log_head)
        for name in files:
            _sync(draft / name)
        (draft / MANIFEST_FILE).write_text(manifest.as_json(), encoding="utf-8")
    return manifest


def check_backup(backup: Path, tell: Tell = lambda _done, _all: None) -> Manifest:
    """Return what a backup says of itself if all of it is true. Raises NotFound where there is none, BadInput for a damaged one."""
    manifest = _read_manifest(backup)
    done, everything = 0, sum(size for size, _ in manifest.files.values())
    for name, (size, digest) in manifest.files.items():
        file = backup / name
        if not file.is_file() or file.stat().st_size != size or _digest(file) != digest:
            raise _damaged(backup, f"{name} is not what was backed up")
        done += size
        tell(done, everything)
    found = inspect_stores(backup)
    if found.flaws:
        raise _damaged(backup, found.flaws[0])
    if (found.schema, found.log_size, found.log_head) != (manifest.schema, manifest.log_size, manifest.log_head):
        raise _damaged(backup, "its files are not those its manifest speaks of")
    return manifest


def restore(backup: Path, data: Path, tell: Tell) -> Manifest:
    """Make a data folder of a backup, once it was checked. Raises as `check_backup` does, and Conflict for a folder with anything in it."""
    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        raise Conflict(f"cannot restore to {data}: there is something", "name an empty folder, or one that is not there, with --data")
    manifest = check_backup(backup)
    done, everything = 0, sum(size for size, _ in manifest.files.values())
    with _made_whole(data) as draft:
        for name, (size, digest) in manifest.files.items():
            shutil.copyfile(backup / name, draft / name)
            if _digest(draft / name) != digest:
                raise _damaged(backup, f"{name} could not be copied as it was")
            _sync(draft / name)
            done += size
            tell(done, everything)
    return manifest


@contextmanager
def _made_whole(target: Path) -> Iterator[Path]:
    """Lend a new folder (mode 0700, files 0600) that gets its name once the block succeeds; otherwise it is removed."""
    if target.is_symlink() or (target.exists() and (not target.is_dir() or any(target.iterdir()))):
        raise Conflict(f"cannot write {target}: there is something of that name", "choose another name: nothing is ever overwritten")
    draft = target.absolute().with_name(f".{target.absolute().name}.unfinished-{secrets.token_hex(4)}")
    before = os.umask(0o077)
    try:
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.mkdir()
        yield draft
        for file in draft.iterdir():
            _sync(file)
        _sync(draft)
        draft.rename(target.absolute())
        _sync(target.absolute().parent)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise BadSettings(f"cannot write {target}: {reason}", "choose a folder that this user may write, with room enough") from None
    finally:
        os.umask(before)
        shutil.rmtree(draft, ignore_errors=True)


def _read_manifest(backup: Path) -> Manifest:
    file = backup / MANIFEST_FILE
    if not file.is_file():
        raise NotFound(f"cannot use {backup}: it is no backup, or an unfinished one", f"a whole one has a {MANIFEST_FILE}")
    try:
        with file.open("rb") as content:
            return Manifest.of_json(content.read(MANIFEST_BYTES_MAX))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _damaged(backup, f"{MANIFEST_FILE} cannot be read, or is of a newer release") from None


def _damaged(backup: Path, reason: str) -> BadInput:
    return BadInput(f"cannot use {backup}: the backup is damaged: {reason}", "use another backup")


def _digest(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while piece := content.read(PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
