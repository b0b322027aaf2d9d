"""Store pieces of files: in the stores of a folder, or through the doors of the server that owns it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from observatory import clock
from observatory.assembly import alone_in_folder
from observatory.decode.access_log.lines import decode_lines
from observatory.decode.probes.csv import decode_rows
from observatory.errors import Conflict
from observatory.flows.judging import judge_all
from observatory.flows.take_in import take_in
from observatory.flows.take_in_probes import take_in_probes
from observatory.flows.vantages import Place
from observatory.importing.pieces import LogPiece, OtlpPiece, Piece, ProbePiece
from observatory.importing.server_door import ServerDoor, open_server_door, url_of
from observatory.model.delivery import Delivery, Sender
from observatory.parts import Parts
from observatory.receive.deliveries import answer_of_log, answer_of_probes, answer_of_records
from observatory.receive.import_report import LinesAnswer
from observatory.receive.signals import SIGNALS, Decoded, Signal, columns_of
from observatory.settings import Settings
from observatory.store.opening import folder_owner, open_reader, open_register, prepare_folder
from observatory.store.register import RegisterStore
from observatory.store.telemetry import TelemetryReader


@dataclass(frozen=True, slots=True)
class FolderDoor:
    """Writes the stores itself: no server owns the folder."""

    parts: Parts

    def take(self, piece: Piece) -> LinesAnswer:
        """Decode and store a piece."""
        sender = Sender("import", None, backfill=True)
        delivery = Delivery(sender, clock.now(), position=piece.position, body_bytes=len(piece.body))
        if isinstance(piece, LogPiece):
            return self._take_log(piece, delivery)
        if isinstance(piece, OtlpPiece):
            return self._take_records(SIGNALS[piece.signal], piece, delivery)
        assert isinstance(piece, ProbePiece)
        return self._take_probes(piece, delivery)

    def _take_log(self, piece: LogPiece, delivery: Delivery) -> LinesAnswer:
        decoded = decode_lines(piece.body, piece.log_format)
        catalogue = self.parts.register.catalogue()
        receipt = take_in(decoded.columns, delivery, catalogue, self.parts.writer, piece.service_id, decoded.refused_count)
        return answer_of_log(receipt, decoded)

    def _take_records(self, signal: Signal[Decoded], piece: OtlpPiece, delivery: Delivery) -> LinesAnswer:
        decoded = signal.decode[piece.media_type](piece.body)
        receipt = signal.take_in(decoded, delivery, self.parts.register.catalogue(), self.parts.writer)
        return answer_of_records(receipt, columns_of(decoded))

    def _take_probes(self, piece: ProbePiece, delivery: Delivery) -> LinesAnswer:
        rows, register = decode_rows(piece.body), self.parts.register
        receipt = take_in_probes(rows, Place(piece.vantage), delivery, register.catalogue(), register, self.parts.writer)
        return answer_of_probes(receipt, rows)


@dataclass(frozen=True, slots=True)
class Door:
    """Where the pieces of a file go, and what is known of the folder behind it. One thread."""

    register: RegisterStore
    telemetry: TelemetryReader
    way: FolderDoor | ServerDoor

    def take(self, piece: Piece) -> LinesAnswer:
        """Store a piece; its answer's line numbers count from the piece's first line, 1."""
        return self.way.take(piece)


@contextmanager
def open_door(settings: Settings) -> Iterator[Door]:
    """Open the way into a data folder; at the end, what was imported is judged - by the server where there is one.

    Raises BadSettings or Conflict when another process uses the folder and does not listen.
    """
    keys = prepare_folder(settings.data, create=False)
    owner = folder_owner(settings.data)
    if owner is None:
        with alone_in_folder(settings) as parts:
            yield Door(parts.register, parts.telemetry, FolderDoor(parts))
            judge_all(parts, clock.now())
        return
    if url_of(owner) is None:
        raise Conflict(f"cannot import: process {owner.pid} uses the folder and does not listen", "wait until it is ready, or has ended")
    with (
        closing(open_register(settings.data)) as register,
        closing(open_reader(settings.data)) as telemetry,
        open_server_door(settings.data, keys) as way,
    ):
        yield Door(register, telemetry, way)
