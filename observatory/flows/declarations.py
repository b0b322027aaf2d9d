"""Declare that a service fails, and that it is over: each is one entry of the log. Nobody makes what was declared shorter.

The judge lays it over what was measured (`judge.declared`); only an auditor's correction takes it off some minutes again.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from observatory.errors import BadInput, Conflict, NotFound, phrase
from observatory.flows.catalogue import observed_service
from observatory.flows.figures import was_observed
from observatory.flows.log_checking import moment_by_log
from observatory.model.declaration import Declaration, check_title, declaration_id
from observatory.model.signoff import NewEntry
from observatory.model.text import Text
from observatory.model.visible_text import refuse_all_but_a_line
from observatory.signoff.published_stories import declared_body
from observatory.store.register import Books, RegisterStore
from observatory.store.telemetry import TelemetryReader

DECLARED, ENDED, TITLED = "service-incident-declared", "service-incident-declaration-ended", "service-incident-declaration-translated"
"""Kinds of log entries."""
BACK_MAX = timedelta(hours=72)
"""As long as records may come late: what is older is final."""
DECLARED_MAX = 200
"""Of one service, that began in the last 72 hours or go on."""
MINUTE = timedelta(minutes=1)


def declare(register: RegisterStore, said: Declaration, by: str, now: datetime, telemetry: TelemetryReader | None = None) -> Declaration:
    """Declare that a service, or menus of it, fails in a span of time that has begun; without an end it goes on until `end`.

    `said.id` and `said.at` are not looked at; without `telemetry` a service counts as observed since it was registered.
    Raises NotFound for what is not observed, BadInput for a span that cannot be declared,
    Conflict for more than DECLARED_MAX.
    """
    said = replace(said, menu_ids=tuple(dict.fromkeys(said.menu_ids)))
    service, start = observed_service(register, said.service_id, said.menu_ids), said.start
    _check(said, now)
    if not was_observed(service, start, register, telemetry):
        raise BadInput(phrase("cannot declare a failure from before the service was observed"), phrase("let it begin later"))
    with register.change() as books:
        known = books.declarations.of_service(service.id, start=now - BACK_MAX)
        if len(known) >= DECLARED_MAX:
            raise Conflict(
                phrase("cannot declare more than %(max)d failures of one service in three days"),
                phrase("end one that goes on, or declare one that lasts longer"),
                max=DECLARED_MAX,
            )
        taken = {each.id for each in books.declarations.of_service(service.id, start=start, end=start + MINUTE)}
        made = replace(said, id=declaration_id(service.id, start, taken), at=moment_by_log(books, now))
        books.declarations.declare(made)
        _judge_again(books, made, now)
        books.log.append(NewEntry(DECLARED, declared_body(made, by), made.at))
    return made


def end(register: RegisterStore, found_id: str, by: str, now: datetime) -> Declaration:
    """Say that a declared failure is over: every minute up to now stays as it was declared.

    Raises NotFound for an unknown one, Conflict for one that ended before.
    """
    with register.change() as books:
        found = _known(books, found_id)
        if found.end is not None:
            raise Conflict(phrase("cannot end %(id)s: it has ended"), phrase("only an auditor makes it shorter"), id=found.id)
        ended = replace(found, end=max(now.replace(second=0, microsecond=0), found.start + MINUTE), ended_at=moment_by_log(books, now))
        books.declarations.change(ended)
        _judge_again(books, ended, now)
        books.log.append(NewEntry(ENDED, declared_body(ended, by), ended.ended_at or now))
    return ended


def translate(register: RegisterStore, found_id: str, title: Text, by: str, now: datetime) -> Declaration:
    """Publish the title of a declaration in the language it lacked. Raises NotFound, Conflict if none is missing, BadInput without one."""
    check_title(title)
    for written in title:
        refuse_all_but_a_line("title", written)
    with register.change() as books:
        found = _known(books, found_id)
        whole = replace(found, title=Text(found.title.ko or title.ko, found.title.en or title.en))
        if whole == found:
            raise Conflict(phrase("cannot translate this title: nothing of it is missing"), phrase("what was published stays"))
        books.declarations.change(whole)
        books.log.append(NewEntry(TITLED, declared_body(whole, by), now))
    return whole


def _check(said: Declaration, now: datetime) -> None:
    if not now - BACK_MAX <= said.start <= now or (said.end or now) > now:
        raise BadInput(
            phrase("cannot declare a failure that is still to come, or began more than %(hours)d hours ago"),
            phrase("declare what has begun, without an end while it goes on"),
            hours=BACK_MAX // timedelta(hours=1),
        )
    for written in said.title:
        refuse_all_but_a_line("title", written)


def _judge_again(books: Books, said: Declaration, now: datetime) -> None:
    books.corrections.judge_again(said.service_id, said.start, now.replace(second=0, microsecond=0) + MINUTE)


def _known(books: Books, found_id: str) -> Declaration:
    found = books.declarations.declaration(found_id)
    if found is None:
        raise NotFound(phrase("cannot find what was declared as %(id)r"), phrase("choose one of the list"), id=found_id[:100])
    return found
