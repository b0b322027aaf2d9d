"""Decoded pieces of files in, durable counters out: through the stores of a folder, or the doors of the server that owns it."""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import Protocol

import msgspec
import requests

from observatory import clock
from observatory.errors import BadInput, Conflict, Overloaded
from observatory.model.columns import DecodedLines, ProbeRows
from observatory.receive.lines_door import FILE_HEADER, OFFSET_HEADER, LinesAnswer, answer_of
from observatory.receive.unserved import alone_in_folder
from observatory.settings import Settings
from observatory.store.interface import ImportPosition, RegisterStore, TelemetryReader, TelemetryWriter
from observatory.store.opening import (
    FolderKeys,
    FolderOwner,
    folder_owner,
    open_reader,
    open_register,
    prepare_folder,
)
from observatory.telemetry_flow import Delivery, Sender, judge_all, take_in, take_in_probes

ANSWER_SECONDS_MAX = 60.0
BUSY_SECONDS_MAX = 120.0
"""How long a busy server is asked again before the import gives up; it goes on from there when run again."""


@dataclass(frozen=True, slots=True)
class LogPiece:
    """Whole lines of an access log, as bytes and decoded."""

    body: bytes
    decoded: DecodedLines
    service_id: str
    log_format: str
    position: ImportPosition


@dataclass(frozen=True, slots=True)
class ProbePiece:
    """A table of probe results with its header, as bytes and decoded."""

    body: bytes
    rows: ProbeRows
    vantage: str
    position: ImportPosition


class Door(Protocol):
    """Where the pieces of a file go. One thread."""

    @property
    def register(self) -> RegisterStore:
        """The register of the folder."""

    @property
    def telemetry(self) -> TelemetryReader:
        """What is stored in the folder."""

    def take_log(self, piece: LogPiece) -> LinesAnswer:
        """Store a piece of an access log; its answer's line numbers count from the piece's first line, 1."""

    def take_probes(self, piece: ProbePiece) -> LinesAnswer:
        """Store a piece of a table of probe results; its header is line 1."""


@dataclass(frozen=True, slots=True)
class FolderDoor:
    """Writes the stores itself: no server owns the folder."""

    register: RegisterStore
    telemetry: TelemetryReader
    writer: TelemetryWriter

    def take_log(self, piece: LogPiece) -> LinesAnswer:
        """Store a piece of an access log."""
        decoded, delivery = piece.decoded, _delivery(piece.position, piece.body)
        receipt = take_in(decoded.columns, delivery, self.register.catalogue(), self.writer, fixed_service=piece.service_id)
        return answer_of(receipt, decoded.lines_read, dict(decoded.refused), dict(decoded.first_refused_line))

    def take_probes(self, piece: ProbePiece) -> LinesAnswer:
        """Store a piece of a table of probe results."""
        rows, delivery = piece.rows, _delivery(piece.position, piece.body)
        receipt = take_in_probes(rows, self.register.vantage(piece.vantage), delivery, self.register.catalogue(), self.writer)
        return answer_of(receipt, rows.lines_read, dict(rows.refused), dict(rows.first_refused_line))


def _delivery(position: ImportPosition, body: bytes) -> Delivery:
    return Delivery(Sender("import", None, backfill=True), clock.now(), position=position, body_bytes=len(body))


@dataclass(frozen=True, slots=True)
class ServerDoor:
    """Sends the pieces to the server that owns the folder, with the folder's own key."""

    register: RegisterStore
    telemetry: TelemetryReader
    url: str
    keys: FolderKeys
    session: requests.Session

    def take_log(self, piece: LogPiece) -> LinesAnswer:
        """Send a piece of an access log."""
        question = {"service": piece.service_id, "format": piece.log_format}
        return self._send("/v1/access-log", question, "text/plain", piece.body, piece.position)

    def take_probes(self, piece: ProbePiece) -> LinesAnswer:
        """Send a piece of a table of probe results."""
        return self._send("/v1/probes", {"vantage": piece.vantage}, "text/csv", piece.body, piece.position)

    def _send(self, path: str, question: Mapping[str, str], kind: str, body: bytes, position: ImportPosition) -> LinesAnswer:
        """Send until it is stored; the position makes a repetition harmless."""
        headers = {
            "Authorization": f"Bearer {self.keys.admin}",
            "Content-Type": kind,
            FILE_HEADER: position.file_id.hex(),
            OFFSET_HEADER: str(position.offset),
        }
        give_up_at = time.monotonic() + BUSY_SECONDS_MAX
        while True:
            try:
                response = self.session.post(self.url + path, params=question, data=body, headers=headers, timeout=ANSWER_SECONDS_MAX)
            except requests.RequestException as error:
                raise Overloaded(
                    f"cannot import: the server at {self.url} went away ({type(error).__name__})", "run it again to go on"
                ) from None
            if response.status_code == requests.codes.ok:
                return msgspec.json.decode(response.content, type=LinesAnswer)
            if response.status_code != requests.codes.service_unavailable or time.monotonic() > give_up_at:
                raise BadInput(f"cannot import: the server at {self.url} answered {response.status_code}", response.text[:500])
            time.sleep(int(response.headers.get("Retry-After", "1")))


@contextmanager
def open_door(settings: Settings) -> Iterator[Door]:
    """Open the way into a data folder; at the end, what was imported is judged - by the server where there is one.

    Raises BadSettings or Conflict when another process uses the folder and does not listen.
    """
    keys = prepare_folder(settings.data)
    owner = folder_owner(settings.data)
    with _to_folder(settings) if owner is None else _to_server(settings, keys, owner) as door:
        yield door


@contextmanager
def _to_folder(settings: Settings) -> Iterator[Door]:
    with alone_in_folder(settings) as parts:
        yield FolderDoor(parts.register, parts.telemetry, parts.writer)
        judge_all(parts, clock.now())


@contextmanager
def _to_server(settings: Settings, keys: FolderKeys, owner: FolderOwner) -> Iterator[Door]:
    if owner.host is None or owner.port is None:
        raise Conflict(f"cannot import: process {owner.pid} uses the folder and does not listen", "wait until it is ready, or has ended")
    host = f"[{owner.host}]" if ":" in owner.host else owner.host
    with ExitStack() as stack:
        register = stack.enter_context(closing(open_register(settings.data)))
        telemetry = stack.enter_context(closing(open_reader(settings.data)))
        session = stack.enter_context(requests.Session())
        session.trust_env = False
        yield ServerDoor(register, telemetry, f"http://{host}:{owner.port}", keys, session)
