"""Open a gate in an emergency, without a sign-off: one person asks, another agrees, and everybody can see it for ever."""

from datetime import datetime, timedelta

from observatory.errors import Conflict, NotAllowed, NotFound, phrase
from observatory.flows.catalogue import observed_service
from observatory.flows.release_history import read_about
from observatory.model.release import BreakGlassApproved, BreakGlassRequested
from observatory.model.signoff import LogEntry, NewEntry
from observatory.model.visible_text import refuse_hidden
from observatory.signoff.leaves import BREAK_GLASS_APPROVED, BREAK_GLASS_REQUESTED, Logged, body_of
from observatory.store.register import Books, RegisterStore

ANSWERED_WITHIN = timedelta(hours=24)
"""How long a request waits for somebody to agree: an emergency of yesterday is another one."""


def request_break_glass(register: RegisterStore, request: BreakGlassRequested, now: datetime) -> LogEntry:
    """Ask that a gate be opened in an emergency. Raises NotFound for a service nobody observes, BadInput."""
    observed_service(register, request.service)
    refuse_hidden("reason", request.reasons)
    with register.change() as books:
        return books.log.append(NewEntry(BREAK_GLASS_REQUESTED, body_of(request), now))


def approve_break_glass(register: RegisterStore, service: str, index: int, by: str, now: datetime) -> BreakGlassApproved:
    """Agree to a request: the gate is open from now on for as long as was asked.

    Raises NotFound without such a request, NotAllowed for one's own, Conflict for one that was agreed to or is too old.
    """
    with register.change() as books:
        history = read_about(books, service, (BREAK_GLASS_REQUESTED, BREAK_GLASS_APPROVED))
        asked = history.about(service, BreakGlassRequested)
        found = next((leaf for leaf in asked if leaf.index == index), None)
        if found is None:
            raise NotFound(phrase("cannot find this request"), phrase("give the index of its entry in the log"))
        if found.told.by == by:
            raise NotAllowed(phrase("cannot approve one's own emergency"), phrase("somebody else has to agree"))
        if any(leaf.told.request == index for leaf in history.about(service, BreakGlassApproved)):
            raise Conflict(phrase("cannot approve this request: somebody has"), phrase("ask anew when its time is over"))
        return _approve(books, found, by, now)


def _approve(books: Books, request: Logged[BreakGlassRequested], by: str, now: datetime) -> BreakGlassApproved:
    if not timedelta() <= now - request.at <= ANSWERED_WITHIN:
        raise Conflict(phrase("cannot approve this request: it is too old"), phrase("ask anew"))
    until = (now + timedelta(hours=request.told.hours)).replace(microsecond=0)
    approved = BreakGlassApproved(request.told.service, request.index, until, by)
    books.log.append(NewEntry(BREAK_GLASS_APPROVED, body_of(approved), now))
    return approved
