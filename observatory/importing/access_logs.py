"""Import access logs piece after piece, from where the last import of the same file stopped."""

import re
from collections.abc import Sequence
from pathlib import Path

from observatory import clock
from observatory.decode.access_log.formats import require_format
from observatory.flows.catalogue import apply_catalogue
from observatory.importing.doors import Door, open_door
from observatory.importing.import_summary import Bar, ImportSummary, progress_bar
from observatory.importing.line_file import find_start, open_lines
from observatory.importing.log_owner import choose_service, log_target
from observatory.importing.pieces import LogPiece
from observatory.importing.register_services import slug_of, with_services
from observatory.importing.unfit_lines import refuse_unfit
from observatory.model.catalogue import Catalogue
from observatory.model.delivery import ImportPosition
from observatory.settings import Settings

ROTATION = re.compile(r"(\.gz|\.log|\.json|[.-][0-9]{1,10})$", re.IGNORECASE)
"""What a file name has behind the name of its log."""


def import_logs(
    settings: Settings, paths: Sequence[Path], service_id: str | None, log_format: str, agency: str | None = None
) -> ImportSummary:
    """Import files one after the other. Raises BadInput for a format, service or file that cannot be used.

    With `agency` (id or name), a service the catalogue does not have is created in it.
    """
    require_format(log_format)
    for path in paths:
        with open_lines(path):
            """Refuse a file that cannot be read before anything of the others is stored."""
    refuse_unfit(paths, log_format)
    summary = ImportSummary()
    with open_door(settings) as door, progress_bar() as bar:
        if agency is not None:
            service_id = _registered(door, service_id or log_name(paths[0]), agency)
        chosen = choose_service(door.register.catalogue(), service_id)
        for path in paths:
            _import_file(door, path, chosen, log_format, summary, bar)
    return summary


def log_name(path: Path) -> str:
    """Return what a log is called, without what rotation and packing add: `portal-access` for `portal-access.log.2.gz`."""
    name = path.name
    while (shorter := ROTATION.sub("", name)) not in ("", name):
        name = shorter
    return name


def _registered(door: Door, name: str, agency: str) -> str:
    """Return the id of the service of that name, which is created in the agency unless the catalogue has it."""
    known = _service_named(door.register.catalogue(), name)
    if known is None:
        apply_catalogue(door.register, with_services(door.register.catalogue(), agency, [name]), clock.now())
        known = _service_named(door.register.catalogue(), name)
        assert known is not None
    return known


def _service_named(catalogue: Catalogue, name: str) -> str | None:
    current = [service for service in catalogue.services if not service.removed]
    return next((service.id for service in current if service.id == slug_of(name) or name in service.name), None)


def _import_file(door: Door, path: Path, service_id: str, log_format: str, summary: ImportSummary, bar: Bar) -> None:
    with open_lines(path) as file:
        file.hold()
        start = find_start(file.beginning(), log_target(service_id), door.telemetry.position)
        file.skip_to(start.offset)
        summary.already_imported += file.next_line - 1
        bar.begin(path, file.done_bytes)
        for piece in file.pieces():
            position = ImportPosition(start.file_id, piece.end_offset)
            summary.note(path, piece.first_line, door.take(LogPiece(piece.lines, service_id, log_format, position)))
            bar.reach(file.done_bytes)
        summary.waiting += file.has_unended_line
