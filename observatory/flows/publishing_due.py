"""Publish what waited for its time: once, whatever restarts in between."""

from dataclasses import replace
from datetime import datetime

from observatory.flows.incident_updates import UPDATES_MAX, add_update, heir_of, own_updates
from observatory.flows.maintenance import known_maintenance
from observatory.model.scheduled_message import Outcome, ScheduledMessage
from observatory.model.signoff import NewEntry
from observatory.signoff.published_maintenance import reminder_body
from observatory.store.register import Books, RegisterStore

REMINDED = "service-maintenance-reminder"
"""Kind of the log entry; an update is told as any other."""
PUBLISHED_AT_ONCE = 50


def publish_due(register: RegisterStore, now: datetime) -> bool:
    """Publish what is due, in the order of its times, each together with what notes that it was; return whether more is due.

    ! One transaction for each: killed anywhere, a message was published and waits no more, or waits and was not published.
    """
    with register.look() as books:
        due = books.schedule.waiting(now, PUBLISHED_AT_ONCE)
    for each in due:
        with register.change() as books:
            found = books.schedule.message(each.number)
            if found is not None and found.outcome is None:
                outcome: Outcome = "published" if _publish(books, found, now) else "dropped"
                books.schedule.end(replace(found, outcome=outcome, ended_at=now))
    return len(due) == PUBLISHED_AT_ONCE


def _publish(books: Books, said: ScheduledMessage, now: datetime) -> bool:
    """Publish a message unless there is nothing left to speak of, or the service has left; return whether it was."""
    if books.services.removed_at(said.service_id) is not None:
        return False
    if said.maintenance_id is not None:
        if known_maintenance(books, said.maintenance_id).is_over(now):
            return False
        books.log.append(NewEntry(REMINDED, reminder_body(said), now))
        return True
    found = heir_of(books, said.incident_id or "")
    if found is None or found.ended_at is not None or found.withdrawn or len(own_updates(books, found)) >= UPDATES_MAX:
        return False
    assert said.stage is not None
    add_update(books, found, said.stage, said.text, said.by, now)
    return True
