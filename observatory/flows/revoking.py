"""Say what becomes of a sign-off after it was signed: it is revoked, or one of its conditions was met."""

from datetime import datetime

from observatory.errors import Conflict, NotFound, phrase
from observatory.flows.release_history import read_about
from observatory.model.release import ConditionMet, SignOffRevoked
from observatory.model.signoff import LogEntry, NewEntry
from observatory.model.visible_text import refuse_hidden
from observatory.signoff.gate import conditions_met, revocation_of
from observatory.signoff.gate_history import History
from observatory.signoff.leaves import CONDITION_MET, SIGNED, SIGNOFF_REVOKED, Logged, body_of
from observatory.signoff.signed import Signed
from observatory.store.register import Books, RegisterStore


def revoke_signoff(register: RegisterStore, revoked: SignOffRevoked, now: datetime) -> LogEntry:
    """End a sign-off for ever. Raises NotFound without such a sign-off of the service, Conflict if it has ended."""
    refuse_hidden("reason", revoked.reasons)
    with register.change() as books:
        history, signed = _signed(books, revoked.service, revoked.signoff)
        _refuse_revoked(signed, history)
        return books.log.append(NewEntry(SIGNOFF_REVOKED, body_of(revoked), now))


def meet_condition(register: RegisterStore, met: ConditionMet, now: datetime) -> LogEntry:
    """Note that a condition was mended. Raises NotFound without such a condition, Conflict if it was met, or the sign-off has ended."""
    refuse_hidden("note", met.note)
    with register.change() as books:
        history, signed = _signed(books, met.service, met.signoff)
        _refuse_revoked(signed, history)
        if met.condition not in {str(number) for number, _ in enumerate(signed.told.signoff.conditions, 1)}:
            raise NotFound(phrase("cannot find this condition"), phrase("name it by its number in the sign-off, from 1"))
        if met.condition in conditions_met(signed, history):
            raise Conflict(phrase("cannot say again that this condition was met"), phrase("it stands in the log"))
        return books.log.append(NewEntry(CONDITION_MET, body_of(met), now))


def _signed(books: Books, service: str, index: int) -> tuple[History, Logged[Signed]]:
    """Return the sign-off at an index of the log, with what became of those of its service."""
    entry = [entry for entry in books.log.entries(index, 1) if entry.index == index and entry.kind == SIGNED]
    history = read_about(books, service, (SIGNOFF_REVOKED, CONDITION_MET), *entry)
    found = history.about(service, Signed)
    if not found:
        raise NotFound(
            phrase("cannot find a sign-off of service %(id)r as entry %(index)d of the log"),
            phrase("see: observatory signoff list"),
            id=service,
            index=index,
        )
    return history, found[0]


def _refuse_revoked(signed: Logged[Signed], history: History) -> None:
    if revocation_of(signed, history) is not None:
        raise Conflict(phrase("cannot change this sign-off: it was revoked"), phrase("the executive may sign anew"))
