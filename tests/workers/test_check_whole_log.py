"""All of the log is read at the start of each day and held against what is shown; when it was sound is written down."""

import sqlite3
from contextlib import closing
from datetime import timedelta

from apiflask import APIFlask

from observatory.flows.catalogue import apply_catalogue
from observatory.model.signoff import NewEntry
from observatory.parts import Parts
from observatory.settings import Settings
from observatory.signoff.bare_statement import bare_statement_bytes
from observatory.store.log_books import WholeCheck
from observatory.web.context import parts_of
from observatory.workers.check_whole_log import TRIED_AGAIN_AFTER, CheckWholeLog
from tests.builders import a_catalogue, a_service, a_signoff
from tests.moments import NOW
from tests.people import SteppingClock
from tests.registers import in_look


def edit(settings: Settings, statement: str) -> None:
    with closing(sqlite3.connect(settings.data / "register.sqlite")) as connection:
        assert connection.execute(statement).rowcount > 0
        connection.commit()


def prepared(app: APIFlask) -> tuple[Parts, SteppingClock]:
    """Return the parts of an application with a service that was decided about, and more entries than are read at once."""
    parts = parts_of(app)
    clock = SteppingClock(NOW)
    apply_catalogue(parts.register, a_catalogue(a_service(), a_service("tax")), NOW)
    apply_catalogue(parts.register, a_catalogue(a_service()), NOW)
    with parts.register.change() as books:
        for number in range(1100):
            books.log.append(NewEntry("test", b"%d" % number, NOW))
        books.log.append(NewEntry("sign-off", bare_statement_bytes(a_signoff()), NOW))
    object.__setattr__(parts, "now", clock)
    return parts, clock


def run(step: CheckWholeLog, parts: Parts) -> int:
    """Take a step until nothing is left to do; return how often."""
    count = 1
    while step(parts):
        count += 1
    return count


def checked(parts: Parts) -> WholeCheck | None:
    found: WholeCheck | None = in_look(parts.register).log.whole_check()
    return found


def test_a_sound_log_is_read_whole_once_a_day(app: APIFlask) -> None:
    parts, clock = prepared(app)
    step = CheckWholeLog()
    assert run(step, parts) == 5
    first = checked(parts)
    assert first == WholeCheck(NOW, 1105)
    clock.pass_by(hours=3)
    run(step, parts)
    assert checked(parts) == first
    clock.pass_by(hours=21)
    run(CheckWholeLog(), parts)
    assert checked(parts) == WholeCheck(NOW + timedelta(days=1), 1105)


def test_an_entry_that_was_changed_is_no_success(app: APIFlask, settings: Settings) -> None:
    parts, clock = prepared(app)
    step = CheckWholeLog()
    run(step, parts)
    clock.pass_by(days=1)
    edit(settings, "UPDATE log SET body = x'00' WHERE log_index = 701")
    run(step, parts)
    assert checked(parts) == WholeCheck(NOW, 1105)
    edit(settings, "UPDATE log SET body = CAST('697' AS BLOB) WHERE log_index = 701")
    clock.pass_by(hours=2)
    run(step, parts)
    run(step, parts)
    assert checked(parts) == WholeCheck(clock.moment, 1105)


def test_what_is_shown_and_does_not_stand_in_the_log_is_no_success(app: APIFlask, settings: Settings) -> None:
    parts, clock = prepared(app)
    edit(settings, "UPDATE service SET removed = 0, removed_at = NULL WHERE removed = 1")
    edit(settings, "UPDATE site SET version = version + 1")
    step = CheckWholeLog()
    run(step, parts)
    assert checked(parts) is None
    clock.moment += TRIED_AGAIN_AFTER
    apply_catalogue(parts.register, a_catalogue(a_service()), NOW)
    run(step, parts)
    assert checked(parts) is not None
