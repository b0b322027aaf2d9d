"""Read what was signed: the sign-offs that stand in the log, and where each service of a signer stands."""

from dataclasses import dataclass
from datetime import date, datetime

import structlog

from observatory.errors import NotFound, ObservatoryError, phrase
from observatory.flows.release_history import KnownHistory
from observatory.model.catalogue import Service
from observatory.model.signoff import LogEntry, SignOff, SignOffState
from observatory.model.staff import StaffMember
from observatory.signoff.signed import Signed, read_signed
from observatory.signoff.signers import refusal_to_sign
from observatory.signoff.state import service_state, signoffs_of
from observatory.store.register import RegisterStore
from observatory.transparency.leaf import is_unchanged

SIGNOFF_KIND = "sign-off"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SignedEntry:
    """A sign-off and the log entry that holds it."""

    signed: Signed
    entry: LogEntry

    @property
    def signoff(self) -> SignOff:
        """What was decided."""
        return self.signed.signoff


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
    signed = _signed(entry) if entry is not None and entry.kind == SIGNOFF_KIND else None
    if entry is None or signed is None:
        raise NotFound(
            phrase("cannot find a sign-off as entry %(index)d of the log"), phrase("follow a link from the sign-off desk"), index=index
        )
    return SignedEntry(signed, entry)


def _signed(entry: LogEntry) -> Signed | None:
    """Return the sign-off an entry holds, None if somebody changed it, or wrote there what no key signed."""
    if not is_unchanged(entry):
        return None
    try:
        return read_signed(entry.body)
    except ObservatoryError as error:
        log.critical("an entry of the log is no sign-off", index=entry.index, reason=error.message)
        return None


def local_day(register: RegisterStore, now: datetime) -> date:
    """Return the civil day it is where the services are."""
    return now.astimezone(register.catalogue().site.zone).date()
