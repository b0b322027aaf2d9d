"""Write what people did: releases that were signed, and maintenance that was announced."""

import hashlib
import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from observatory.access.people.account_marks import account_mark
from observatory.access.people.enrolment import enrol
from observatory.flows.maintenance import announce
from observatory.flows.preparing import Prepared
from observatory.flows.signing import Proven, sign
from observatory.flows.signing_keys import SigningKeys
from observatory.model.catalogue import Service
from observatory.model.maintenance import Announcement
from observatory.model.release import HOST, ReleaseFrozen
from observatory.model.signoff import Condition, Decision, NewEntry, Release, SignOff, SignOffBinding
from observatory.model.staff import Grant, StaffMember, StaffSecrets
from observatory.model.text import Text
from observatory.signoff.gate_policy import IN_FORCE_AT_FIRST
from observatory.signoff.gate_policy import VERSION as POLICY
from observatory.signoff.leaves import RELEASE_FROZEN, Logged, body_of
from observatory.signoff.statement import statement_bytes
from observatory.store.opening import FolderKeys
from observatory.store.register import RegisterStore

SIGNED_SHARE, MAINTAINED_SHARE = 1 / 3, 1 / 20
ANNOUNCED_AHEAD = timedelta(days=2)
SIGNED_DAYS = 60


def sign_releases(register: RegisterStore, keys: FolderKeys, services: Sequence[Service], now: datetime, rng: random.Random) -> None:
    """Freeze and sign a release of some services within the last two months, the earliest first as the log wants it."""
    signed = [service for service in services if rng.random() < SIGNED_SHARE]
    grants = tuple(Grant("executive", agency_id=agency.id) for agency in register.catalogue().agencies)
    began = now - timedelta(days=SIGNED_DAYS + 1)
    member = StaffMember("executive", "책임자", Text("차관", "Vice Minister"), grants, began)
    enrol(register, keys, member, StaffSecrets("", "", ()), began)
    signing = SigningKeys(register, keys)
    signing.make_first(began)
    for service, ago in zip(signed, sorted((rng.uniform(3, SIGNED_DAYS) for _ in signed), reverse=True), strict=True):
        at = (now - timedelta(days=ago)).replace(microsecond=0)
        signoff = _signoff(_freeze(register, service, at - timedelta(hours=1)), account_mark(keys, member.id), member, at, rng)
        sign(register, signing, Prepared(member.id, signoff, statement_bytes(signoff)), Proven("password+totp"), at)


def _freeze(register: RegisterStore, service: Service, at: datetime) -> Logged[ReleaseFrozen]:
    digest = "sha256:" + hashlib.sha256(service.id.encode()).hexdigest()
    release = ReleaseFrozen(service.id, f"{at:%Y.%m.%d}", digest, "production", "https://test.example.go.kr/", HOST)
    with register.change() as books:
        return Logged(books.log.append(NewEntry(RELEASE_FROZEN, body_of(release), at)).index, at, release)


def _signoff(frozen: Logged[ReleaseFrozen], mark: str, member: StaffMember, at: datetime, rng: random.Random) -> SignOff:
    release = frozen.told
    decision: Decision = "pass"
    conditions: tuple[Condition, ...] = ()
    if rng.random() < 1 / 5:
        condition = Condition("느린 화면을 고친다 / Mend the slow page", at.date() + timedelta(days=rng.randrange(10, 90)))
        decision, conditions = "conditional", (condition,)
    return SignOff(
        release=Release(release.service, release.version, release.digest, release.environment),
        plan_reference="bench-plan",
        decision=decision,
        reasons="시민 여덟 분과 함께 끝까지 써 보았고 막힘이 없었습니다.",
        conditions=conditions,
        signer_id=mark,
        signer_name=member.name,
        office=member.office,
        assurance="",
        signed_at=at,
        binding=SignOffBinding(frozen.index, (), POLICY, IN_FORCE_AT_FIRST.digest, release.url),
    )


def announce_maintenance(register: RegisterStore, services: Sequence[Service], now: datetime, rng: random.Random) -> None:
    """Announce work on some services two days ago: it lasts now, or begins within three days."""
    minute = now.replace(second=0, microsecond=0)
    for service in services:
        if rng.random() < MAINTAINED_SHARE:
            start = minute + timedelta(hours=rng.randrange(-1, 72))
            said = Announcement(now - ANNOUNCED_AHEAD, start, start + timedelta(hours=2), Text("정기 점검", "Regular maintenance"))
            announce(register, service.id, said, "", "bench", now - ANNOUNCED_AHEAD)
