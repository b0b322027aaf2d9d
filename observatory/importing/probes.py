"""Import a table of probe results; names it does not know are refused as a whole, or registered."""

import re
from collections.abc import Iterator
from pathlib import Path

from observatory import clock
from observatory.decode.probes.csv import decode_rows
from observatory.errors import BadInput
from observatory.flows.catalogue import apply_catalogue
from observatory.flows.vantages import source_of
from observatory.importing.doors import Door, open_door
from observatory.importing.import_summary import ImportSummary, progress_bar
from observatory.importing.line_file import LineFile, Piece, find_start, open_lines
from observatory.importing.pieces import ProbePiece
from observatory.importing.register_services import with_services
from observatory.model.catalogue import Catalogue
from observatory.model.columns import ProbeName
from observatory.model.delivery import ImportPosition
from observatory.rollup.attribution import UNKNOWN_SERVICE
from observatory.rollup.probe_names import place_of, unknown_names
from observatory.settings import Settings
from observatory.store.observed_books import ProbeSeries

INTERVAL_S_MIN, INTERVAL_S_MAX = 10, 86_400
UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600}
NAMES_SHOWN_MAX = 50
VANTAGE_LENGTH_MAX = 64


def parse_interval(text: str) -> int:
    """Return a duration such as 90s, 100m or 2h in seconds. Raises BadInput."""
    match = re.fullmatch(r"([0-9]{1,6})(s|m|h)", text)
    seconds = int(match[1]) * UNIT_SECONDS[match[2]] if match else 0
    if not INTERVAL_S_MIN <= seconds <= INTERVAL_S_MAX:
        raise BadInput(f"cannot use interval {text!r}", "write a number and s, m or h, such as 100m; 10s to 24h")
    return seconds


def import_table(settings: Settings, path: Path, interval_s: int | None, agency: str | None, vantage: str) -> ImportSummary:
    """Import one table. Raises BadInput, with nothing stored, if it cannot be read or names what the catalogue does not have."""
    if not 1 <= len(vantage) <= VANTAGE_LENGTH_MAX or not vantage.isprintable():
        raise BadInput("cannot use this vantage", f"give a name of 1 to {VANTAGE_LENGTH_MAX} printable characters")
    names = _names_of(path)
    summary = ImportSummary()
    with open_door(settings) as door, progress_bar() as bar, open_lines(path) as file:
        catalogue = _catalogue_for(names, door, agency)
        _declare(door, names, catalogue, interval_s, vantage)
        file.hold()
        start = find_start(file.beginning(), f"probes\n{vantage}", door.telemetry.position)
        header = _header(file)
        file.skip_to(start.offset)
        summary.already_imported += file.next_line - 2
        bar.begin(path, file.done_bytes)
        for piece in _all_pieces(file):
            body = header + piece.lines
            answer = door.take(ProbePiece(body, vantage, ImportPosition(start.file_id, piece.end_offset)))
            summary.note(path, piece.first_line - 1, answer)
            bar.reach(file.done_bytes)
    return summary


def _all_pieces(file: LineFile) -> Iterator[Piece]:
    """Yield the rest of a table, its last row too if it lacks its end."""
    yield from file.pieces()
    if last := file.last_piece():
        yield last


def _header(file: LineFile) -> bytes:
    """Return the first line of a table, with its end, and go on behind it. Raises BadInput."""
    header = file.beginning().partition(b"\n")[0] + b"\n"
    if len(header) > len(file.beginning()):
        raise BadInput(
            f"cannot import {file.path}: it has no lines after a header", "the first line names the columns: checked_at,service,state,..."
        )
    file.skip_to(len(header))
    return header


def _names_of(path: Path) -> list[ProbeName]:
    """Return the names in a table, each once, in their order; the whole file is read before anything is stored."""
    names: dict[ProbeName, None] = {}
    with open_lines(path) as file:
        text = _header(file).decode("utf-8-sig", "replace")
        for piece in _all_pieces(file):
            names.update(dict.fromkeys(decode_rows(piece.lines, text, piece.first_line).names))
    return list(names)


def _catalogue_for(names: list[ProbeName], door: Door, agency: str | None) -> Catalogue:
    """Return a catalogue that has every name, extended if need be and allowed. Raises BadInput."""
    catalogue = door.register.catalogue()
    unknown = unknown_names(names, catalogue)
    if agency is not None and UNKNOWN_SERVICE in unknown.values():
        new = [name.service for name, reason in unknown.items() if reason == UNKNOWN_SERVICE]
        extended = with_services(catalogue, agency, list(dict.fromkeys(new)))
        unknown = {name: reason for name, reason in unknown.items() if reason != UNKNOWN_SERVICE} | unknown_names(
            [name for name in names if name.service in new], extended
        )
        if not unknown:
            apply_catalogue(door.register, extended, clock.now())
            return door.register.catalogue()
    if unknown:
        lines = [f"  {reason}: {name.service}" + (f", menu {name.menu}" if name.menu else "") for name, reason in unknown.items()]
        more = [f"  and {len(lines) - NAMES_SHOWN_MAX} more"] if len(lines) > NAMES_SHOWN_MAX else []
        raise BadInput(
            "cannot import: the catalogue does not have\n" + "\n".join([*lines[:NAMES_SHOWN_MAX], *more]) + "\nNothing was stored",
            "use ids or names of the catalogue, or create the services with --register AGENCY",
        )
    return catalogue


def _declare(door: Door, names: list[ProbeName], catalogue: Catalogue, interval_s: int | None, vantage: str) -> None:
    """Remember how far apart the checks of every service and menu in the table are."""
    if interval_s is None:
        return
    source = source_of(door.register, vantage)
    places = {(place[0].index, place[1].index) for name in names if (place := place_of(name, catalogue)) is not None}
    with door.register.change() as books:
        books.probes.keep_series([ProbeSeries(service, menu, source, interval_s) for service, menu in sorted(places)])
