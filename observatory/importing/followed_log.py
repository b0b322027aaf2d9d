"""Read on in a log that grows, and is renamed, copied or emptied meanwhile, from where its files are not stored yet.

Each file is a `Tail`, the oldest first and the one under the log's own name last. A renamed file is read on until
nothing more is written to it; an emptied one starts over, and what was written between our last look and the emptying
is read from its copy, if there is one. Files that were rotated while nobody looked are found beside the log.
"""

import os
import re
from collections import deque
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from observatory.errors import BadInput, Conflict
from observatory.importing.line_file import LineFile, Piece, Start, find_start, open_raw

QUIET_SECONDS = 60.0
"""How long a renamed file is read on: its writer may not have noticed yet."""
TAILS_MAX = 32
"""Files open at once; more are looked for once these are stored."""
GENERATIONS_MAX = 16
"""How many files that begin alike, and are too short to tell apart otherwise, are told apart nevertheless."""


class Tail:
    """One file of a log, from where it is stored on."""

    def __init__(self, file: LineFile, start: Start) -> None:
        self.file = file
        self.file_id = start.file_id
        self.inode = os.fstat(file.raw.fileno()).st_ino
        self.is_live = False
        """Whether it has the log's own name."""
        self.is_emptied = False
        self._is_ended = False
        self._pending: Piece | None = None
        self._quiet_since: float | None = None

    def next_piece(self) -> Piece | None:
        """Return the oldest piece that is not stored, the same one until `note_stored`; None if there is none now."""
        if self._pending is None and not self._is_ended:
            self._pending = next(self.file.pieces(), None)
            if self._pending is not None:
                self._quiet_since = None
        return self._pending

    def note_stored(self) -> None:
        """Go on to the next piece."""
        self._pending = None

    def empty(self) -> None:
        """Read nothing more from a file that was emptied; what was read of whole lines is still to be stored."""
        self._is_ended = self.is_emptied = True
        self.file.release()

    @property
    def is_ended(self) -> bool:
        """Whether nothing more is read from the file."""
        return self._is_ended

    @property
    def is_done(self) -> bool:
        """Whether nothing more will come, and everything is stored."""
        return self._is_ended and self._pending is None

    def settle(self, at: float) -> None:
        """End a file that is no longer the log's once nothing was added for `QUIET_SECONDS`; its last line may lack its end."""
        if self._is_ended or self.is_live or self.next_piece() is not None:
            return
        if self._quiet_since is None:
            self._quiet_since = at
        if self.file.is_gzip or at - self._quiet_since >= QUIET_SECONDS:
            self._pending = self.file.last_piece()
            self._is_ended = True


class FollowedLog:
    """The files of one log. One thread."""

    def __init__(self, path: Path, target: str, stored_bytes: Callable[[bytes], int]) -> None:
        self._path = path
        self._target = target
        self._stored_bytes = stored_bytes
        self._name = _rotated_names(path)
        self._looked_beside = False
        self._spent: deque[Tail] = deque(maxlen=GENERATIONS_MAX)
        """Files let go: another one that begins like them is another one, unless it is the same that was renamed back."""
        self.tails: list[Tail] = []

    @property
    def live(self) -> Tail | None:
        """The file under the log's own name."""
        return self.tails[-1] if self.tails and self.tails[-1].is_live else None

    def look(self, at: float) -> None:
        """Notice what became of the files; `at` are seconds of a clock that only runs. Raises BadInput, Conflict while held by others."""
        for tail in self.tails:
            tail.settle(at)
        self._let_go([tail for tail in self.tails if tail.is_done])
        inode, live = _inode(self._path), self.live
        if live is not None and inode == live.inode and live.file.is_continued:
            return
        if live is not None:
            live.is_live, self._looked_beside = False, False
            if not live.file.is_continued:
                live.empty()
        if not self._looked_beside:
            self._look_beside()
            self._looked_beside = True
        if len(self.tails) >= TAILS_MAX:
            self._looked_beside = False
        elif inode is not None:
            self._open_live()

    def close(self) -> None:
        """Close every file."""
        self._let_go(list(self.tails))

    def _open_live(self) -> None:
        """Begin to read the file under the log's own name, once it has a line to be known by."""
        file = LineFile(self._path, open_raw(self._path))
        beginning = file.beginning()
        if file.is_gzip or b"\n" not in beginning:
            file.raw.close()
            return
        status = os.fstat(file.raw.fileno())
        taken = {tail.file_id for tail in (*self._spent, *self.tails) if tail.is_emptied or tail.inode != status.st_ino}
        usable = [start for start in self._starts(beginning) if start.file_id not in taken and start.offset <= status.st_size]
        if not usable:
            raise BadInput(f"cannot follow {self._path}: too many files begin like it", "let the lines of the log tell the time")
        known = [start for start in usable if start.offset]
        self._open(file, known[-1] if known else usable[0]).is_live = True

    def _look_beside(self) -> None:
        """Begin to read rotated files that are not stored whole: the newest one known, and whatever is newer than that."""
        beside = sorted(_siblings(self._path.parent, self._name), key=lambda path: path.stat().st_mtime)[-TAILS_MAX:]
        found = [(path, self._known_start(path)) for path in beside]
        known = [number for number, (_, start) in enumerate(found) if start is not None and start.offset]
        for path, start in found[known[-1] :] if known else ():
            if start is not None and len(self.tails) < TAILS_MAX:
                self._take_over(path, start)

    def _known_start(self, path: Path) -> Start | None:
        """Return where a rotated file is stored up to; None for one that cannot be read or tells nothing."""
        try:
            with open_raw(path) as raw:
                beginning = LineFile(path, raw).beginning()
        except BadInput:
            return None
        if b"\n" not in beginning:
            return None
        starts = list(self._starts(beginning))
        return next((start for start in reversed(starts) if start.offset), starts[0])

    def _take_over(self, path: Path, start: Start) -> None:
        """Read a rotated file, unless it is open already under another name; a copy of an emptied one takes its place."""
        file = LineFile(path, open_raw(path))
        same = next((tail for tail in self.tails if tail.file_id == start.file_id), None)
        inode = os.fstat(file.raw.fileno()).st_ino
        if (same is not None and not same.is_ended) or any(tail.inode == inode for tail in self.tails if not tail.is_ended):
            file.raw.close()
            return
        if same is not None:
            self._let_go([same])
        self._open(file, start)

    def _open(self, file: LineFile, start: Start) -> Tail:
        try:
            file.hold()
            file.beginning()
            file.skip_to(start.offset)
        except (BadInput, Conflict):
            file.raw.close()
            raise
        tail = Tail(file, start)
        self.tails.append(tail)
        return tail

    def _starts(self, beginning: bytes) -> Iterator[Start]:
        """Yield where a file with this beginning may go on: it may be the first, the second, ... that begins like this."""
        for generation in range(GENERATIONS_MAX):
            yield find_start(beginning, f"{self._target}\n{generation}" if generation else self._target, self._stored_bytes)

    def _let_go(self, tails: Collection[Tail]) -> None:
        for tail in tails:
            tail.file.raw.close()
            self.tails.remove(tail)
            self._spent.append(tail)


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None


def _rotated_names(path: Path) -> re.Pattern[str]:
    """Return what rotation calls earlier files: access.log.1, access.log-20261120.gz, access-20261120.log."""
    name, stem, suffix = re.escape(path.name), re.escape(path.stem), re.escape(path.suffix)
    return re.compile(rf"(?:{name}[.-][0-9][0-9-]*|{stem}[.-][0-9][0-9-]*{suffix})(?:\.gz)?")


def _siblings(folder: Path, name: re.Pattern[str]) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if name.fullmatch(entry.name) and entry.is_file():
                yield Path(entry.path)
