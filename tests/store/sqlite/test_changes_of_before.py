"""A folder of before tells of changes what it wrote down then, and keeps today's rules for all its past."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from sqlite_utils import Database

from observatory.flows.catalogue import apply_catalogue
from observatory.model.day_change import ChangedMinutes
from observatory.store.opening import open_register, open_telemetry, prepare_folder
from observatory.store.service_history import rules_of
from observatory.store.sqlite.register.judging_schema import register_migrations
from observatory.store.sqlite.telemetry.schema import telemetry_migrations
from tests.builders import a_catalogue, a_menu, a_service


def test_a_change_of_before_has_its_minutes_and_no_requests(tmp_path: Path) -> None:
    prepare_folder(tmp_path)
    (tmp_path / "telemetry.sqlite").unlink()
    with closing(sqlite3.connect(tmp_path / "telemetry.sqlite")) as old:
        telemetry_migrations.apply(Database(old), stop_before="0011_changed_digits")
        old.execute("INSERT INTO day_change VALUES (1, 1, '2026-11-17', 1795000000, 7, 0, 0, 0, 0, 9, 5, 1, 2, 3, 4)")
        old.commit()
    with closing(open_telemetry(tmp_path)) as store:
        (line,) = store.day_changes(None, 10)
    assert (line.menu, line.day, line.revision, line.reason) == (0, date(2026, 11, 17), 7, "untold")
    assert (line.before, line.after) == (ChangedMinutes(0, 0, 0, 0, 9), ChangedMinutes(5, 1, 2, 3, 4))
    assert (line.was.requests, line.now.requests) == (None, None)


def test_a_catalogue_of_before_holds_for_all_the_past_until_it_is_changed(tmp_path: Path, now: datetime) -> None:
    prepare_folder(tmp_path)
    service = replace(a_service(menus=(replace(a_menu(), critical=True),)), grade=2, low_traffic_block_minutes=15)
    with closing(open_register(tmp_path)) as register:
        apply_catalogue(register, a_catalogue(service), now)
    with closing(sqlite3.connect(tmp_path / "register.sqlite")) as old:
        old.execute("DROP TABLE rule_change")
        old.execute("DROP INDEX log_by_kind_and_second")
        old.execute("DELETE FROM _sqlite_migrations WHERE name = '0014_rule_changes'")
        old.commit()
        assert [each.name for each in register_migrations.pending(Database(old))] == ["0014_rule_changes"]
    prepare_folder(tmp_path)
    with closing(open_register(tmp_path)) as register:
        rules = rules_of(register.catalogue().services[0], register)
        day = date(2020, 1, 1)
        assert (rules.grades.on(day), rules.blocks.on(day)) == (2, 15)
        assert rules.critical.on(day) == {register.catalogue().services[0].menus[0].index}
