"""Promise what a register does, whatever keeps it: books that are read and changed in transactions, by many processes at once.

One contract test suite runs on every backend; these docstrings are its specification. Which change is also an entry of the log
is not the register's business: flows say it, in the same transaction.
"""

from contextlib import AbstractContextManager
from typing import Protocol

from observatory.model.catalogue import Catalogue
from observatory.store.log_books import CheckpointBook, LogBook
from observatory.store.observed_books import CorrectionBook, IncidentBook, MaintenanceBook, ProbeBook, ServiceBook, UpdateBook
from observatory.store.people_books import (
    ChallengeBook,
    EnrolmentBook,
    PasskeyBook,
    SentFormBook,
    SessionBook,
    StaffBook,
    TokenBook,
    WayBook,
)
from observatory.store.signing_books import KeyBook
from observatory.store.story_books import CauseBook, DeclarationBook, DisputeBook, ScheduleBook


class Books(Protocol):
    """All books of one transaction: good until its block ends, on the thread that opened it."""

    @property
    def services(self) -> ServiceBook:
        """Who is observed."""

    @property
    def probes(self) -> ProbeBook:
        """From where checks are made, and how often."""

    @property
    def tokens(self) -> TokenBook:
        """Who may send."""

    @property
    def incidents(self) -> IncidentBook:
        """What failed."""

    @property
    def updates(self) -> UpdateBook:
        """What was written about that."""

    @property
    def maintenance(self) -> MaintenanceBook:
        """What was announced."""

    @property
    def corrections(self) -> CorrectionBook:
        """What may get better only by an auditor."""

    @property
    def declarations(self) -> DeclarationBook:
        """What was declared to have failed."""

    @property
    def disputes(self) -> DisputeBook:
        """What was said against incidents."""

    @property
    def causes(self) -> CauseBook:
        """What incidents of several services come from."""

    @property
    def schedule(self) -> ScheduleBook:
        """What is to be published by itself."""

    @property
    def staff(self) -> StaffBook:
        """Who may sign in."""

    @property
    def passkeys(self) -> PasskeyBook:
        """Which keys of theirs prove them."""

    @property
    def ways(self) -> WayBook:
        """How else they sign in."""

    @property
    def enrolment_codes(self) -> EnrolmentBook:
        """Which of them may add a way to."""

    @property
    def challenges(self) -> ChallengeBook:
        """What such keys have answered."""

    @property
    def sessions(self) -> SessionBook:
        """Who is signed in."""

    @property
    def sent_forms(self) -> SentFormBook:
        """What their forms did."""

    @property
    def keys(self) -> KeyBook:
        """What the observatory signs with."""

    @property
    def log(self) -> LogBook:
        """The append-only log."""

    @property
    def checkpoints(self) -> CheckpointBook:
        """What witnesses have signed of it."""


class RegisterStore(Protocol):
    """All of the register in one file. Any number of threads and processes at once.

    Everything raises Overloaded when others hold the file for too long, and StoreLost once it cannot be trusted.
    ! Blocks are short and never nested: a look keeps others from committing, a change keeps them from changing.
    """

    def change(self) -> AbstractContextManager[Books]:
        """Lend the books for one transaction that writes, alone from its beginning: durable when the block ends, undone if it raises."""

    def look(self) -> AbstractContextManager[Books]:
        """Lend the books for one consistent reading. Whoever changes something in it is refused at its end, and nothing was changed."""

    def catalogue(self) -> Catalogue:
        """Return `ServiceBook.catalogue`, the very same object until something changed. Cheap: asks only whether it did."""

    def recent_catalogue(self) -> Catalogue:
        """Return the catalogue without asking the store for each body: what another process applied may show a moment later."""

    def close(self) -> None:
        """Give the connections back."""
