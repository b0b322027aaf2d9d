"""Promise what a register does, whatever keeps it: books that are read and changed in transactions, by many processes at once.

One contract test suite runs on every backend; these docstrings are its specification. Which change is also an entry of the log
is not the register's business: flows say it, in the same transaction.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from observatory.model.catalogue import Catalogue
from observatory.model.incident import Incident
from observatory.model.signoff import LogEntry, NewEntry
from observatory.model.staff import SignInPlace, StaffMember, StaffSecrets, StaffSession, Token

SIGN_IN_PLACES_MAX = 64
"""Of a member, networks and devices together."""


@dataclass(frozen=True, slots=True)
class ProbeSeries:
    """A schedule of checks: whose it is and how far apart they come."""

    service: int
    menu: int
    source: int
    """Source.PROBE + vantage."""
    interval_s: int


class ServiceBook(Protocol):
    """Who is observed."""

    def catalogue(self) -> Catalogue:
        """Return the catalogue with indexes, removed services included: in its order, after that those that have left it."""

    def replace(self, catalogue: Catalogue, now: datetime) -> None:
        """Make this, which `refuse_clashes` has seen, the catalogue. Services and menus keep their index; new ones get a fresh one.

        Missing services, and those marked so, are frozen (`removed`), and come back under the same index.
        """

    def registered_at(self, service_id: str) -> datetime | None:
        """Return when a service was first registered."""


class ProbeBook(Protocol):
    """From where checks are made, and how often."""

    def keep_series(self, series: Sequence[ProbeSeries]) -> None:
        """Remember the declared intervals, replacing earlier ones of the same service, menu and source."""

    def series(self, service: int) -> list[ProbeSeries]:
        """Return the declared intervals of a service, ordered by menu and source."""

    def vantage(self, name: str) -> int | None:
        """Return the source number (Source.PROBE or more) of a vantage, None for an unknown one."""

    def add_vantage(self, name: str) -> int:
        """Give a vantage the next source number, unless it has one, and return it.

        A number is never given to another vantage. Raises Conflict once there are no more.
        """

    def vantages(self) -> dict[int, str]:
        """Return the name of every vantage, by source number."""


class TokenBook(Protocol):
    """Who may send, and how much they did."""

    def add(self, token: Token) -> None:
        """Keep a new token. Raises Conflict if its id is taken."""

    def token(self, token_id: str) -> Token | None:
        """Return a token, revoked or not."""

    def tokens(self) -> list[Token]:
        """Return all tokens, oldest first."""

    def revoke(self, token_id: str, now: datetime) -> bool:
        """End a token from now on; False if there is none of that id that still works."""

    def keep_use(self, day: date, used: Mapping[str, int]) -> None:
        """Keep how many bytes tokens sent on a day, in place of what was kept of them; forget what is older than a month."""

    def use(self, day: date) -> dict[str, int]:
        """Return how many bytes each token sent on a day."""


class IncidentBook(Protocol):
    """What failed."""

    def incidents(
        self,
        service_id: str | None = None,
        menu_id: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int | None = None,
        after_id: str | None = None,
    ) -> list[Incident]:
        """Return incidents that overlap [start, end), newest start first, ties by id; `menu_id` None: of services as a whole.

        `after_id` continues behind that incident; raises NotFound if it is gone. Superseded ones are left out.
        """

    def incident(self, incident_id: str) -> Incident | None:
        """Return one incident, superseded or not."""

    def keep(self, service_id: str, keep: Sequence[Incident], drop: Sequence[str]) -> None:
        """Delete the ids in `drop`, of that service only, and insert or replace `keep`.

        Identity is the judge's business; a dropped incident is one whose evidence turned out not to hold.
        """


class StaffBook(Protocol):
    """Who may sign in, what proves them, and how attempts to sign in went."""

    def add(self, member: StaffMember, secrets: StaffSecrets) -> None:
        """Add somebody. Raises Conflict if the id is taken."""

    def member(self, staff_id: str) -> StaffMember | None:
        """Return a member, disabled or not."""

    def members(self) -> list[StaffMember]:
        """Return all members by id."""

    def secrets(self, staff_id: str) -> StaffSecrets | None:
        """Return what proves a member; of the recovery codes those not used yet."""

    def replace_secrets(self, staff_id: str, secrets: StaffSecrets) -> bool:
        """Give a member new secrets and end what rests on the old: sessions, codes, failures, places. False if disabled or unknown."""

    def replace_totp_secret(self, staff_id: str, before: str, after: str) -> bool:
        """Write the same secret down in another way; False if it is not written as `before` any more."""

    def disable(self, staff_id: str, now: datetime) -> bool:
        """End a membership and all its sessions; False if there was none."""

    def use_totp_step(self, staff_id: str, step: int) -> bool:
        """Note that the one-time password of this time step was used; False if it was before, or a later one of the same moment."""

    def use_recovery_code(self, staff_id: str, code_hash: str) -> bool:
        """Strike a recovery code; False if it was not there. Once only, also under concurrency."""

    def note_sign_in(self, staff_id: str, places: Sequence[bytes], now: datetime, *, succeeded: bool) -> None:
        """Count a failure at these places and for the member, or forget their failures and know the places after a success.

        Of each member SIGN_IN_PLACES_MAX places are kept; those where the member never was go first, then the oldest.
        """

    def sign_in_place(self, staff_id: str, place: bytes) -> SignInPlace:
        """Return how attempts to sign in as a member went at a place."""

    def sign_in_failures(self, staff_id: str) -> tuple[int, datetime | None]:
        """Return failures since the last success, at all places, and when the last was; none for somebody unknown."""


class SessionBook(Protocol):
    """Who is signed in."""

    def open(self, session: StaffSession) -> None:
        """Keep a new session."""

    def session(self, id_hash: bytes) -> StaffSession | None:
        """Return an open session."""

    def touch(self, id_hash: bytes, now: datetime) -> None:
        """Note that a session was used."""

    def end(self, id_hash: bytes) -> None:
        """End a session; nothing happens if there is none."""

    def forget(self, opened_before: datetime, seen_before: datetime) -> int:
        """Delete sessions past their limits; return how many."""


class LogBook(Protocol):
    """The append-only log."""

    def append(self, entry: NewEntry) -> LogEntry:
        """Append after the newest, chained by `transparency.chain`, with the next index. Raises Conflict if the log is damaged."""

    def entries(self, first: int = 0, limit: int | None = None) -> list[LogEntry]:
        """Return entries from index `first` on, in order, exactly as stored (also when somebody edited them)."""

    def entries_of_kind(self, kind: str) -> list[LogEntry]:
        """Return all entries of a kind, in order, exactly as stored."""

    def head(self) -> tuple[int, bytes]:
        """Return how many entries were ever appended and the newest hash, as remembered beside the entries."""


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
    def staff(self) -> StaffBook:
        """Who may sign in."""

    @property
    def sessions(self) -> SessionBook:
        """Who is signed in."""

    @property
    def log(self) -> LogBook:
        """The append-only log."""


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
