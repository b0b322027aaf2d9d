"""Announce maintenance, change it and cancel it: each is one entry of the log, whose clock says whether it was in time.

What counts of it is the judge's business (`judge.maintenance`); whatever has passed is never touched.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from observatory.errors import BadInput, Conflict, NotFound, phrase
from observatory.flows.catalogue import observed_service
from observatory.flows.log_checking import moment_by_log
from observatory.model.maintenance import Announcement, Maintenance, new_ids
from observatory.model.recurrence import starts_of
from observatory.model.signoff import NewEntry
from observatory.model.visible_text import refuse_all_but_a_line
from observatory.signoff.published_maintenance import announced_body, cancelled_body
from observatory.store.register import Books, RegisterStore

ANNOUNCED, CANCELLED = "service-maintenance-announced", "service-maintenance-cancelled"
"""Kinds of log entries."""
AHEAD_MAX = timedelta(days=366)
WAITING_MAX = 208
"""Of one service, announced and not over: two series of a year."""


def announce(
    register: RegisterStore, service_id: str, said: Announcement, recurrence: str, by: str, now: datetime
) -> tuple[Maintenance, ...]:
    """Announce maintenance of a service, once or as often as a rule says (RFC 5545; empty: once): one entry of the log for all of it.

    `said.at` is not looked at: it is the moment of the entry. Raises NotFound, and BadInput or Conflict for what cannot be announced.
    """
    said = replace(said, menu_ids=tuple(dict.fromkeys(said.menu_ids)))
    service, zone = observed_service(register, service_id, said.menu_ids), register.catalogue().site.zone
    _check(said, now)
    moves = [start - said.start for start in starts_of(recurrence, said.start, now + AHEAD_MAX, zone)]
    with register.change() as books:
        at, known = moment_by_log(books, now), books.maintenance.announced(service.id)
        parts = [replace(said, at=at, start=said.start + move, end=said.end + move) for move in moves]
        if len(parts) + sum(not each.is_over(now) for each in known) > WAITING_MAX:
            raise Conflict(
                phrase("cannot announce more than %(max)d maintenances of one service ahead"),
                phrase("announce later ones later, or cancel some"),
                max=WAITING_MAX,
            )
        ids = new_ids(service.id, [part.start for part in parts], {each.id for each in known})
        for maintenance_id, part in zip(ids, parts, strict=True):
            books.maintenance.announce(maintenance_id, service.id, part)
        _judge_what_has_come(books, service.id, parts[0].start, now)
        books.log.append(NewEntry(ANNOUNCED, announced_body(service.id, ids, parts, by), at))
        return tuple(each for each in books.maintenance.announced(service.id) if each.id in ids)


def change(register: RegisterStore, maintenance_id: str, said: Announcement, by: str, now: datetime) -> Maintenance:
    """Announce anew what is not over: what that adds is announced only now. What has begun keeps its start.

    Raises as `announce` does, and Conflict for what is over or would begin at another time than it did.
    """
    said = replace(said, menu_ids=tuple(dict.fromkeys(said.menu_ids)))
    with register.look() as books:
        service_id = known_maintenance(books, maintenance_id).service_id
    service = observed_service(register, service_id, said.menu_ids)
    _check(said, now)
    with register.change() as books:
        found, at = _not_over(books, maintenance_id, now), moment_by_log(books, now)
        if found.start <= now and (said.start, said.menu_ids) != (found.start, found.menu_ids):
            raise Conflict(phrase("cannot move maintenance that has begun"), phrase("change its end, or cancel it"))
        books.maintenance.announce(found.id, service.id, replace(said, at=at))
        _judge_what_has_come(books, service.id, min(found.start, said.start), now)
        books.log.append(NewEntry(ANNOUNCED, announced_body(service.id, [found.id], [said], by), at))
        return known_maintenance(books, found.id)


def cancel(register: RegisterStore, maintenance_id: str, by: str, now: datetime) -> Maintenance:
    """Cancel maintenance: from now on every minute of it counts again. Raises NotFound, and Conflict for what is over."""
    with register.change() as books:
        found = _not_over(books, maintenance_id, now)
        books.maintenance.cancel(found.id, now)
        _judge_what_has_come(books, found.service_id, found.start, now)
        books.log.append(NewEntry(CANCELLED, cancelled_body(found, by), now))
        return known_maintenance(books, found.id)


def _judge_what_has_come(books: Books, service_id: str, start: datetime, now: datetime) -> None:
    """Have the minutes judged again that are past, or present, when something is said of them."""
    if start <= now:
        books.corrections.judge_again(service_id, start, now.replace(second=0, microsecond=0) + timedelta(minutes=1))


def _check(said: Announcement, now: datetime) -> None:
    if said.end <= now or said.start > now + AHEAD_MAX:
        raise BadInput(phrase("cannot announce maintenance that is over, or more than a year away"), phrase("choose another time"))
    for title in said.title:
        refuse_all_but_a_line("title", title)


def known_maintenance(books: Books, maintenance_id: str) -> Maintenance:
    """Return what was announced. Raises NotFound."""
    found = books.maintenance.maintenance(maintenance_id)
    if found is None:
        raise NotFound(
            phrase("cannot find maintenance %(id)r"), phrase("list what there is: observatory maintenance list"), id=maintenance_id[:100]
        )
    return found


def _not_over(books: Books, maintenance_id: str, now: datetime) -> Maintenance:
    found = known_maintenance(books, maintenance_id)
    if found.is_over(now):
        raise Conflict(phrase("cannot change maintenance %(id)s: it is over, or was cancelled"), phrase("announce another"), id=found.id)
    return found
