"""Flow 2 from a draft to the public record."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from observatory.errors import BadInput, Conflict, NotAllowed, NotFound
from observatory.flows.catalogue import apply_catalogue
from observatory.flows.log_checking import check_log
from observatory.flows.preparing import Prepared, Signer, prepare
from observatory.flows.release_history import KnownHistory
from observatory.flows.signing import Proven, sign
from observatory.flows.signing_keys import SigningKeys
from observatory.flows.signoffs import SIGNOFF_KIND, SignedEntry, desk_rows, signed_entry, signoffs_by_service
from observatory.model.catalogue import Catalogue, Site
from observatory.model.signoff import SHOWN_GOOD_FOR, Condition, NewEntry, SigningDraft
from observatory.model.staff import Grant, StaffMember
from observatory.model.text import Text
from observatory.signoff.assertion import Assertion
from observatory.signoff.bare_statement import bare_statement_bytes
from observatory.signoff.canonical_json import canonical
from observatory.signoff.dsse import signed_by
from observatory.store.opening import open_register, prepare_folder
from observatory.store.register import RegisterStore
from tests.builders import a_catalogue, a_service, a_signoff, a_staff_member
from tests.frozen import DIGEST, OTHER_DIGEST, freeze
from tests.people import signoffs_of, staff_secrets
from tests.registers import in_change, in_look
from tests.security_key import SecurityKey

PASSWORD = Proven("password+totp")
MARK = "0011223344ff"


@pytest.fixture
def register(tmp_path: Path, now: datetime) -> Iterator[RegisterStore]:
    """A register with two services, a minister, and a frozen release."""
    prepare_folder(tmp_path)
    opened = open_register(tmp_path)
    apply_catalogue(opened, a_catalogue(a_service(), a_service("tax")), now)
    in_change(opened).staff.add(a_staff_member(), staff_secrets())
    freeze(opened, now)
    told = canonical({"account": MARK, "by": "host", "roles": ["executive:service=job-portal"]})
    in_change(opened).log.append(NewEntry("account-enrolled", told, now))
    yield opened
    opened.close()


@pytest.fixture
def keys(tmp_path: Path, register: RegisterStore, now: datetime) -> SigningKeys:
    """What signs for the observatory."""
    signing = SigningKeys(register, prepare_folder(tmp_path))
    signing.make_first(now)
    return signing


DRAFT = SigningDraft("job-portal", 2, "plan 7", "pass", "I applied for a job myself, to the end.")
"""About the release that is frozen there."""


def a_signer(member: StaffMember | None = None, *keys: SecurityKey) -> Signer:
    """Return the minister with these security keys."""
    return Signer(member or a_staff_member(), MARK, tuple(key.answer(b"").thumbprint for key in keys))


def shown(register: RegisterStore, signer: Signer, draft: SigningDraft, now: datetime) -> Prepared:
    """Return what a signer is shown."""
    return prepare(register, KnownHistory(register).look(), signer, draft, now)


def sign_it(register: RegisterStore, keys: SigningKeys, now: datetime, draft: SigningDraft = DRAFT) -> SignedEntry:
    """Sign a draft as it was shown, with a password."""
    return sign(register, keys, shown(register, a_signer(), draft, now), PASSWORD, now)


def test_what_was_shown_is_signed_byte_for_byte_and_stands_in_the_log(register: RegisterStore, keys: SigningKeys, now: datetime) -> None:
    prepared = shown(register, a_signer(), DRAFT, now)
    made = sign(register, keys, prepared, PASSWORD, now)

    entry = in_look(register).log.entries(first=made.entry.index)[0]
    found = signed_entry(register, made.entry.index).signed
    assert (entry.kind, entry.recorded_at, found.payload) == (SIGNOFF_KIND, now, prepared.payload)
    assert found.envelope is not None
    assert signed_by(found.envelope, [key.statement_key for key in keys.all()]) == [keys.all()[0].statement_key]
    (signoff,) = signoffs_of(register, "job-portal")
    assert (signoff.assurance, signoff.release.digest, signoff.not_after) == ("password+totp", DIGEST, now + timedelta(days=180))


def test_a_security_key_signs_the_statement_itself(register: RegisterStore, keys: SigningKeys, now: datetime) -> None:
    key = SecurityKey()
    prepared = shown(register, a_signer(None, key), DRAFT, now)
    made = sign(register, keys, prepared, Proven("passkey-device-bound", key.answer(prepared.challenge)), now)

    assert made.signed.assertion is not None
    assert made.signoff.binding is not None
    assert made.signoff.binding.credentials == (made.signed.assertion.thumbprint,)


def test_forged_signatures_are_refused_and_nothing_is_stored(register: RegisterStore, keys: SigningKeys, now: datetime) -> None:
    key, stranger = SecurityKey(), SecurityKey()
    prepared = shown(register, a_signer(None, key), DRAFT, now)
    other = shown(register, a_signer(None, key), replace(DRAFT, decision="fail"), now)
    forged: list[tuple[str, Assertion | None]] = [
        ("passkey-device-bound", key.answer(other.challenge)),
        ("passkey-device-bound", stranger.answer(prepared.challenge)),
        ("passkey-device-bound", None),
        ("password+totp", key.answer(prepared.challenge)),
        ("my word", None),
    ]
    before = in_look(register).log.tree()

    for assurance, assertion in forged:
        with pytest.raises((NotAllowed, BadInput)):
            sign(register, keys, prepared, Proven(assurance, assertion), now)
    assert in_look(register).log.tree() == before


@pytest.mark.parametrize("later", [SHOWN_GOOD_FOR, timedelta(days=1), timedelta(seconds=-1)])
def test_a_statement_is_signed_within_five_minutes_of_its_moment(
    register: RegisterStore, keys: SigningKeys, now: datetime, later: timedelta
) -> None:
    prepared = shown(register, a_signer(), DRAFT, now)

    with pytest.raises(Conflict, match="five minutes"):
        sign(register, keys, prepared, PASSWORD, now + later)


def test_an_account_that_has_ended_signs_nothing_new_and_what_it_signed_stays(
    register: RegisterStore, keys: SigningKeys, now: datetime
) -> None:
    sign_it(register, keys, now)
    prepared = shown(register, a_signer(), DRAFT, now)
    in_change(register).staff.disable("minister", now)

    with pytest.raises(Conflict, match="ended"):
        sign(register, keys, prepared, PASSWORD, now)
    assert len(signoffs_of(register, "job-portal")) == 1


def test_two_who_sign_at_once_both_stand_in_the_log(register: RegisterStore, keys: SigningKeys, now: datetime) -> None:
    with ThreadPoolExecutor(4) as signers:
        made = list(signers.map(lambda _: sign_it(register, keys, now), range(20)))

    indexes = sorted(each.entry.index for each in made)
    assert indexes == list(range(indexes[0], indexes[0] + 20))
    assert check_log(register).broken is None
    assert len(signoffs_of(register, "job-portal")) == 20


def test_signoffs_come_newest_first_by_service(register: RegisterStore, keys: SigningKeys, now: datetime) -> None:
    sign_it(register, keys, now)
    sign_it(register, keys, now, replace(DRAFT, decision="fail"))
    in_change(register).log.append(NewEntry(SIGNOFF_KIND, bare_statement_bytes(a_signoff(service_id="tax")), now))

    assert [signoff.decision for signoff in signoffs_of(register, "job-portal")] == ["fail", "pass"]
    assert {service_id: len(found) for service_id, found in signoffs_by_service(register).items()} == {"tax": 1, "job-portal": 2}
    assert signoffs_of(register, "nothing") == []


def test_an_entry_that_no_key_signed_is_no_signoff(register: RegisterStore, keys: SigningKeys, now: datetime) -> None:
    body = sign_it(register, keys, now).entry.body
    in_change(register).log.append(
        NewEntry(SIGNOFF_KIND, body.replace(b'"assurance":"password+totp"', b'"assurance":"passkey-synced"'), now)
    )
    in_change(register).log.append(NewEntry(SIGNOFF_KIND, b"{}", now))

    assert len(signoffs_of(register, "job-portal")) == 1
    for index in (6, 7):
        with pytest.raises(NotFound):
            signed_entry(register, index)


def test_somebody_elses_service_and_a_release_that_is_not_frozen_are_refused(register: RegisterStore, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        shown(register, a_signer(), replace(DRAFT, service_id="tax"), now)
    with pytest.raises(NotFound):
        shown(register, a_signer(), replace(DRAFT, service_id="nothing"), now)
    with pytest.raises(NotFound, match="not frozen"):
        shown(register, a_signer(), replace(DRAFT, release_index=1), now)


def test_whoever_delivers_a_release_does_not_judge_it(register: RegisterStore, now: datetime) -> None:
    own = freeze(register, now, version="2.5.0", digest=OTHER_DIGEST, by=MARK)

    with pytest.raises(NotAllowed, match="delivers"):
        shown(register, a_signer(), replace(DRAFT, release_index=own), now)


def test_a_condition_is_due_today_at_the_earliest_where_the_service_is(register: RegisterStore, now: datetime) -> None:
    late_in_seoul = now.replace(hour=15, minute=30)
    conditional = replace(DRAFT, decision="conditional")

    today = prepare(
        register,
        KnownHistory(register).look(),
        a_signer(),
        replace(conditional, conditions=(Condition("c", date(2026, 11, 21)),)),
        late_in_seoul,
    )

    assert today.signoff.decision == "conditional"
    with pytest.raises(BadInput, match="due before today"):
        prepare(
            register,
            KnownHistory(register).look(),
            a_signer(),
            replace(conditional, conditions=(Condition("c", date(2026, 11, 20)),)),
            late_in_seoul,
        )


def test_the_desk_shows_services_of_the_executive_with_their_state(register: RegisterStore, keys: SigningKeys, now: datetime) -> None:
    sign_it(register, keys, now)
    of_agency = a_staff_member(grants=(Grant("executive", agency_id="labor"),))

    assert [(row.service.id, row.state) for row in desk_rows(register, a_staff_member(), now)] == [("job-portal", "signed")]
    assert [(row.service.id, row.state) for row in desk_rows(register, of_agency, now)] == [("job-portal", "signed"), ("tax", "none")]
    assert [row.state for row in desk_rows(register, a_staff_member(), now + timedelta(days=182))] == ["overdue"]


def test_a_service_that_left_the_catalogue_is_not_signed(register: RegisterStore, now: datetime) -> None:
    apply_catalogue(register, Catalogue(site=Site(), agencies=a_catalogue().agencies, services=(a_service("tax"),)), now)

    assert desk_rows(register, a_staff_member(), now) == []
    with pytest.raises(NotAllowed):
        shown(register, a_signer(), DRAFT, now)


def test_an_entry_that_is_no_signoff_is_not_shown_as_one(register: RegisterStore) -> None:
    assert in_look(register).log.entries(first=0, limit=1)[0].kind == "service-registered"
    for index in (0, 99):
        with pytest.raises(NotFound):
            signed_entry(register, index)


def test_the_log_is_checked_rightly_while_others_append(register: RegisterStore, keys: SigningKeys, now: datetime) -> None:
    def append(count: int) -> None:
        for _ in range(count):
            sign_it(register, keys, now)

    before = check_log(register).size
    with ThreadPoolExecutor(4) as people:
        appending = [people.submit(append, 10) for _ in range(3)]
        reports = [check_log(register) for _ in range(5)]
        for each in appending:
            each.result()

    assert [report.broken for report in reports] == [None] * 5
    assert check_log(register).size == before + 30


@pytest.mark.parametrize(
    "draft",
    [
        replace(DRAFT, reasons=DRAFT.reasons + "\u200b"),
        replace(DRAFT, plan_reference="plan\u202e7"),
        replace(DRAFT, decision="conditional", conditions=(Condition("larger\u00ad letters", date(2026, 12, 1)),)),
    ],
)
def test_nothing_that_cannot_be_seen_is_signed(register: RegisterStore, now: datetime, draft: SigningDraft) -> None:
    with pytest.raises(BadInput, match="which cannot be seen"):
        shown(register, a_signer(), draft, now)


def test_nobody_signs_under_a_name_or_office_that_holds_what_cannot_be_seen(register: RegisterStore, now: datetime) -> None:
    with pytest.raises(BadInput, match=r"U\+E0041"):
        shown(register, a_signer(replace(a_staff_member(), name="김책임\U000e0041")), DRAFT, now)
    with pytest.raises(BadInput, match=r"U\+200B"):
        prepare(
            register, KnownHistory(register).look(), a_signer(replace(a_staff_member(), office=Text("장관\u200b", "Minister"))), DRAFT, now
        )
