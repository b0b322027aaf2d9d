"""Everything people can say of failures and work, one act after the other, each with what tells that it was done: what a sweep kills."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from observatory.flows import corrections, declarations, disputes, incident_updates, maintenance, months, scheduling, shared_causes
from observatory.flows.catalogue import apply_catalogue
from observatory.flows.publishing_due import publish_due
from observatory.judge.windows import named_window
from observatory.model.correction import Correction
from observatory.model.declaration import Declaration
from observatory.model.dispute import Dispute
from observatory.model.maintenance import Announcement
from observatory.model.text import Text
from observatory.store.opening import open_register, prepare_folder
from observatory.store.register import Books, RegisterStore
from tests.builders import a_catalogue, a_service
from tests.moments import NOW
from tests.summaries import an_incident

HOUR = timedelta(hours=1)
KO, EN, BOTH = Text("말", ""), Text("", "Word"), Text("말", "Word")
ENDED, OPEN = an_incident("job-portal-ended"), replace(an_incident("library-open", minutes=None), service_id="library")
WORK, ELSE = (f"job-portal-maintenance-{NOW + days:%Y%m%dT%H%M}" for days in (48 * HOUR, 72 * HOUR))
DECLARED = f"job-portal-declared-{NOW - HOUR:%Y%m%dT%H%M}"
CAUSE = f"cause-{NOW:%Y%m%dT%H%M}"
LATE = Correction("job-portal", None, NOW - 3 * HOUR, NOW - 2 * HOUR, NOW - HOUR)
MONTH = named_window("month:2026-10", a_catalogue().site.zone, NOW)


class Act(NamedTuple):
    """Something somebody does, in one transaction."""

    do: Callable[[RegisterStore], object]
    done: Callable[[Books], object]


def said(start: timedelta) -> Announcement:
    return Announcement(NOW, NOW + start, NOW + start + HOUR, BOTH)


def updates(books: Books) -> list[Text]:
    return [each.text for each in books.updates.updates([OPEN.id]).get(OPEN.id, ())]


def outcome(books: Books, number: int) -> str | None:
    found = books.schedule.message(number)
    return found.outcome if found is not None else None


ACTS = (
    Act(
        lambda it: maintenance.announce(it, "job-portal", said(48 * HOUR), "FREQ=DAILY;COUNT=2", "mark", NOW),
        lambda books: books.maintenance.announced(),
    ),
    Act(
        lambda it: maintenance.change(it, WORK, said(49 * HOUR), "mark", NOW),
        lambda books: any(len(each.announcements) == 2 for each in books.maintenance.announced()),
    ),
    Act(
        lambda it: maintenance.cancel(it, ELSE, "mark", NOW), lambda books: any(each.cancelled_at for each in books.maintenance.announced())
    ),
    Act(lambda it: scheduling.schedule_reminder(it, WORK, BOTH, NOW + HOUR, "mark", NOW), lambda books: books.schedule.message(1)),
    Act(
        lambda it: scheduling.schedule_update(it, OPEN.id, "identified", KO, NOW + 2 * HOUR, "mark", NOW), lambda it: it.schedule.message(2)
    ),
    Act(lambda it: scheduling.schedule_update(it, OPEN.id, "identified", KO, NOW + HOUR, "mark", NOW), lambda it: it.schedule.message(3)),
    Act(lambda it: scheduling.unschedule(it, 3, NOW), lambda books: outcome(books, 3)),
    Act(lambda it: incident_updates.write_update(it, OPEN.id, "investigating", KO, "mark", NOW), updates),
    Act(lambda it: incident_updates.translate_update(it, OPEN.id, 1, EN, "mark", NOW), lambda books: BOTH in updates(books)),
    Act(
        lambda it: declarations.declare(it, Declaration("", "job-portal", (), "down", NOW - HOUR, None, KO, NOW), "mark", NOW),
        lambda books: books.declarations.declaration(DECLARED),
    ),
    Act(
        lambda it: declarations.translate(it, DECLARED, EN, "mark", NOW),
        lambda books: (found := books.declarations.declaration(DECLARED)) and found.title == BOTH,
    ),
    Act(lambda it: declarations.end(it, DECLARED, "mark", NOW), lambda books: not books.declarations.going_on()),
    Act(lambda it: disputes.dispute(it, ENDED.id, KO, "mark", NOW), lambda books: books.disputes.listed()),
    Act(
        lambda it: disputes.translate_dispute(it, ENDED.id, 1, EN, "mark", NOW),
        lambda books: any(each.text == BOTH for each in books.disputes.listed()),
    ),
    Act(
        lambda it: disputes.answer_dispute(it, only_dispute(it), BOTH, "auditor", NOW, accepted=True),
        lambda books: any(each.answer for each in books.disputes.listed()),
    ),
    Act(
        lambda it: corrections.approve(it, LATE.id, BOTH, "auditor", NOW),
        lambda books: all(each.approved_at for each in books.corrections.corrections()),
    ),
    Act(lambda it: shared_causes.share(it, BOTH, [ENDED.id, OPEN.id], "operator", NOW), lambda books: books.causes.cause(CAUSE)),
    Act(
        lambda it: shared_causes.untie(it, CAUSE, [], "operator", NOW),
        lambda books: (found := books.causes.cause(CAUSE)) and not found.tied,
    ),
    Act(lambda it: publish_due(it, NOW + HOUR), lambda books: outcome(books, 1)),
    Act(lambda it: publish_due(it, NOW + 2 * HOUR), lambda books: outcome(books, 2)),
    Act(lambda it: months.freeze(it, MONTH, {"job-portal": "ab", "library": "cd"}, NOW + 2 * HOUR), months.frozen_months),
)


def only_dispute(register: RegisterStore) -> Dispute:
    with register.look() as books:
        return books.disputes.listed()[0]


def prepared(folder: Path) -> None:
    """Make a folder in which all of this can be said."""
    prepare_folder(folder)
    with closing(open_register(folder)) as register:
        apply_catalogue(register, a_catalogue(a_service(), a_service("library")), NOW - timedelta(days=100))
        with register.change() as books:
            books.incidents.keep([ENDED, OPEN])
            books.corrections.withhold(LATE)


def all_that_is_said(folder: Path) -> Iterator[int]:
    """Do what was not done yet, act by act."""
    with closing(open_register(folder)) as register:
        for number, act in enumerate(ACTS):
            with register.look() as books:
                done = act.done(books)
            if not done:
                act.do(register)
            yield number


def everything_kept(folder: Path) -> str:
    """Return every row of the register, and the log with its hashes, as one text; when its tables were made is left out."""
    open_register(folder).close()
    with closing(sqlite3.connect(folder / "register.sqlite")) as connection:
        return "\n".join(line for line in connection.iterdump() if "_sqlite_migrations" not in line)
