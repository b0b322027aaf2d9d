"""Keep the promises of the register in register.sqlite: every method is one transaction around the functions beside this file."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path

from observatory.model.catalogue import Catalogue
from observatory.model.incident import Incident
from observatory.model.signoff import LogEntry, NewEntry
from observatory.model.staff import SignInPlace, StaffMember, StaffSecrets, StaffSession, Token
from observatory.store.register import CatalogueChange, ProbeSeries
from observatory.store.sqlite.connections import BUSY_TIMEOUT_S, SqliteFile, connect_writer
from observatory.store.sqlite.migrating import migrate
from observatory.store.sqlite.register import catalogue, incidents, sign_in_places, staff, tokens
from observatory.store.sqlite.register import probes as probing
from observatory.store.sqlite.register import public_log as log
from observatory.store.sqlite.register.schema import register_migrations
from observatory.store.sqlite.reserve import REGISTER_RESERVE_BYTES, REGISTER_RESERVE_FILE, REGISTER_ROOM_BYTES_MIN, Reserve

CATALOGUE_BELIEVED_SECONDS = 0.2
"""How long `recent_catalogue` is believed before the file is asked again."""


class SqliteRegister:
    """A `RegisterStore`. A rollback journal, so that command-line tools may write beside a running server."""

    def __init__(self, path: Path, busy_timeout_s: float = BUSY_TIMEOUT_S, on_lost: Callable[[], None] = lambda: None) -> None:
        first = connect_writer(path, busy_timeout_s, journal_mode="TRUNCATE")
        try:
            migrate(first, register_migrations, path.name)
        except BaseException:
            first.close()
            raise
        connect = partial(connect_writer, path, busy_timeout_s, journal_mode="TRUNCATE")
        self._reserve = Reserve(path.parent, REGISTER_RESERVE_FILE, REGISTER_RESERVE_BYTES, REGISTER_ROOM_BYTES_MIN)
        self._reserve.take()
        self._file = SqliteFile(path, connect, first, on_lost, self._make_room)
        self._cached: tuple[int, Catalogue] | None = None
        self._believed: tuple[float, Catalogue] | None = None

    def _make_room(self) -> None:
        """Give the reserve up where the next write would else find no room, and set it aside again once there is."""
        if not self._reserve.give_up():
            self._reserve.take()

    def close(self) -> None:
        """Give the connections back."""
        self._file.close()

    # Who is observed.

    def apply_catalogue(self, applied: Catalogue, now: datetime) -> CatalogueChange:
        """Make this the catalogue, all or nothing, with one log entry for each service that changed."""
        with self._file.writing() as connection:
            changed = catalogue.apply_catalogue(connection, applied, now)
        self._believed = None
        return changed

    def catalogue(self) -> Catalogue:
        """Return the catalogue with indexes; the very same object until something changed."""
        with self._file.reading() as connection:
            version = catalogue.catalogue_version(connection)
            cached = self._cached
            if cached is None or cached[0] != version:
                cached = self._cached = version, catalogue.read_catalogue(connection)
            return cached[1]

    def recent_catalogue(self) -> Catalogue:
        """Return the catalogue as it was a moment ago; what this process applies shows at once.

        For every body that comes in: asking the file took an eighth of a body of one record.
        """
        at, believed = time.monotonic(), self._believed
        if believed is not None and at - believed[0] < CATALOGUE_BELIEVED_SECONDS:
            return believed[1]
        found = self.catalogue()
        self._believed = at, found
        return found

    def registered_at(self, service_id: str) -> datetime | None:
        """Return when a service was first registered."""
        with self._file.reading() as connection:
            return catalogue.registered_at(connection, service_id)

    def keep_probe_series(self, series: Sequence[ProbeSeries]) -> None:
        """Remember the declared intervals."""
        with self._file.writing() as connection:
            probing.keep_probe_series(connection, series)

    def probe_series(self, service: int) -> list[ProbeSeries]:
        """Return the declared intervals of a service."""
        with self._file.reading() as connection:
            return probing.probe_series(connection, service)

    def vantage(self, name: str) -> int:
        """Return the source number of a probe vantage, registering it at first sight."""
        with self._file.reading() as connection:
            known = probing.vantage(connection, name)
        if known is not None:
            return known
        with self._file.writing() as connection:
            return probing.add_vantage(connection, name)

    def vantages(self) -> dict[int, str]:
        """Return the name of every vantage, by source number."""
        with self._file.reading() as connection:
            return probing.vantages(connection)

    # Who may send.

    def add_token(self, token: Token, entry: NewEntry | None = None) -> None:
        """Keep a new token."""
        with self._file.writing() as connection:
            tokens.add_token(connection, token)
            log.append(connection, entry)

    def token(self, token_id: str) -> Token | None:
        """Return a token, revoked or not."""
        with self._file.reading() as connection:
            return tokens.token(connection, token_id)

    def tokens(self) -> list[Token]:
        """Return all tokens, oldest first."""
        with self._file.reading() as connection:
            return tokens.tokens(connection)

    def keep_token_use(self, day: date, used: Mapping[str, int]) -> None:
        """Keep how many bytes tokens sent on a day."""
        with self._file.writing() as connection:
            tokens.keep_token_use(connection, day, used)

    def token_use(self, day: date) -> dict[str, int]:
        """Return how many bytes each token sent on a day."""
        with self._file.reading() as connection:
            return tokens.token_use(connection, day)

    def revoke_token(self, token_id: str, now: datetime, entry: NewEntry | None = None) -> bool:
        """End a token from now on."""
        with self._file.writing() as connection:
            return tokens.revoke_token(connection, token_id, now) and log.append(connection, entry)

    # What failed.

    def incidents(
        self,
        service_id: str | None = None,
        menu_id: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int | None = None,
        after_id: str | None = None,
    ) -> list[Incident]:
        """Return incidents that overlap [start, end), newest start first."""
        with self._file.reading() as connection:
            return incidents.incidents(connection, service_id, menu_id, start, end, limit, after_id)

    def incident(self, incident_id: str) -> Incident | None:
        """Return one incident, superseded or not."""
        with self._file.reading() as connection:
            return incidents.incident(connection, incident_id)

    def keep_incidents(self, service_id: str, keep: Sequence[Incident], drop: Sequence[str]) -> None:
        """Insert or replace `keep` and delete `drop`."""
        with self._file.writing() as connection:
            incidents.drop_incidents(connection, service_id, drop)
            incidents.keep_incidents(connection, keep)

    # Who may sign in.

    def add_staff(self, member: StaffMember, secrets: StaffSecrets, entry: NewEntry | None = None) -> None:
        """Add somebody."""
        with self._file.writing() as connection:
            staff.add_staff(connection, member, secrets)
            log.append(connection, entry)

    def staff(self, staff_id: str) -> StaffMember | None:
        """Return a member, disabled or not."""
        with self._file.reading() as connection:
            return staff.staff(connection, staff_id)

    def all_staff(self) -> list[StaffMember]:
        """Return all members by id."""
        with self._file.reading() as connection:
            return staff.all_staff(connection)

    def staff_secrets(self, staff_id: str) -> StaffSecrets | None:
        """Return what proves a member."""
        with self._file.reading() as connection:
            return staff.staff_secrets(connection, staff_id)

    def replace_staff_secrets(self, staff_id: str, secrets: StaffSecrets, entry: NewEntry | None = None) -> bool:
        """Give a member new secrets."""
        with self._file.writing() as connection:
            return staff.replace_staff_secrets(connection, staff_id, secrets) and log.append(connection, entry)

    def replace_totp_secret(self, staff_id: str, before: str, after: str) -> bool:
        """Write the same secret down in another way."""
        with self._file.writing() as connection:
            return staff.replace_totp_secret(connection, staff_id, before, after)

    def disable_staff(self, staff_id: str, now: datetime, entry: NewEntry | None = None) -> bool:
        """End a membership and all its sessions."""
        with self._file.writing() as connection:
            return staff.disable_staff(connection, staff_id, now) and log.append(connection, entry)

    def use_totp_step(self, staff_id: str, step: int) -> bool:
        """Note that a one-time password was used."""
        with self._file.writing() as connection:
            return staff.use_totp_step(connection, staff_id, step)

    def use_recovery_code(self, staff_id: str, code_hash: str) -> bool:
        """Strike a recovery code."""
        with self._file.writing() as connection:
            return staff.use_recovery_code(connection, staff_id, code_hash)

    def note_sign_in(self, staff_id: str, places: Sequence[bytes], now: datetime, *, succeeded: bool) -> None:
        """Count failures at places and for the member, or forget them."""
        with self._file.writing() as connection:
            staff.note_sign_in(connection, staff_id, now, succeeded=succeeded)
            for place in places:
                sign_in_places.note(connection, staff_id, place, now, succeeded=succeeded)

    def sign_in_place(self, staff_id: str, place: bytes) -> SignInPlace:
        """Return how attempts to sign in went at a place."""
        with self._file.reading() as connection:
            return sign_in_places.sign_in_place(connection, staff_id, place)

    def sign_in_failures(self, staff_id: str) -> tuple[int, datetime | None]:
        """Return failures in a row and when the last was."""
        with self._file.reading() as connection:
            return staff.sign_in_failures(connection, staff_id)

    def open_session(self, session: StaffSession) -> None:
        """Keep a new session."""
        with self._file.writing() as connection:
            staff.open_session(connection, session)

    def session(self, id_hash: bytes) -> StaffSession | None:
        """Return an open session."""
        with self._file.reading() as connection:
            return staff.session(connection, id_hash)

    def touch_session(self, id_hash: bytes, now: datetime) -> None:
        """Note that a session was used."""
        with self._file.writing() as connection:
            staff.touch_session(connection, id_hash, now)

    def end_session(self, id_hash: bytes) -> None:
        """End a session."""
        with self._file.writing() as connection:
            staff.end_session(connection, id_hash)

    def forget_sessions(self, opened_before: datetime, seen_before: datetime) -> int:
        """Delete sessions past their limits."""
        with self._file.writing() as connection:
            return staff.forget_sessions(connection, opened_before, seen_before)

    # The log.

    def append_entry(self, kind: str, body: bytes, now: datetime) -> LogEntry:
        """Append bytes, chained."""
        with self._file.writing() as connection:
            return log.append_entry(connection, kind, body, now)

    def entries(self, first: int = 0, limit: int | None = None) -> list[LogEntry]:
        """Return entries from index `first` on, in order."""
        with self._file.reading() as connection:
            return log.entries(connection, first, limit)

    def entries_of_kind(self, kind: str) -> list[LogEntry]:
        """Return all entries of a kind, in order."""
        with self._file.reading() as connection:
            return log.entries_of_kind(connection, kind)

    def log_head(self) -> tuple[int, bytes]:
        """Return how many entries were ever appended and the newest hash."""
        with self._file.reading() as connection:
            return log.log_head(connection)
