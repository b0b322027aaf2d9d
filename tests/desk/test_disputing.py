"""Disputing a failure at the desk, in public: it stands on the incident's page and in the API - and who may not."""

import html
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from observatory.model.dispute import Dispute
from observatory.model.text import Text
from observatory.store.register import RegisterStore
from tests.desk.test_operations import OUTAGE, owner
from tests.people import Person
from tests.registers import in_look

__all__ = ["owner"]

DISPUTE = f"/ko/desk/operations/incidents/{OUTAGE.id}/dispute"


def disputed(register: RegisterStore) -> tuple[Dispute, ...]:
    return in_look(register).disputes.disputes([OUTAGE.id]).get(OUTAGE.id, ())


def dispute(person: Person, **typed: str) -> str:
    person.open(DISPUTE)
    return html.unescape(person.send("/dispute", **typed).text)


def test_what_is_disputed_is_published_and_translated_later(owner: Person, register: RegisterStore, client: FlaskClient) -> None:
    dispute(owner, text_ko="로그인은 되었습니다")
    english = client.get(f"/en/incidents/{OUTAGE.id}").text
    assert "로그인은 되었습니다" in english
    assert "translation in preparation" in english
    owner.send("/translation", translation="People could sign in")
    (made,) = disputed(register)
    assert (made.text, made.state) == (Text("로그인은 되었습니다", "People could sign in"), "open")
    page = client.get(f"/en/incidents/{OUTAGE.id}").text
    assert "People could sign in" in page
    assert "Disputed, not answered yet" in page
    (told,) = client.get(f"/api/v1/incidents/{OUTAGE.id}").json["disputes"]
    assert (told["text_en"], told["state"], told["answered_at"]) == ("People could sign in", "open", None)
    (entry,) = in_look(register).log.entries_of_kind("service-incident-disputed")
    assert b"owner" not in entry.body


@pytest.mark.parametrize("typed", [{}, {"text_ko": "가" * 4001}, {"text_en": "a\u202eb"}])
def test_what_is_wrong_is_said_and_nothing_is_published(owner: Person, register: RegisterStore, typed: dict[str, str]) -> None:
    page = dispute(owner, **typed)
    assert owner.response is not None
    assert owner.response.status_code == 400
    assert 'role="alert"' in page
    assert disputed(register) == ()


def test_a_second_one_waits_for_the_answer_to_the_first(owner: Person, register: RegisterStore) -> None:
    dispute(owner, text_ko="하나")
    assert "앞선 이의에 감사자가 아직 답하지 않아" in dispute(owner, text_ko="둘")
    assert len(disputed(register)) == 1


def test_others_dispute_nothing(owner: Person, somebody: Callable[[], Person], register: RegisterStore) -> None:
    stranger = somebody()
    stranger.sign_in()
    assert stranger.open(DISPUTE).status_code == 403
    assert owner.post(DISPUTE, {"text_ko": "하나"}).status_code == 400
    assert owner.open("/ko/desk/operations/incidents/nothing/dispute").status_code == 404
    assert disputed(register) == ()
