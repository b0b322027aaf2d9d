"""The step that watches gates notes each change once, and nothing in a log that is not sound."""

import sqlite3
from contextlib import closing

from apiflask import APIFlask

from observatory.flows.catalogue import apply_catalogue
from observatory.settings import Settings
from observatory.web.context import parts_of
from observatory.workers.watch_gates import WatchGates
from tests.builders import a_catalogue, a_service
from tests.registers import in_look
from tests.signed_log import BEGIN, WrittenLog


def signed(app: APIFlask) -> None:
    log = WrittenLog.with_people()
    log.freeze()
    log.sign()
    apply_catalogue(parts_of(app).register, a_catalogue(a_service()), BEGIN)
    log.keep_in(parts_of(app).register)


def test_a_gate_that_opened_is_noted_once_also_by_a_step_that_begins_anew(app: APIFlask) -> None:
    parts = parts_of(app)
    step = WatchGates()
    assert step(parts) is False
    signed(app)

    assert [step(parts) for _ in range(4)] == [True, False, False, False]
    assert WatchGates()(parts) is False
    assert len(in_look(parts.register).log.entries_of_kind("gate-opened")) == 1


def test_nothing_is_noted_in_a_log_that_was_changed(app: APIFlask, settings: Settings) -> None:
    parts = parts_of(app)
    signed(app)
    with closing(sqlite3.connect(settings.data / "register.sqlite")) as connection, connection:
        connection.execute("DELETE FROM log WHERE log_index = 2")

    assert WatchGates()(parts) is False
    assert in_look(parts.register).log.entries_of_kind("gate-opened") == []
