"""Read what was signed: the sign-offs that stand in the log, and where each service of a signer stands."""

from dataclasses import dataclass
from datetime import date, datetime

from observatory.errors import NotFound, phrase
from observatory.flows.release_history import KnownHistory
from observatory.model.catalogue import Service
from observatory.model.signoff import LogEntry, SignOff, SignOffState
from observatory.model.staff import StaffMember
from observatory.signoff.signers import refusal_to_sign
from observatory.signoff.state import service_state, signoffs_of
from observatory.signoff.statement import read_statement
from observatory.store.register import RegisterStore
from observatory.transparency.chain import is_unchanged

SIGNOFF_KIND = "sign-off"


@dataclass(frozen=True, slots=True)
class SignedEntry:
    """A sign-off and the log entry that holds it."""

    signoff: SignOff
    entry: LogEntry


@dataclass(frozen=True, slots=True)
class DeskRow:
    """A service for which somebody may sign, and where it stands."""

    service: Service
    state: SignOffState
    newest: SignOff | None


def desk_rows(register: RegisterStore, member: StaffMember, now: datetime) -> list[DeskRow]:
    """Return the services for which a member may sign, in catalogue order."""
    history = KnownHistory(register).look()
    return [
        DeskRow(service, service_state(service.id, history, now), next(iter(signoffs_of(service.id, history)), None))
        for service in register.catalogue().services
        if refusal_to_sign(member, service) is None
    ]


def signoffs_by_service(register: RegisterStore) -> dict[str, list[SignOff]]:
    """Return the sign-offs of every service that has any, newest first.

    An entry that was changed after it was signed is no sign-off any more and left out; `check_log` names it.
    """
    history = KnownHistory(register).look()
    return {service: [*found] for service in history.services if (found := signoffs_of(service, history))}


def signed_entry(register: RegisterStore, index: int) -> SignedEntry:
    """Return the sign-off at an index of the log. Raises NotFound if there is none."""
    with register.look() as books:
        entry = next((entry for entry in books.log.entries(first=index, limit=1) if entry.index == index), None)
    if entry is None or entry.kind != SIGNOFF_KIND or not is_unchanged(entry):
        raise NotFound(
            phrase("cannot find a sign-off as entry %(index)d of the log"), phrase("follow a link from the sign-off desk"), index=index
        )
    return SignedEntry(read_statement(entry.body), entry)


def local_day(register: RegisterStore, now: datetime) -> date:
    """Return the civil day it is where the services are."""
    return now.astimezone(register.catalogue().site.zone).date()
