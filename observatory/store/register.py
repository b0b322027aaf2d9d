"""Promise what a register does, whatever keeps it: small, transactional, written by many processes.

One contract test suite runs on every backend; these docstrings are its specification.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from observatory.model.catalogue import Catalogue
from observatory.model.incident import Incident
from observatory.model.register_changes import CatalogueChange, ProbeSeries
from observatory.model.signoff import LogEntry, NewEntry
from observatory.model.staff import SignInPlace, StaffMember, StaffSecrets, StaffSession, Token

if TYPE_CHECKING:
    pass


SIGN_IN_PLACES_MAX = 64
"""Of a member, networks and devices together."""


class CatalogueRegister(Protocol):
    """Who is observed."""

    def apply_catalogue(self, catalogue: Catalogue, now: datetime) -> CatalogueChange:
        """Make this the catalogue. Services and menus keep their index; new ones get a fresh one; missing ones are frozen
        (`removed`), and come back under the same index. One log entry per changed service. All or nothing.
        """

    def catalogue(self) -> Catalogue:
        """Return the catalogue with indexes, removed services included. Cheap: cached until something changed."""

    def recent_catalogue(self) -> Catalogue:
        """Return the catalogue without asking the store for each body: what another process applied may show a moment later."""

    def registered_at(self, service_id: str) -> datetime | None:
        """Return when a service was first registered."""

    def keep_probe_series(self, series: Sequence[ProbeSeries]) -> None:
        """Remember the declared intervals, replacing earlier ones of the same service, menu and source."""

    def probe_series(self, service: int) -> list[ProbeSeries]:
        """Return the declared intervals of a service."""

    def vantage(self, name: str) -> int:
        """Return the source number (Source.PROBE or more) of a probe vantage, registering it at first sight.

        A number is never given to another vantage. Raises Conflict once there are no more.
        """

    def vantages(self) -> dict[int, str]:
        """Return the name of every vantage, by source number."""


class TokenRegister(Protocol):
    """Who may send."""

    def add_token(self, token: Token, entry: NewEntry | None = None) -> None:
        """Keep a new token, and append the entry that tells of it in the same transaction."""

    def token(self, token_id: str) -> Token | None:
        """Return a token, revoked or not."""

    def tokens(self) -> list[Token]:
        """Return all tokens, oldest first."""

    def keep_token_use(self, day: date, used: Mapping[str, int]) -> None:
        """Keep how many bytes tokens sent on a day, in place of what was kept of them; forget what is older than a month."""

    def token_use(self, day: date) -> dict[str, int]:
        """Return how many bytes each token sent on a day."""

    def revoke_token(self, token_id: str, now: datetime, entry: NewEntry | None = None) -> bool:
        """End a token from now on, with its entry; False, and no entry, if there is none of that id that still works."""


class IncidentRegister(Protocol):
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

        `after_id` continues behind that incident. Superseded ones are left out.
        """

    def incident(self, incident_id: str) -> Incident | None:
        """Return one incident, superseded or not."""

    def keep_incidents(self, service_id: str, keep: Sequence[Incident], drop: Sequence[str]) -> None:
        """Insert or replace `keep` and delete the ids in `drop`, in one transaction.

        Identity is the judge's business; a dropped incident is one whose evidence turned out not to hold.
        """


class StaffRegister(Protocol):
    """Who may sign in."""

    def add_staff(self, member: StaffMember, secrets: StaffSecrets, entry: NewEntry | None = None) -> None:
        """Add somebody, with the entry that tells of it. Raises Conflict if the id is taken."""

    def staff(self, staff_id: str) -> StaffMember | None:
        """Return a member, disabled or not."""

    def all_staff(self) -> list[StaffMember]:
        """Return all members by id."""

    def staff_secrets(self, staff_id: str) -> StaffSecrets | None:
        """Return what proves a member; of the recovery codes those not used yet."""

    def replace_staff_secrets(self, staff_id: str, secrets: StaffSecrets, entry: NewEntry | None = None) -> bool:
        """Give a member new secrets, with its entry, and end all sessions that rest on the old ones; False unless one is not disabled."""

    def replace_totp_secret(self, staff_id: str, before: str, after: str) -> bool:
        """Write the same secret down in another way; False if it is not written as `before` any more."""

    def disable_staff(self, staff_id: str, now: datetime, entry: NewEntry | None = None) -> bool:
        """End a membership and all its sessions, with its entry; False, and no entry, if there was none."""

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
        """Return failures since the last success, at all places, and when the last was."""

    def open_session(self, session: StaffSession) -> None:
        """Keep a new session."""

    def session(self, id_hash: bytes) -> StaffSession | None:
        """Return an open session."""

    def touch_session(self, id_hash: bytes, now: datetime) -> None:
        """Note that a session was used."""

    def end_session(self, id_hash: bytes) -> None:
        """End a session; nothing happens if there is none."""

    def forget_sessions(self, opened_before: datetime, seen_before: datetime) -> int:
        """Delete sessions past their limits; return how many."""


class LogRegister(Protocol):
    """The append-only log."""

    def append_entry(self, kind: str, body: bytes, now: datetime) -> LogEntry:
        """Append bytes, chained by `transparency.chain`. Atomic; concurrent callers get consecutive indexes."""

    def entries(self, first: int = 0, limit: int | None = None) -> list[LogEntry]:
        """Return entries from index `first` on, in order, exactly as stored (also when somebody edited them)."""

    def entries_of_kind(self, kind: str) -> list[LogEntry]:
        """Return all entries of a kind, in order."""

    def log_head(self) -> tuple[int, bytes]:
        """Return how many entries were ever appended and the newest hash, as remembered beside the entries."""


class RegisterStore(CatalogueRegister, TokenRegister, IncidentRegister, StaffRegister, LogRegister, Protocol):
    """All of the register in one file. Any number of threads and processes at once; every method is one transaction."""

    def close(self) -> None:
        """Give the connections back."""
