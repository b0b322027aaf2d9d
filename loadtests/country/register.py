"""Write what people did: releases that were signed, and maintenance that was announced."""

import hashlib
import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from observatory.flows.maintenance import announce
from observatory.flows.signing import prepare, shown_digest, sign
from observatory.model.catalogue import Service
from observatory.model.maintenance import Announcement
from observatory.model.signoff import Condition, Release, SigningDraft
from observatory.model.staff import Grant, StaffMember
from observatory.model.text import Text
from observatory.store.register import RegisterStore

SIGNED_SHARE, MAINTAINED_SHARE = 1 / 3, 1 / 20
ANNOUNCED_AHEAD = timedelta(days=2)
SIGNED_DAYS = 60
ASSURANCE = "password+totp"


def sign_releases(register: RegisterStore, services: Sequence[Service], now: datetime, rng: random.Random) -> None:
    """Sign a release of some services within the last two months, the earliest first as the log wants it."""
    signed = [service for service in services if rng.random() < SIGNED_SHARE]
    grants = tuple(Grant("executive", agency_id=agency.id) for agency in register.catalogue().agencies)
    member = StaffMember("executive", "책임자", Text("차관", "Vice Minister"), grants, now - timedelta(days=SIGNED_DAYS))
    for service, ago in zip(signed, sorted((rng.uniform(3, SIGNED_DAYS) for _ in signed), reverse=True), strict=True):
        at = now - timedelta(days=ago)
        draft = _draft(service, at, rng)
        sign(register, member, draft, shown_digest(prepare(register, member, draft, ASSURANCE, at)), ASSURANCE, at)


def _draft(service: Service, at: datetime, rng: random.Random) -> SigningDraft:
    release = Release(service.id, f"{at:%Y.%m.%d}", "sha256:" + hashlib.sha256(service.id.encode()).hexdigest())
    if rng.random() < 1 / 5:
        condition = Condition("느린 화면을 고친다 / Mend the slow page", at.date() + timedelta(days=rng.randrange(10, 90)))
        return SigningDraft(release, "bench-plan", "conditional", "기한 안에 느린 화면을 고치는 조건으로 공개합니다.", (condition,))
    return SigningDraft(release, "bench-plan", "pass", "시민 여덟 분과 함께 끝까지 써 보았고 막힘이 없었습니다.")


def announce_maintenance(register: RegisterStore, services: Sequence[Service], now: datetime, rng: random.Random) -> None:
    """Announce work on some services two days ago: it lasts now, or begins within three days."""
    minute = now.replace(second=0, microsecond=0)
    for service in services:
        if rng.random() < MAINTAINED_SHARE:
            start = minute + timedelta(hours=rng.randrange(-1, 72))
            said = Announcement(now - ANNOUNCED_AHEAD, start, start + timedelta(hours=2), Text("정기 점검", "Regular maintenance"))
            announce(register, service.id, said, "", "bench", now - ANNOUNCED_AHEAD)
