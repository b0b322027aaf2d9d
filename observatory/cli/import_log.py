"""Access logs in, a summary out: piece after piece, from where the last import of the same file stopped."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from observatory.cli.import_doors import Door, LogPiece, open_door
from observatory.cli.import_file import find_start, has_unended_line, open_lines, pieces
from observatory.cli.import_summary import Bar, ImportSummary, progress_bar
from observatory.decode.access_log_line import FORMATS, decode_lines
from observatory.errors import BadInput
from observatory.model.catalogue import Catalogue
from observatory.model.columns import DecodedLines, Outcome
from observatory.settings import Settings
from observatory.store.interface import ImportPosition

IDS_SHOWN_MAX = 20


def import_logs(settings: Settings, paths: Sequence[Path], service_id: str | None, log_format: str) -> ImportSummary:
    """Import files one after the other. Raises BadInput for a format, service or file that cannot be used."""
    if log_format not in FORMATS:
        raise BadInput(f"cannot read an access log of format {log_format!r}", f"choose one of {', '.join(FORMATS)}")
    for path in paths:
        with open_lines(path):
            """Refuse a file that cannot be read before anything of the others is stored."""
    summary = ImportSummary()
    with open_door(settings) as door, progress_bar() as bar:
        chosen = choose_service(door.register.catalogue(), service_id)
        for path in paths:
            _import_file(door, path, chosen, log_format, summary, bar)
    return summary


def choose_service(catalogue: Catalogue, service_id: str | None) -> str:
    """Return the id of the service a log belongs to. Raises BadInput, naming the choice."""
    ids = [service.id for service in catalogue.services if not service.removed]
    if service_id is None and len(ids) == 1:
        return ids[0]
    if service_id in ids:
        return str(service_id)
    if not ids:
        raise BadInput("cannot import a log: the catalogue has no service", "describe it first: observatory catalogue apply FILE")
    shown = ", ".join(ids[:IDS_SHOWN_MAX]) + (", ..." if len(ids) > IDS_SHOWN_MAX else "")
    if service_id is None:
        raise BadInput(f"cannot tell whose log this is: the catalogue has {len(ids)} services", f"add --service ID, one of {shown}")
    raise BadInput(f"cannot import a log of {service_id!r}: no such service", f"use one of {shown}")


def _import_file(door: Door, path: Path, service_id: str, log_format: str, summary: ImportSummary, bar: Bar) -> None:
    with open_lines(path) as file:
        start = find_start(file, path, f"log\n{service_id}", door.telemetry.position)
        summary.already_imported += start.first_line - 1
        bar.begin(path, start.offset)
        for piece in pieces(file, start, take_unended=False):
            decoded = decode_lines(piece.lines, log_format)
            position = ImportPosition(start.file_id, piece.end_offset)
            answer = door.take_log(LogPiece(piece.lines, decoded, service_id, log_format, position))
            excluded = int(np.count_nonzero(decoded.columns.outcome == Outcome.EXCLUDED))
            summary.note(path, piece.first_line, answer, status_counts(decoded), excluded)
            bar.reach(piece.end_offset)
        summary.waiting += has_unended_line(file)


def status_counts(decoded: DecodedLines) -> dict[str, int]:
    """Return how many lines report each HTTP status."""
    statuses, counts = np.unique(decoded.columns.status, return_counts=True)
    return {str(status): count for status, count in zip(statuses.tolist(), counts.tolist(), strict=True)}
