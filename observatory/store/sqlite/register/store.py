"""Open register.sqlite and lend its books, each time in one transaction."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from observatory.model.catalogue import Catalogue
from observatory.store.sqlite.connections import BUSY_TIMEOUT_S, SqliteFile, connect_writer
from observatory.store.sqlite.migrating import migrate
from observatory.store.sqlite.register.corrections import SqliteCorrections
from observatory.store.sqlite.register.declarations import SqliteDeclarations
from observatory.store.sqlite.register.disputes import SqliteDisputes
from observatory.store.sqlite.register.incident_updates import SqliteUpdates
from observatory.store.sqlite.register.incidents import SqliteIncidents
from observatory.store.sqlite.register.log_checkpoints import SqliteCheckpoints
from observatory.store.sqlite.register.maintenance import SqliteMaintenance
from observatory.store.sqlite.register.passkeys import SqliteChallenges, SqlitePasskeys
from observatory.store.sqlite.register.probes import SqliteProbes
from observatory.store.sqlite.register.public_log import SqliteLog
from observatory.store.sqlite.register.scheduled_messages import SqliteSchedule
from observatory.store.sqlite.register.sent_forms import SqliteSentForms
from observatory.store.sqlite.register.services import SqliteServices
from observatory.store.sqlite.register.shared_causes import SqliteCauses
from observatory.store.sqlite.register.sign_in_ways import SqliteEnrolmentCodes, SqliteWays
from observatory.store.sqlite.register.signing_keys import SqliteKeys
from observatory.store.sqlite.register.signing_tables import register_migrations
from observatory.store.sqlite.register.staff import SqliteStaff
from observatory.store.sqlite.register.staff_sessions import SqliteSessions
from observatory.store.sqlite.register.tokens import SqliteTokens
from observatory.store.sqlite.reserve import REGISTER_RESERVE_BYTES, REGISTER_RESERVE_FILE, REGISTER_ROOM_BYTES_MIN, Reserve

CATALOGUE_BELIEVED_SECONDS = 0.2
"""How long `recent_catalogue` is believed before the file is asked again."""


class SqliteBooks:
    """The `Books` of a connection that is in a transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.services = SqliteServices(connection)
        self.probes = SqliteProbes(connection)
        self.tokens = SqliteTokens(connection)
        self.incidents = SqliteIncidents(connection)
        self.updates = SqliteUpdates(connection)
        self.maintenance = SqliteMaintenance(connection)
        self.corrections = SqliteCorrections(connection)
        self.declarations = SqliteDeclarations(connection)
        self.disputes = SqliteDisputes(connection)
        self.causes = SqliteCauses(connection)
        self.schedule = SqliteSchedule(connection)
        self.staff = SqliteStaff(connection)
        self.passkeys = SqlitePasskeys(connection)
        self.ways = SqliteWays(connection)
        self.enrolment_codes = SqliteEnrolmentCodes(connection)
        self.challenges = SqliteChallenges(connection)
        self.sessions = SqliteSessions(connection)
        self.sent_forms = SqliteSentForms(connection)
        self.keys = SqliteKeys(connection)
        self.log = SqliteLog(connection)
        self.checkpoints = SqliteCheckpoints(connection)


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
        self._file.close()

    @contextmanager
    def change(self) -> Iterator[SqliteBooks]:
        with self._file.writing() as connection:
            books = SqliteBooks(connection)
            yield books
        if books.services.were_replaced:
            self._believed = None

    @contextmanager
    def look(self) -> Iterator[SqliteBooks]:
        with self._file.reading() as connection:
            changes_before = connection.total_changes
            yield SqliteBooks(connection)
            if connection.total_changes != changes_before:
                raise RuntimeError("a look changes nothing: say change()")

    def catalogue(self) -> Catalogue:
        with self._file.reading() as connection:
            services = SqliteServices(connection)
            version = services.version()
            cached = self._cached
            if cached is None or cached[0] != version:
                cached = self._cached = version, services.catalogue()
            return cached[1]

    def recent_catalogue(self) -> Catalogue:
        # For every body that comes in: asking the file took an eighth of a body of one record.
        at, believed = time.monotonic(), self._believed
        if believed is not None and at - believed[0] < CATALOGUE_BELIEVED_SECONDS:
            return believed[1]
        found = self.catalogue()
        self._believed = at, found
        return found
