"""Send the new lines of a growing log to the observatory a moment later, until told to stop.

What is stored and how far the log was read are one transaction of the server's, so neither a restart of the follower
nor one of the server loses a line or counts it twice.
"""

import signal
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

from observatory.decode.access_log.formats import require_format
from observatory.errors import Conflict, Overloaded
from observatory.importing.followed_log import FollowedLog, Tail
from observatory.importing.import_summary import ImportSummary
from observatory.importing.log_owner import choose_service, log_target
from observatory.importing.pieces import LogPiece
from observatory.importing.server_door import ServerDoor, open_server_door
from observatory.model.delivery import ImportPosition
from observatory.settings import Settings
from observatory.store.opening import open_reader, open_register, prepare_folder

LOOK_SECONDS = 0.5
"""How often the log is looked at."""
STOP_LOOK_SECONDS = 0.1
"""How often, meanwhile, it is looked whether to stop."""

Say = Callable[[str], None]


class Follower:
    """Carries the pieces of one log to the door."""

    def __init__(self, log: FollowedLog, door: ServerDoor, service_id: str, log_format: str, say: Say) -> None:
        self._log = log
        self._door = door
        self._service_id = service_id
        self._log_format = log_format
        self._say = say
        self._waits_for = ""
        self.summary = ImportSummary()

    def step(self, stop: threading.Event) -> float:
        """Store what is new; return after how many seconds to look again. Raises BadInput if the server refuses the log."""
        try:
            self._log.look(time.monotonic())
            for tail in tuple(self._log.tails):
                self._carry(tail, stop)
        except (Overloaded, Conflict) as error:
            if self._waits_for != error.message:
                self._say(f"waiting: {error}")
            self._waits_for = error.message
            return float(error.retry_after_seconds) if isinstance(error, Overloaded) else LOOK_SECONDS
        return LOOK_SECONDS

    def _carry(self, tail: Tail, stop: threading.Event) -> None:
        while not stop.is_set() and (piece := tail.next_piece()) is not None:
            position = ImportPosition(tail.file_id, piece.end_offset)
            answer = self._door.try_once(LogPiece(piece.lines, self._service_id, self._log_format, position))
            tail.note_stored()
            if self._waits_for:
                self._say("going on")
                self._waits_for = ""
            known = set(self.summary.first_refused)
            self.summary.note(tail.file.path, piece.first_line, answer)
            for reason in self.summary.first_refused.keys() - known:
                self._say(f"refused: {reason} (first: {self.summary.first_refused[reason]})")


def follow_log(settings: Settings, path: Path, service_id: str | None, log_format: str, say: Say) -> ImportSummary:
    """Follow a log until SIGTERM or SIGINT. Raises BadInput for a format, service or file that cannot be used."""
    require_format(log_format)
    keys = prepare_folder(settings.data, create=False)
    with closing(open_register(settings.data)) as register:
        chosen = choose_service(register.catalogue(), service_id)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with ExitStack() as stack:
        reader = stack.enter_context(closing(open_reader(settings.data)))
        log = stack.enter_context(closing(FollowedLog(path, log_target(chosen), reader.position)))
        follower = Follower(log, stack.enter_context(open_server_door(settings.data, keys)), chosen, log_format, say)
        say(f"following {path} of {chosen}" if path.exists() else f"waiting: {path} is not there yet")
        while not stop.is_set():
            _rest(stop, follower.step(stop))
    return follower.summary


def _rest(stop: threading.Event, seconds: float) -> None:
    """Return after so long, or soon after `stop`.

    ! Not by `stop.wait`: the handler that sets it runs on this thread, perhaps while `wait` holds the lock that `set` needs.
    """
    until = time.monotonic() + seconds
    while not stop.is_set() and (left := until - time.monotonic()) > 0:
        time.sleep(min(left, STOP_LOOK_SECONDS))
