"""Keep what checks saw in a folder until the server has stored it, in files that are numbered and sent as they are, again and again.

A file grows until the sender wants it, and never after: the server counts a number once, whatever comes under it.
"""

import fcntl
import os
import secrets
import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
import structlog

from observatory.errors import BadSettings, Conflict, Overloaded
from observatory.store.key_file import refuse_shared

FILE_BYTES_MAX = 1 << 18
"""From which on a file takes no more."""
SPOOL_BYTES_MAX = 64 << 20
"""Of all that waits: some hundred thousand attempts. Of more the oldest file is given up."""
NO_ROOM_SECONDS = 5
TOKEN_BYTES_MAX = 1024
LOCK, WANTED, SUFFIX = "lock", "wanted.json", ".jsonl"

log = structlog.get_logger(__name__)


class Batch(NamedTuple):
    """What is sent at once."""

    path: Path
    series: str
    """32 bytes in hex: which agent wrote it, since it began."""
    number: int
    """Counted from 1 within its series."""
    body: bytes


class Spool:
    """The files of one agent. Two threads: one keeps, one sends."""

    def __init__(self, folder: Path, now: datetime) -> None:
        """Take the folder. Raises Conflict if another agent has it, BadSettings if it cannot be used."""
        self._folder = folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock_file = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(f"cannot use {folder}: another agent does", "give each its own --spool DIR") from None
        except OSError as error:
            raise BadSettings(f"cannot use {folder}: {error.strerror}", "choose a folder this user may write, with --spool") from None
        self._series = secrets.token_hex(32)
        self._prefix = f"{now:%Y%m%d%H%M%S%f}-{self._series}"
        self._count = 0
        self._current: Path | None = None
        self._lock = threading.Lock()

    def keep(self, lines: Sequence[bytes]) -> None:
        """Write lines down; when it returns, they are durable. Raises Overloaded where there is no room, then none was."""
        with self._lock:
            try:
                self._write(b"".join(line + b"\n" for line in lines))
            except OSError as error:
                raise Overloaded(f"cannot keep checks: {error.strerror}", "make room", NO_ROOM_SECONDS) from None

    def oldest(self) -> Batch | None:
        """Return what is to be sent next, None if nothing waits. Until it is removed, it is the same each time."""
        with self._lock:
            waiting = self._waiting()
            if not waiting:
                return None
            path = waiting[0]
            if path == self._current:
                self._current = None
            _, series, number = path.stem.split("-")
            return Batch(path, series, int(number), _body(path.read_bytes()))

    def remove(self, batch: Batch) -> None:
        """Forget a batch."""
        batch.path.unlink(missing_ok=True)

    def remember(self, wanted: bytes) -> None:
        """Keep what is to be checked: a restart while the server is away goes on with it."""
        written = self._folder / f"{WANTED}.new"
        try:
            written.write_bytes(wanted)
            written.replace(self._folder / WANTED)
        except OSError as error:
            log.warning("what is to be checked is not kept: a restart has to ask anew", reason=error.strerror)

    def remembered(self) -> bytes | None:
        """Return what was to be checked, None if nobody knows."""
        try:
            return (self._folder / WANTED).read_bytes()
        except FileNotFoundError:
            return None

    def _write(self, content: bytes) -> None:
        path = self._current or self._begin_file()
        self._current = None
        with path.open("ab") as file:
            before = file.tell()
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                os.ftruncate(file.fileno(), before)
                raise
        if before + len(content) < FILE_BYTES_MAX:
            self._current = path

    def _begin_file(self) -> Path:
        waiting = self._waiting()
        sizes = [path.stat().st_size for path in waiting]
        while waiting and sum(sizes) > SPOOL_BYTES_MAX - FILE_BYTES_MAX:
            log.error("checks are given up: too many wait to be sent", bytes=sizes.pop(0), waiting_bytes_max=SPOOL_BYTES_MAX)
            waiting.pop(0).unlink()
        self._count += 1
        path = self._folder / f"{self._prefix}-{self._count:010d}{SUFFIX}"
        path.touch(mode=0o600)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return path

    def _waiting(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{SUFFIX}"))


def _body(content: bytes) -> bytes:
    """Return whole lines as a JSON array: what a crash left of a last one is no line."""
    return b"[" + b",".join(line for line in content.split(b"\n")[:-1] if _is_json(line)) + b"]"


def _is_json(line: bytes) -> bool:
    try:
        msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def read_token(file: Path) -> str:
    """Return the token a file holds. Raises BadSettings for one that cannot be read, holds none, or is open to others."""
    try:
        with file.open(encoding="ascii") as opened:
            mode, token = os.fstat(opened.fileno()).st_mode, opened.read(TOKEN_BYTES_MAX).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(f"cannot read token file {file}: {error}", "it holds what `observatory token create` printed") from None
    if not token or not token.isprintable() or " " in token:
        raise BadSettings(f"cannot read token file {file}: it holds no token", "it holds one line, obs_...")
    refuse_shared("token file", file, mode)
    return token
