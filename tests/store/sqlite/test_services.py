"""Rows of a register that was written before names were one type, as they lie in the file."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from observatory.flows.catalogue import CatalogueChange, apply_catalogue
from observatory.model.catalogue import Agency, Catalogue, Site
from observatory.model.staff import StaffMember
from observatory.model.text import Text
from observatory.signoff.published_service import as_written
from observatory.store.register import RegisterStore
from observatory.store.sqlite.connections import connect_writer
from observatory.store.sqlite.moments import text_of
from tests import written_before
from tests.registers import in_look

WRITTEN = Catalogue(
    Site(Text("한빛 관측소", "Hanbit Observatory"), "Asia/Tokyo"),
    (Agency("labor", Text("고용노동부", "Ministry of Employment and Labor")),),
    (written_before.SERVICE, written_before.BARE),
)


@pytest.fixture
def connection(register: RegisterStore, folder: Path, now: datetime) -> Iterator[sqlite3.Connection]:
    """A connection to a register with the rows of before."""
    opened = connect_writer(folder / "register.sqlite")
    opened.execute(
        "INSERT INTO site (only, name_ko, name_en, time_zone, version) VALUES (1, '한빛 관측소', 'Hanbit Observatory', 'Asia/Tokyo', 1)"
    )
    opened.execute("INSERT INTO agency VALUES ('labor', 0, '고용노동부', 'Ministry of Employment and Labor')")
    for index, (service_id, menu_id, body) in enumerate(
        (("job-portal", "search", written_before.SERVICE_BODY), ("bare", "home", written_before.BARE_BODY))
    ):
        columns = "service_index, id, agency_id, position, removed, registered_at, definition"
        row = (index + 1, service_id, index, text_of(now), body)
        opened.execute(f"INSERT INTO service ({columns}) VALUES (?, ?, 'labor', ?, 0, ?, ?)", row)  # noqa: S608  # a constant
        opened.execute("INSERT INTO menu VALUES (?, ?, ?)", (index + 1, index + 1, menu_id))
    yield opened
    opened.close()


def definitions(connection: sqlite3.Connection) -> list[bytes]:
    """Return what is kept of each service."""
    return [body for (body,) in connection.execute("SELECT definition FROM service ORDER BY service_index")]


def test_a_catalogue_of_before_is_read(register: RegisterStore, connection: sqlite3.Connection) -> None:
    read = register.catalogue()
    assert replace(read, services=tuple(as_written(service) for service in read.services)) == WRITTEN


def test_the_same_catalogue_applied_again_changes_nothing(register: RegisterStore, connection: sqlite3.Connection, now: datetime) -> None:
    assert apply_catalogue(register, WRITTEN, now) == CatalogueChange((), (), ())
    assert in_look(register).log.entries() == []
    assert definitions(connection) == [written_before.SERVICE_BODY, written_before.BARE_BODY]


def test_a_member_of_before_is_read(register: RegisterStore, connection: sqlite3.Connection, now: datetime) -> None:
    connection.execute(
        """INSERT INTO staff (id, name, office_ko, office_en, created_at, password_hash, totp_secret)
           VALUES ('minister', '김책임', '장관', 'Minister', ?, 'hash', 'SECRET')""",
        (text_of(now),),
    )
    assert in_look(register).staff.members() == [StaffMember("minister", "김책임", Text("장관", "Minister"), (), now)]
