"""Whatever is done in whatever order: who signs in how, and what they may do, is what the log alone tells of it."""

import json
import tempfile
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from observatory.access.people import credentials
from observatory.access.people.account_marks import account_mark
from observatory.access.people.credentials import credentials_of
from observatory.access.people.enrolment import HOST, change_roles, end, enrol, new_totp_way
from observatory.errors import NotAllowed, NotFound
from observatory.model.signoff import LogEntry
from observatory.model.staff import NO_SECRETS, Grant, Passkey
from observatory.store.opening import FolderKeys, open_register, prepare_folder
from tests.builders import a_staff_member
from tests.moments import NOW
from tests.people import staff_secrets
from tests.registers import in_look

KEYS = FolderKeys(secret=b"s" * 32, admin="admin")
NAMES = ("minister", "mayor", "admin")
ROLES = (Grant("admin"), Grant("executive", service_id="job-portal"), Grant("sre"))
people, givers = st.sampled_from(NAMES), st.sampled_from([*NAMES, HOST])
waits = st.sampled_from([0, 0, 0, 71, 72])
"""Hours until a code is used: it is good for less than 72."""


class Told:
    """What a reader makes of the log: nothing else is known to it."""

    def __init__(self, entries: Iterable[LogEntry]) -> None:
        self.roles: dict[str, list[str]] = {}
        self.credentials: dict[str, set[str]] = {}
        self.enrolled_by: list[tuple[str, str]] = []
        for entry in entries:
            body = json.loads(entry.body)
            mark = body["account"]
            if entry.kind in ("account-enrolled", "account-roles-changed"):
                self.roles[mark] = body["roles"]
            elif entry.kind == "account-ended":
                del self.roles[mark]
            elif entry.kind == "credential-enrolled":
                self.credentials.setdefault(mark, set()).add(body["credential"])
                self.enrolled_by.append((mark, body["by"]))
            elif entry.kind == "credential-revoked":
                self.credentials[mark].remove(body["credential"])


class People(RuleBasedStateMachine):
    """A register in which people come, invite each other, lose keys and leave."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        prepare_folder(Path(self._folder.name))
        self._register = open_register(Path(self._folder.name))
        self._now, self._made = NOW, 0

    def teardown(self) -> None:
        self._register.close()
        self._folder.cleanup()

    @initialize()
    def give_accounts(self) -> None:
        for name in NAMES:
            enrol(self._register, KEYS, a_staff_member(name), NO_SECRETS, self._now)

    @rule(name=people, by=givers, owner=people, hours=waits)
    def add_a_passkey(self, name: str, by: str, owner: str, hours: int) -> None:
        """Somebody is invited, and somebody, hours later, uses the code: in time or not, for themself or not, twice."""
        code, given_by = self._invited(name, by, hours)
        for _ in range(2):
            self._made += 1
            made, at = b"key %d" % self._made, self._now
            key = Passkey(made, owner, made, 0, device_bound=True, name="", enrolled_at=at, enrolled_by=given_by)
            with suppress(NotAllowed):
                credentials.add_passkey(self._register, KEYS, code, key, at)
                assert owner == name

    @rule(name=people, by=givers, hours=waits)
    def add_a_password(self, name: str, by: str, hours: int) -> None:
        code, given_by = self._invited(name, by, hours)
        for _ in range(2):
            with suppress(NotAllowed):
                credentials.add_password(self._register, KEYS, code, new_totp_way(name, given_by, self._now), staff_secrets(), 0)

    @rule(name=people, pick=st.integers(0, 5))
    def revoke(self, name: str, pick: int) -> None:
        with self._register.look() as books:
            held = credentials_of(books, name)
        if held:
            with suppress(NotFound):
                credentials.revoke(self._register, KEYS, name, held[pick % len(held)].id, HOST, self._now)

    @rule(name=people, grants=st.lists(st.sampled_from(ROLES), unique=True))
    def change_roles(self, name: str, grants: list[Grant]) -> None:
        change_roles(self._register, KEYS, name, grants, self._now)

    @rule(name=people, often=st.integers(0, 7))
    def leave(self, name: str, often: int) -> None:
        if often == 7:
            end(self._register, KEYS, name, self._now)

    @invariant()
    def the_log_tells_it_all(self) -> None:
        told = Told(in_look(self._register).log.entries())
        for member in in_look(self._register).staff.members():
            mark = account_mark(KEYS, member.id)
            with self._register.look() as books:
                live = {each.id for each in credentials_of(books, member.id) if each.revoked_at is None}
            assert live == told.credentials.get(mark, set())
            assert told.roles.get(mark) == (None if member.disabled_at else [grant.text for grant in member.grants])

    @invariant()
    def nobody_enrolled_themself(self) -> None:
        assert all(by != mark for mark, by in Told(in_look(self._register).log.entries()).enrolled_by)

    @invariant()
    def every_code_was_good_once(self) -> None:
        kinds = Counter(entry.kind for entry in in_look(self._register).log.entries())
        assert kinds["credential-enrolled"] <= kinds["enrolment-offered"]

    def _invited(self, name: str, by: str, hours: int) -> tuple[str, str]:
        """Return a code, some hours after it was given, and by whom it was, as the page that takes it learns it."""
        code = "aaaa-bbbb-cccc-dddd"
        with suppress(NotAllowed, NotFound):
            code = credentials.offer(self._register, KEYS, name, by if by == HOST else account_mark(KEYS, by), self._now)
        self._now += timedelta(hours=hours)
        with self._register.look() as books:
            found = credentials.invitation(books, code, self._now)
        return code, found.code.given_by if found is not None else HOST


People.TestCase.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
TestPeople = People.TestCase
