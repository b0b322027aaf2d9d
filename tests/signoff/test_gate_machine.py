"""Whatever happens in whatever order, a gate is open exactly if a naive model, which forgets nothing, says so."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from observatory.model.signoff import Condition, Decision
from observatory.signoff.gate import GateQuestion, decide
from observatory.signoff.gate_history import History
from tests.security_key import SecurityKey
from tests.signed_log import AUDITOR, DIGEST, OTHER_DIGEST, OWNER, SERVICE, SIGNER, WrittenLog

DIGESTS, PLACES = (DIGEST, OTHER_DIGEST), ("production", "staging")
PEOPLE = (OWNER, SIGNER, AUDITOR)
PASSKEYS = {person: SecurityKey() for person in PEOPLE}
ROLES = ((f"executive:service={SERVICE}",), (f"owner:service={SERVICE}",), (f"executive:service={SERVICE}", f"owner:service={SERVICE}"), ())
digests, places, people = st.sampled_from(DIGESTS), st.sampled_from(PLACES), st.sampled_from(PEOPLE)


@dataclass
class Person:
    """Somebody as they are now."""

    roles: tuple[str, ...]
    ended: bool = False
    has_passkey: bool = False

    @property
    def may_sign(self) -> bool:
        """Return whether they may sign for the service."""
        return not self.ended and self.has_passkey and self.roles == ROLES[0]


@dataclass
class SignedOnce:
    """A sign-off, with all that was true as it was signed."""

    index: int
    digest: str
    place: str
    decision: Decision
    by: str
    may_sign: bool
    frozen: bool
    at_minute: int
    due_minute: int | None
    revoked: bool = False
    met: bool = False


@dataclass
class Model:
    """What has happened, in the plainest words."""

    people: dict[str, Person] = field(default_factory=dict)
    deliverers: dict[str, set[str]] = field(default_factory=lambda: {digest: set() for digest in DIGESTS})
    frozen: set[tuple[str, str]] = field(default_factory=set)
    signed: list[SignedOnce] = field(default_factory=list)
    requests: list[tuple[int, str, str, int]] = field(default_factory=list)
    emergencies: list[tuple[str, int]] = field(default_factory=list)

    def allows(self, digest: str, place: str, minute: int) -> bool:
        """Return whether something may be opened."""
        if place == "production" and any(of == digest and minute < until for of, until in self.emergencies):
            return True
        about = [each for each in self.signed if each.frozen and each.place == place]
        counted = [each for each in about if each.may_sign and each.by not in self.deliverers[each.digest]]
        of_it = [each for each in counted if each.digest == digest]
        if not of_it or (digest, place) not in self.frozen:
            return False
        last = of_it[-1]
        overdue = last.due_minute is not None and not last.met and minute >= last.due_minute
        later = any(each.digest != digest and each.index > last.index and each.decision != "fail" for each in counted)
        expired = minute >= last.at_minute + 180 * 24 * 60
        return last.decision != "fail" and not (last.revoked or overdue or later or expired)


class Gate(RuleBasedStateMachine):
    """People freeze, sign, revoke, mend, lose their offices and break the glass, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.log = WrittenLog.with_people()
        self.log.now = self.log.now.replace(second=0)
        self.begin = self.log.now
        self.model = Model()
        for mark, roles in ((OWNER, ROLES[1]), (SIGNER, ROLES[0]), (AUDITOR, ())):
            self.log.change_roles(mark, *roles)
            self.model.people[mark] = Person(roles)
        self.read = History()

    def minute(self) -> int:
        return int((self.log.now - self.begin).total_seconds()) // 60

    @rule(digest=digests, place=places, by=people)
    def freeze(self, digest: str, place: str, by: str) -> None:
        self.log.freeze(digest, environment=place, by=by)
        self.model.frozen.add((digest, place))
        self.model.deliverers[digest].add(by)

    @rule(digest=digests, place=places, by=people, decision=st.sampled_from(("pass", "conditional", "fail")), days=st.integers(0, 20))
    def sign(self, digest: str, place: str, by: str, decision: Decision, days: int) -> None:
        due = self.log.now.astimezone(self.read.zone).date() + timedelta(days=days)
        conditions = (Condition("고친다", due),) if decision == "conditional" else ()
        signed_at = self.minute()
        key = PASSKEYS[by]
        signoff = self.log.signoff(digest, decision, conditions=conditions, environment=place, by=by, credentials=(key.thumbprint,))
        index = self.log.sign(signoff, key)
        end = None
        if conditions:
            midnight = datetime.combine(due + timedelta(days=1), time(), self.read.zone)
            end = int((midnight - self.begin).total_seconds()) // 60
        frozen, may = (digest, place) in self.model.frozen, self.model.people[by].may_sign
        self.model.signed.append(SignedOnce(index, digest, place, decision, by, may, frozen, signed_at, end))

    @rule(which=st.integers(0, 50))
    def revoke(self, which: int) -> None:
        if self.model.signed:
            signed = self.model.signed[which % len(self.model.signed)]
            self.log.revoke(signed.index)
            signed.revoked = True

    @rule(which=st.integers(0, 50))
    def meet_condition(self, which: int) -> None:
        if self.model.signed:
            signed = self.model.signed[which % len(self.model.signed)]
            self.log.meet(signed.index)
            signed.met = True

    @rule(mark=people, roles=st.sampled_from(ROLES))
    def change_roles(self, mark: str, roles: tuple[str, ...]) -> None:
        self.log.change_roles(mark, *roles)
        self.model.people[mark].roles = roles

    @rule(mark=people)
    def add_passkey(self, mark: str) -> None:
        self.log.add_passkey(mark, by="host", credential=PASSKEYS[mark].thumbprint)
        self.model.people[mark].has_passkey = True

    @rule(mark=st.sampled_from((OWNER, AUDITOR)))
    def end_account(self, mark: str) -> None:
        self.log.end(mark)
        self.model.people[mark].ended = True

    @rule(digest=digests, hours=st.integers(1, 72), by=people)
    def request(self, digest: str, hours: int, by: str) -> None:
        self.model.requests.append((self.log.request(digest, hours, by), digest, by, hours))

    @rule(which=st.integers(0, 50), by=people)
    def approve(self, which: int, by: str) -> None:
        if self.model.requests:
            index, digest, requested_by, hours = self.model.requests[which % len(self.model.requests)]
            self.log.approve(index, hours + 1, by)
            if by != requested_by:
                self.model.emergencies.append((digest, self.minute() + hours * 60))

    @rule(hours=st.sampled_from((1, 24, 200, 4321)))
    def pass_by(self, hours: int) -> None:
        self.log.now += timedelta(hours=hours)

    @invariant()
    def a_gate_is_open_exactly_if_the_model_says_so(self) -> None:
        history = self.log.history
        for digest in DIGESTS:
            for place in PLACES:
                answer = decide(GateQuestion(SERVICE, digest, place), history, self.log.now)
                assert (answer.decision == "allow") == self.model.allows(digest, place, self.minute()), answer.reasons
                assert (answer.decision == "allow") != bool(answer.reasons)

    @invariant()
    def a_history_that_grew_is_the_one_read_from_the_beginning(self) -> None:
        self.read = self.read.after(self.log.entries[self.read.size :], len(self.log.entries))
        assert self.read == self.log.history


TestGate = Gate.TestCase
TestGate.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
