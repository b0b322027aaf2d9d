"""Fill an empty data folder with the town's catalogue, past, people and sign-offs, and make tokens for its services."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from observatory.access.people.account_marks import account_mark
from observatory.access.people.enrolment import enrol
from observatory.access.people.one_time_codes import new_recovery_codes, new_totp_secret, recovery_code_hash
from observatory.access.people.passwords import hash_password
from observatory.access.programs.tokens import new_token
from observatory.assembly import alone_in_folder
from observatory.demo.past import DAYS, past_checks, past_requests
from observatory.demo.town import PROBED_SERVICE, SERVICES, town_catalogue
from observatory.errors import Conflict
from observatory.flows.catalogue import apply_catalogue
from observatory.flows.judging import judge_all
from observatory.flows.preparing import Signer, prepare
from observatory.flows.release_history import KnownHistory
from observatory.flows.releases import freeze_release, observe_release
from observatory.flows.signing import Proven, sign
from observatory.flows.signing_keys import SigningKeys
from observatory.flows.signoffs import SIGNOFF_KIND
from observatory.flows.take_in import take_in
from observatory.flows.take_in_probes import take_in_probes
from observatory.flows.vantages import Place, source_of
from observatory.model.catalogue import Service
from observatory.model.delivery import Delivery, Sender
from observatory.model.release import HOST, ReleaseFrozen, ReleaseObserved
from observatory.model.signoff import Condition, Decision, SigningDraft
from observatory.model.staff import Grant, StaffMember, StaffSecrets
from observatory.model.text import Text
from observatory.parts import Parts
from observatory.settings import Settings
from observatory.store.observed_books import ProbeSeries
from observatory.store.register import RegisterStore

VANTAGE = "town-hall"
PROBE_INTERVAL_S = 60
EXECUTIVE = "executive"
PEOPLE_BEGAN = timedelta(days=300)
"""How long before now the town enrolled its executive."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class SignIn:
    """How to try the sign-off desk, shown once."""

    staff_id: str
    password: str
    totp_secret: str
    recovery_code: str


@dataclass(frozen=True, slots=True)
class PreparedTown:
    """What the demonstration needs to go on."""

    tokens: dict[str, str]
    """By service id, made anew for every demonstration."""
    key: str
    """The folder's own: the town hall is the operator's place to check from, and its checks have votes."""
    sign_in: SignIn | None
    """None: the folder is from an earlier demonstration, which has shown it."""


@dataclass(frozen=True, slots=True)
class PastSignOff:
    """A decision of the town's past."""

    service_id: str
    before_now: timedelta
    decision: Decision
    reasons: str
    conditions: tuple[tuple[str, int], ...] = ()
    """Text, and days after the sign-off by which it is due."""


PAST_SIGNOFFS = (
    PastSignOff("certificates", timedelta(days=40), "fail", "확인서 출력 단계에서 세 사람이 되돌아갔습니다. 고친 뒤 다시 봅니다."),
    PastSignOff("certificates", timedelta(days=26), "pass", "시민 여덟 분과 함께 직접 신청하고 출력까지 마쳤습니다. 막힘이 없었습니다."),
    PastSignOff(
        "vaccination",
        timedelta(days=20),
        "conditional",
        "예약은 잘 되지만 접종 기록 보기가 너무 느립니다. 기한 안에 고치는 조건으로 공개합니다.",
        (("접종 기록 보기를 3초 안에 보이게 한다 / Show the record within 3 seconds", 60),),
    ),
    PastSignOff("library", timedelta(days=200), "pass", "책 찾기와 빌린 책 보기를 직접 써 보았습니다. 이 배포본은 잘 됩니다."),
)


def prepare_town(settings: Settings, now: datetime, say: Say) -> PreparedTown:
    """Make a folder ready for the demonstration. Raises Conflict for one that holds anything else."""
    with alone_in_folder(settings) as parts:
        town = town_catalogue()
        known = parts.register.catalogue().services
        if {service.id for service in known} - {service.id for service in town.services}:
            raise Conflict(
                f"cannot show the demonstration in {settings.data}: it holds real services", "choose an empty folder with --data DIR"
            )
        apply_catalogue(parts.register, town, now)
        sign_in = None
        with parts.register.look() as books:
            signed = len(books.log.entries_of_kind(SIGNOFF_KIND))
        if signed < len(PAST_SIGNOFFS):
            sign_in = _add_past(parts, now, say)
        return PreparedTown(_new_tokens(parts, now), parts.keys.admin, sign_in)


def _new_tokens(parts: Parts, now: datetime) -> dict[str, str]:
    tokens = {}
    for service in SERVICES:
        token, text = new_token([service.id], parts.keys, now)
        with parts.register.change() as books:
            books.tokens.add(token)
        tokens[service.id] = text
    return tokens


def _add_past(parts: Parts, now: datetime, say: Say) -> SignIn:
    """Fill the folder; sign-offs come last, so that an interrupted preparation begins again in an empty folder."""
    if any(parts.telemetry.first_day(service.index) for service in parts.register.catalogue().services):
        raise Conflict("cannot go on with a demonstration whose preparation was interrupted", "remove its folder and start again")
    sender = Sender("demonstration", None, backfill=True)
    catalogue = parts.register.catalogue()
    for number, sample in enumerate(SERVICES, start=1):
        say(f"making {DAYS} days of history: {sample.id} ({number} of {len(SERVICES)})")
        fixed = sample.id if sample.behind_access_log else None
        for columns in past_requests(sample, now):
            take_in(columns, Delivery(sender, now), catalogue, parts.writer, fixed_service=fixed)
    probed = catalogue.service(PROBED_SERVICE)
    assert probed is not None
    declare_checks(parts.register, probed)
    take_in_probes(past_checks(probed, now), Place(VANTAGE), Delivery(sender, now), catalogue, parts.register, parts.writer)
    say("judging every minute of it")
    judge_all(parts, now)
    return _add_people(parts, now)


def declare_checks(register: RegisterStore, service: Service) -> None:
    """Declare that the town hall checks every menu of a service once a minute."""
    source = source_of(register, VANTAGE)
    with register.change() as books:
        books.probes.keep_series([ProbeSeries(service.index, menu.index, source, PROBE_INTERVAL_S) for menu in service.menus])


def _add_people(parts: Parts, now: datetime) -> SignIn:
    """Add an executive with a random password, and what was signed before."""
    password, codes = secrets.token_urlsafe(12), new_recovery_codes()
    grants = tuple(Grant("executive", agency_id=agency.id) for agency in parts.register.catalogue().agencies)
    member = StaffMember(EXECUTIVE, "시연용 최고책임자", Text("한빛시 부시장", "Deputy Mayor of Hanbit"), grants, now)
    hidden = StaffSecrets(hash_password(password), new_totp_secret(), tuple(recovery_code_hash(code) for code in codes))
    enrol(parts.register, parts.keys, member, hidden, now - PEOPLE_BEGAN)
    parts.get(SigningKeys).make_first(now - PEOPLE_BEGAN)
    for past in sorted(PAST_SIGNOFFS, key=lambda each: each.before_now, reverse=True):
        _sign(parts, member, past, now - past.before_now)
    return SignIn(EXECUTIVE, password, hidden.totp_secret, codes[0])


def _sign(parts: Parts, member: StaffMember, past: PastSignOff, at: datetime) -> None:
    """Freeze a release, let the service run it, and sign it."""
    version, digest = f"{at:%Y.%m.%d}", "sha256:" + secrets.token_hex(32)
    release = ReleaseFrozen(past.service_id, version, digest, "production", "https://test.hanbit.example/", HOST)
    frozen = freeze_release(parts.register, release, at - timedelta(days=1))
    conditions = tuple(Condition(text, (at + timedelta(days=days)).date()) for text, days in past.conditions)
    plan = "한빛시 사용성 시험 계획 (시연) / Hanbit usability test plan (demonstration)"
    draft = SigningDraft(past.service_id, frozen.index, plan, past.decision, past.reasons, conditions)
    history = KnownHistory(parts.register).look()
    prepared = prepare(parts.register, history, Signer(member, account_mark(parts.keys, member.id), ()), draft, at)
    sign(parts.register, parts.get(SigningKeys), prepared, Proven("demonstration"), at)
    if past.decision != "fail":
        observe_release(parts.register, ReleaseObserved(past.service_id, "production", digest, version), at)
