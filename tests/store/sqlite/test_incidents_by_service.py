"""How incidents are looked for: what one service has must not cost more the more the others have."""

import sqlite3
from contextlib import closing
from pathlib import Path

from observatory.store.sqlite.register.incidents import LISTED, LISTED_OF_SERVICE
from observatory.store.sqlite.register.store import SqliteRegister

PARAMETERS = dict.fromkeys(("service_id", "menu_id", "start", "end", "after_id", "after_start")) | {"limit": 10}


def _plan(path: Path, statement: str) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return "; ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", PARAMETERS))


def test_the_incidents_of_a_service_are_found_by_its_index(tmp_path: Path) -> None:
    SqliteRegister(tmp_path / "register.sqlite").close()

    assert _plan(tmp_path / "register.sqlite", LISTED_OF_SERVICE) == "SEARCH incident USING INDEX incident_by_service (service_id=?)"


def test_all_incidents_are_listed_in_their_order_without_sorting(tmp_path: Path) -> None:
    SqliteRegister(tmp_path / "register.sqlite").close()

    assert _plan(tmp_path / "register.sqlite", LISTED) == "SCAN incident USING INDEX incident_by_start"
