"""Return causes that incidents of several services share, with what each incident is by now."""

from collections.abc import Callable
from dataclasses import dataclass

from observatory.model.incident import Incident
from observatory.model.shared_cause import SharedCause, Tie
from observatory.store.register import RegisterStore

MERGED_MAX = 100
"""How many merges in a row are followed."""
FindIncident = Callable[[str], Incident | None]


@dataclass(frozen=True, slots=True)
class Effect:
    """An incident that was tied to a cause, as the one it may have been merged into since."""

    tie: Tie
    incident: Incident


@dataclass(frozen=True, slots=True)
class CauseWithEffects:
    """A cause with its incidents: those that are tied to it, and those that were."""

    cause: SharedCause
    effects: tuple[Effect, ...]
    undone: tuple[Effect, ...]


def causes_named(register: RegisterStore) -> list[SharedCause]:
    """Return all causes, newest first."""
    with register.look() as books:
        return books.causes.causes()


def cause_with_effects(register: RegisterStore, find: FindIncident, cause_id: str) -> CauseWithEffects | None:
    """Return one; None if there is none of this id."""
    with register.look() as books:
        found = books.causes.cause(cause_id)
    return None if found is None else with_effects(found, find)


def with_effects(cause: SharedCause, find: FindIncident) -> CauseWithEffects:
    """Return a cause with its incidents."""
    told = [Effect(tie, incident) for tie in cause.ties if (incident := _as_it_is_now(tie.incident_id, find)) is not None]
    told.sort(key=lambda effect: (effect.incident.started_at, effect.incident.id))
    standing = {effect.incident.id: effect for effect in reversed(told) if effect.tie.undone_at is None}
    return CauseWithEffects(cause, tuple(reversed(standing.values())), tuple(effect for effect in told if effect.tie.undone_at is not None))


def _as_it_is_now(incident_id: str, find: FindIncident) -> Incident | None:
    """Return an incident, or the one it was merged into: each minute is told once."""
    found = find(incident_id)
    for _ in range(MERGED_MAX):
        if found is None or found.superseded_by is None:
            break
        found = find(found.superseded_by)
    return found
