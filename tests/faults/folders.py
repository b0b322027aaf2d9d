"""An empty place in, a data folder ready for faults out; and what a folder must still be after one."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from observatory import clock
from observatory.access.programs.tokens import new_token
from observatory.assembly import alone_in_folder
from observatory.flows.catalogue import apply_catalogue
from observatory.flows.figures import figures_of
from observatory.flows.judging import judge_all, judge_service
from observatory.flows.log_checking import check_log
from observatory.judge.days import minute_of, moment_of
from observatory.model.figure import ServiceFigures, Window
from observatory.model.incident import Incident
from observatory.parts import Parts
from observatory.settings import Settings
from observatory.store.opening import open_register, prepare_folder
from tests.builders import a_catalogue, a_menu, a_service
from tests.registers import in_change, in_look

SERVICES = ("job-portal", "pensions")
MENUS = ("jobs", "apply")
FILES = ("register.sqlite", "telemetry.sqlite")

# As if nothing had ever been judged: every minute there is waits, up to the present one.
FORGET_JUDGEMENTS = """
    DELETE FROM strip; DELETE FROM load; DELETE FROM unjudged;
    UPDATE judging SET revision = 0;
    INSERT INTO unjudged (service, slice, first_minute, last_minute, generation)
    SELECT service, minute / 1440, min(minute), max(minute), generation FROM minute JOIN judging USING (service) GROUP BY 1, 2;
"""

Failure = tuple[object, ...]


def make_folder(data: Path) -> str:
    """Prepare a folder with two services of two menus each; return the text of a token for both."""
    keys = prepare_folder(data)
    menus = tuple(a_menu(menu, routes=(f"/{menu}",)) for menu in MENUS)
    with closing(open_register(data)) as register:
        apply_catalogue(register, a_catalogue(*(a_service(service, menus=menus) for service in SERVICES)), clock.now())
        token, text = new_token(SERVICES, keys, clock.now())
        in_change(register).tokens.add(token)
    return text


def check_files(data: Path) -> None:
    """Hold a folder nobody serves against what every crash must leave: both files whole, the log as it was appended."""
    copy = data.with_name(f"{data.name}-copy")
    shutil.copytree(data, copy)
    try:
        for name in FILES:
            with closing(sqlite3.connect(copy / name)) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], name
        with closing(open_register(copy)) as register:
            report = check_log(register)
            assert report.broken is None, report.broken
            assert report.size > 0
    finally:
        shutil.rmtree(copy)


def check_judgements(data: Path, first_minute: int, end_minute: int) -> list[Failure]:
    """Judge a copy of a folder nobody serves to the end and another one afresh; both must say the same. Return the incidents."""
    now = clock.now()
    as_it_went, afresh = data.with_name(f"{data.name}-as-it-went"), data.with_name(f"{data.name}-afresh")
    for copy in (as_it_went, afresh):
        shutil.copytree(data, copy)
    with closing(sqlite3.connect(afresh / "telemetry.sqlite")) as connection:
        connection.executescript(FORGET_JUDGEMENTS)
    with closing(sqlite3.connect(afresh / "register.sqlite")) as connection:
        connection.executescript("DELETE FROM incident")
    window = Window("custom", moment_of(first_minute), moment_of(end_minute))
    found = [_judged(copy, window, now) for copy in (as_it_went, afresh)]
    assert found[0] == found[1], "\n".join(map(str, found))
    for copy in (as_it_went, afresh):
        shutil.rmtree(copy)
    return found[0][0]


def _judged(data: Path, window: Window, now: datetime) -> tuple[list[Failure], list[ServiceFigures]]:
    """Judge whatever waits in a folder; return its incidents and the figures of a window."""
    with alone_in_folder(Settings(data=data)) as parts:
        judge_all(parts, now)
        services = parts.register.catalogue().services
        for service in services:
            judge_service(service, None, parts, now)
        figures = [figures_of(service, window, parts.register, parts.telemetry, now) for service in services]
        # How often it was judged, and when that found what, is the one thing that may differ.
        return _failures(parts), [replace(each, revision=0, mttd_minutes=None) for each in figures]


def _failures(parts: Parts) -> list[Failure]:
    """Return all incidents without their names and when they were found, which may differ with the order of events."""
    return sorted((_failure(incident) for incident in in_look(parts.register).incidents.incidents()), key=repr)


def _failure(incident: Incident) -> Failure:
    ended = None if incident.ended_at is None else minute_of(incident.ended_at)
    return (
        *(incident.service_id, incident.menu_id, incident.menu_ids, incident.severity, minute_of(incident.started_at), ended),
        *(incident.end_reason, incident.detected_by, incident.down_minutes, incident.partial_minutes),
    )
