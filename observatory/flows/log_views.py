"""Rebuild from the log what is shown of it, and say what differs: invariant I14, rebuild(log) = views.

Every entry is read in order, without the index by kind that views are read through.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from observatory.flows.catalogue import CHANGED, REGISTERED, REMOVED
from observatory.flows.log_checking import entries_from
from observatory.flows.months import FROZEN, FrozenMonth, frozen_months, months_of
from observatory.model.signoff import LogEntry, SignOffState
from observatory.signoff.canonical_json import Json, parse
from observatory.signoff.gate_history import History
from observatory.signoff.leaves import READERS
from observatory.signoff.state import service_state
from observatory.store.log_books import WholeCheck
from observatory.store.register import RegisterStore

SIGNOFF_STATES, SERVICES, MONTHS = "sign-off states", "services registered", "months frozen"
"""What is rebuilt and compared."""


@dataclass(frozen=True, slots=True)
class LogViews:
    """What is made of a log."""

    services: frozenset[str]
    """Ids of those that are observed now."""
    signoff_states: Mapping[str, SignOffState]
    """Of those that were ever decided about."""
    months: Mapping[str, FrozenMonth]


def rebuilt(register: RegisterStore, size: int, now: datetime) -> LogViews:
    """Return what the first entries of the log, so many, come to."""
    frozen: list[LogEntry] = []
    told: list[LogEntry] = []
    services: set[str] = set()
    for entry in entries_from(register, 0):
        if entry.index >= size:
            break
        if entry.kind in READERS:
            told.append(entry)
        if entry.kind == FROZEN:
            frozen.append(entry)
        if entry.kind in (REGISTERED, CHANGED):
            services.add(_service_of(entry))
        elif entry.kind == REMOVED:
            services.discard(_service_of(entry))
    history = History(zone=register.catalogue().site.zone).after(told, size)
    states = {service: service_state(service, history, now) for service in history.services}
    return LogViews(frozenset(services), states, months_of(frozen))


def differing(register: RegisterStore, made: LogViews, shown: Mapping[str, SignOffState]) -> list[str]:
    """Return which views are not what was rebuilt; `shown` are the states that pages say of observed services."""
    observed = {service.id for service in register.catalogue().services if not service.removed}
    with register.look() as books:
        months = frozen_months(books)
    return [
        *([SERVICES] if made.services != observed else []),
        *([SIGNOFF_STATES] if any(made.signoff_states.get(name, "none") != state for name, state in shown.items()) else []),
        *([MONTHS] if made.months != months else []),
    ]


def whole_check_of(register: RegisterStore) -> WholeCheck | None:
    """Return when all of the log was last found sound, and these views the same; None if that never was."""
    with register.look() as books:
        return books.log.whole_check()


def _service_of(entry: LogEntry) -> str:
    return str(cast(dict[str, Json], parse(entry.body))["id"])
