"""Anybody reads from a certificate what was decided, whether it holds, and what proves it."""

import base64
import hashlib
import html
import json
from datetime import date

import pytest

from observatory.flows.public_log import SignedLog
from observatory.flows.signoffs import SIGNOFF_KIND
from observatory.model.release import HOST, ConditionMet, SignOffRevoked
from observatory.model.signoff import Condition, NewEntry
from observatory.signoff.bare_statement import bare_statement_bytes
from observatory.signoff.certificate import number_of
from observatory.signoff.leaves import CONDITION_MET, SIGNOFF_REVOKED, body_of
from tests.builders import a_signoff
from tests.frozen import DIGEST, OTHER_DIGEST
from tests.people import REASONS
from tests.publish.certificates.conftest import Desk
from tests.registers import in_change

FORMS = ("/c/{}.json", "/ko/c/{}", "/en/c/{}.txt", "/c/{}/bundle.json")
CONDITION = Condition("글씨를 키울 것", date(2026, 12, 1))


def standing(desk: Desk, number: str) -> tuple[str, list[str]]:
    """Return how a sign-off stands, and what is said against it."""
    told = desk.client.get(f"/c/{number}.json").get_json()
    return told["standing"], told["gate_reasons"]


def test_a_sign_off_that_holds_says_what_was_decided_and_what_proves_it(desk: Desk) -> None:
    number = desk.sign(desk.freeze())

    page = html.unescape(desk.client.get(f"/en/c/{number}").text)
    told = desk.client.get(f"/c/{number}.json").get_json()

    assert (told["standing"], told["gate_decision"], told["witnessed"]) == ("holds", "allow", None)
    for part in (
        "This sign-off holds",
        "2.4.1",
        DIGEST,
        REASONS,
        "김책임",
        "self-stated",
        "https://status.go.kr/c/" + number,
        "does not prove",
    ):
        assert part in page
    statement = base64.b64decode(told["statement"])
    challenge = json.loads(base64.urlsafe_b64decode(told["assertion"]["clientDataJSON"] + "=="))["challenge"]
    encoded = b"DSSEv1 28 application/vnd.in-toto+json %d %b" % (len(statement), statement)
    assert base64.urlsafe_b64decode(challenge + "=") == hashlib.sha256(encoded).digest()
    assert told["log"]["tlog_proof"].startswith("c2sp.org/tlog-proof@v1\n")


def test_without_a_security_key_the_certificate_says_that_it_proves_less(desk: Desk) -> None:
    number = desk.sign(desk.freeze(), by_key=False)

    assert "lower assurance" in desk.client.get(f"/en/c/{number}").text
    assert standing(desk, number) == ("holds", [])


def test_what_becomes_of_a_sign_off_is_told(desk: Desk) -> None:
    release = desk.freeze()
    failed = desk.sign(release, "fail")
    conditional = desk.sign(release, "conditional", CONDITION)
    assert standing(desk, failed)[0] == "failed"
    assert standing(desk, conditional) == ("holds", [])
    desk.clock.pass_by(days=12)
    assert standing(desk, conditional) == ("overdue", ["CONDITION_OVERDUE"])

    index = int(conditional.split("-")[0])
    log = in_change(desk.parts.register).log
    log.append(NewEntry(CONDITION_MET, body_of(ConditionMet("job-portal", index, "1", "모두 고쳤습니다.", HOST)), desk.clock()))
    assert standing(desk, conditional) == ("holds", [])
    assert "모두 고쳤습니다." in desk.client.get(f"/ko/c/{conditional}").text
    desk.clock.pass_by(days=180)
    assert standing(desk, conditional) == ("expired", ["SIGNOFF_EXPIRED"])


def test_a_revocation_stands_first_with_its_reasons(desk: Desk) -> None:
    number = desk.sign(desk.freeze())
    revoked = SignOffRevoked("job-portal", int(number.split("-")[0]), "로그인이 되지 않는다는 신고가 이어졌습니다. 다시 봅니다.", HOST)
    in_change(desk.parts.register).log.append(NewEntry(SIGNOFF_REVOKED, body_of(revoked), desk.clock()))

    assert standing(desk, number) == ("revoked", ["REVOKED"])
    assert revoked.reasons in desk.client.get(f"/ko/c/{number}").text


def test_an_earlier_sign_off_says_that_a_later_one_counts(desk: Desk) -> None:
    first = desk.sign(desk.freeze())
    second = desk.sign(desk.freeze(OTHER_DIGEST, "2.5.0"))

    assert standing(desk, first)[0] == "superseded"
    assert standing(desk, second) == ("holds", [])


def test_a_sign_off_of_before_says_that_nothing_proves_it(desk: Desk) -> None:
    entry = in_change(desk.parts.register).log.append(NewEntry(SIGNOFF_KIND, bare_statement_bytes(a_signoff()), desk.clock()))

    number = number_of(entry.index, entry.leaf_hash)
    assert standing(desk, number) == ("old", ["NO_RELEASE"])
    assert desk.client.get(f"/ko/c/{number}").status_code == 200


@pytest.mark.parametrize("form", FORMS)
def test_a_number_that_nobody_was_given_is_not_found(desk: Desk, form: str) -> None:
    number = desk.sign(desk.freeze())
    index, _, digits = number.partition("-")
    guessed = [
        "0",
        index,
        f"{index}-",
        f"{index}-{'A' * 12}",
        f"0-{digits}",
        f"{int(index) + 1}-{digits}",
        "9" * 16 + "-" + digits,
        "\u0663-" + digits,
    ]

    assert desk.client.get(form.format(number)).status_code == 200
    assert desk.client.get(form.format(number.lower())).status_code == 200
    assert [desk.client.get(form.format(each)).status_code for each in guessed] == [404] * len(guessed)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_text_says_the_same_in_both_languages(desk: Desk, language: str) -> None:
    number = desk.sign(desk.freeze(), "conditional", CONDITION)
    text = desk.client.get(f"/{language}/c/{number}.txt")

    assert text.content_type.startswith("text/plain")
    for part in (number, DIGEST, REASONS, "글씨를 키울 것", "김책임"):
        assert part in text.text
    assert "&#" not in text.text
    assert "\n\n\n\n" not in text.text


def test_an_edited_log_certifies_nothing(desk: Desk) -> None:
    number = desk.sign(desk.freeze())
    desk.client.get(f"/c/{number}.json")
    with desk.parts.register.change() as books:
        connection = books.log._connection  # type: ignore[attr-defined]
        connection.execute("UPDATE log SET body = CAST(replace(body, '2.4.1', '2.4.2') AS BLOB) WHERE kind = 'release-frozen'")
    desk.parts.get(SignedLog).read_again(desk.clock(), begin=True)

    assert [desk.client.get(address.format(number)).status_code for address in FORMS] == [503] * len(FORMS)
