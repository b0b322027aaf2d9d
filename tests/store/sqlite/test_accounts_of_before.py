"""Accounts of earlier releases keep their way to sign in, which from now on has an id."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from observatory.model.staff import StaffSecrets
from observatory.store.opening import open_register, prepare_folder
from observatory.store.sqlite.moments import text_of
from observatory.store.sqlite.register.probing_tables import register_migrations
from tests.registers import in_look


def test_a_password_of_before_is_a_way_given_by_the_host(tmp_path: Path, now: datetime) -> None:
    prepare_folder(tmp_path)
    with closing(sqlite3.connect(tmp_path / "register.sqlite")) as connection:
        register_migrations.apply(Database(connection), stop_before="0026_passkeys")
        connection.execute(
            """INSERT INTO staff (id, name, office_ko, office_en, created_at, password_hash, totp_secret)
               VALUES ('minister', '김책임', '장관', 'Minister', ?, 'hash', 'SECRET')""",
            (text_of(now),),
        )
        connection.commit()

    register = open_register(tmp_path)
    [way] = in_look(register).ways.ways_of("minister")
    secrets = in_look(register).staff.secrets("minister")
    register.close()

    assert (way.kind, way.enrolled_at, way.enrolled_by, way.revoked_at, len(way.id)) == ("totp", now, "host", None, 32)
    assert secrets == StaffSecrets("hash", "SECRET", ())
