"""Let updates and reminders wait for the time at which they publish themselves (`publishing_due`), and cancel them before."""

from dataclasses import replace
from datetime import datetime, timedelta

from observatory.errors import BadInput, Conflict, NotFound, phrase
from observatory.flows.incident_updates import unmerged_incident
from observatory.flows.maintenance import known_maintenance
from observatory.model.incident_update import Stage
from observatory.model.scheduled_message import ScheduledMessage
from observatory.model.text import Text
from observatory.model.visible_text import refuse_hidden
from observatory.store.register import Books, RegisterStore

AHEAD_MAX = timedelta(days=30)
WAITING_MAX = 20
"""Of one incident or maintenance."""


def schedule_update(
    register: RegisterStore, incident_id: str, stage: Stage, text: Text, publish_at: datetime, by: str, now: datetime
) -> ScheduledMessage:
    """Let an update of an incident wait for its time.

    Raises NotFound, BadInput for a time or text that cannot be, Conflict for an incident that is over or has WAITING_MAX.
    """
    with register.change() as books:
        found = unmerged_incident(books, incident_id)
        if found.ended_at is not None:
            raise Conflict(phrase("cannot write ahead about a failure that is over"), phrase("publish it at once"))
        said = ScheduledMessage(0, found.service_id, found.id, None, stage, text, publish_at, by)
        return _wait(books, said, now)


def schedule_reminder(
    register: RegisterStore, maintenance_id: str, text: Text, publish_at: datetime, by: str, now: datetime
) -> ScheduledMessage:
    """Let a reminder of maintenance wait for its time. Raises as `schedule_update`."""
    with register.change() as books:
        found = known_maintenance(books, maintenance_id)
        if found.is_over(max(now, publish_at)):
            raise Conflict(phrase("cannot remind of maintenance that is over by then, or cancelled"), phrase("choose an earlier time"))
        said = ScheduledMessage(0, found.service_id, None, found.id, None, text, publish_at, by)
        return _wait(books, said, now)


def unschedule(register: RegisterStore, number: int, now: datetime) -> ScheduledMessage:
    """Cancel what still waits. Raises NotFound, and Conflict for what was published, or ended otherwise."""
    with register.change() as books:
        found = books.schedule.message(number)
        if found is None:
            raise NotFound(phrase("cannot find scheduled message %(number)d"), phrase("choose one of the list"), number=number)
        if found.outcome is not None:
            raise Conflict(
                phrase("cannot cancel scheduled message %(number)d: it does not wait any more"), phrase("reload the page"), number=number
            )
        cancelled = replace(found, outcome="cancelled", ended_at=now)
        books.schedule.end(cancelled)
    return cancelled


def _wait(books: Books, said: ScheduledMessage, now: datetime) -> ScheduledMessage:
    if books.services.removed_at(said.service_id) is not None:
        raise Conflict(phrase("cannot let a message of a service wait that has left the catalogue"), phrase("nothing of it is published"))
    if not now < said.publish_at <= now + AHEAD_MAX:
        raise BadInput(
            phrase("cannot publish this by itself at a time that is past, or more than %(days)d days away"),
            phrase("choose another time"),
            days=AHEAD_MAX.days,
        )
    for written in said.text:
        refuse_hidden("text", written)
    if len(books.schedule.waiting_of(said.incident_id, said.maintenance_id)) >= WAITING_MAX:
        raise Conflict(phrase("cannot let more than %(max)d messages wait"), phrase("cancel one that waits"), max=WAITING_MAX)
    return books.schedule.add(said)
