"""Promise what the register keeps of what people say of failures beside measuring: declarations, disputes, causes, what waits."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from observatory.model.declaration import Declaration
from observatory.model.dispute import Dispute
from observatory.model.scheduled_message import ScheduledMessage
from observatory.model.shared_cause import SharedCause, Tie


class DeclarationBook(Protocol):
    """Failures that were declared by those who run a service."""

    def declare(self, declaration: Declaration) -> None:
        """Keep a declaration. Raises Conflict if its id is taken."""

    def change(self, declaration: Declaration) -> None:
        """Keep what was added to one that is known by its id: an end where it had none, a title in the language it lacked."""

    def declaration(self, declaration_id: str) -> Declaration | None:
        """Return one."""

    def of_service(self, service_id: str, start: datetime | None = None, end: datetime | None = None) -> list[Declaration]:
        """Return those of a service that overlap [start, end), by start, ties by id."""

    def going_on(self) -> Sequence[Declaration]:
        """Return those that have no end, of all services, by start."""


class DisputeBook(Protocol):
    """What those who run a service said against incidents, and what auditors answered."""

    def add(self, dispute: Dispute) -> None:
        """Keep a dispute. Raises Conflict if there is one of its number."""

    def change(self, dispute: Dispute) -> None:
        """Keep what was added to one, known by incident and number: the language it lacked, or its answer."""

    def disputes(self, incident_ids: Sequence[str]) -> Mapping[str, tuple[Dispute, ...]]:
        """Return those of each of these incidents, newest first, with those of incidents that were merged into it."""

    def listed(self) -> list[Dispute]:
        """Return all, oldest first."""


class CauseBook(Protocol):
    """Causes that incidents of several services share."""

    def name(self, cause: SharedCause) -> None:
        """Keep a new cause, without its ties."""

    def keep_ties(self, cause_id: str, ties: Sequence[Tie]) -> None:
        """Keep new ties of a cause, or that they were undone; a tie is known by its incident and moment."""

    def cause(self, cause_id: str) -> SharedCause | None:
        """Return one with all its ties."""

    def causes(self) -> list[SharedCause]:
        """Return all, newest first."""

    def of_incidents(self, incident_ids: Sequence[str]) -> Mapping[str, str]:
        """Return the id of the cause to which each of these incidents, or one that was merged into it, is tied now."""


class ScheduleBook(Protocol):
    """What is to be published by itself, and what became of it."""

    def add(self, message: ScheduledMessage) -> ScheduledMessage:
        """Keep a message that waits; return it with its number."""

    def end(self, message: ScheduledMessage) -> None:
        """Keep what became of one that is known by its number."""

    def message(self, number: int) -> ScheduledMessage | None:
        """Return one."""

    def waiting(self, due_at: datetime | None = None, limit: int | None = None) -> list[ScheduledMessage]:
        """Return what waits, or what is due at a moment, in the order of its times."""

    def waiting_of(self, incident_id: str | None, maintenance_id: str | None) -> Sequence[ScheduledMessage]:
        """Return what waits of an incident or of maintenance, likewise."""

    def reminders(self) -> Mapping[str, tuple[ScheduledMessage, ...]]:
        """Return the published reminders of each maintenance, newest first."""
