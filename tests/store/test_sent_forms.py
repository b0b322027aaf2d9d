"""What the register promises about forms that were acted upon: kept with what they did, or not at all."""

from dataclasses import replace

import pytest

from observatory.errors import Conflict
from observatory.model.sent_form import SENT_FORMS_KEPT, SentForm
from observatory.store.register import RegisterStore
from tests.moments import NOW
from tests.registers import in_change, in_look

SENT = SentForm(b"k" * 32, b"c" * 32, NOW)


def test_a_form_is_taken_once(register: RegisterStore) -> None:
    assert not in_look(register).sent_forms.was_taken(SENT)
    assert [in_change(register).sent_forms.take(SENT) for _ in range(2)] == [True, False]
    assert in_look(register).sent_forms.was_taken(SENT)
    assert in_change(register).sent_forms.take(replace(SENT, key=b"o" * 32))


def test_a_form_that_says_something_else_is_told(register: RegisterStore) -> None:
    in_change(register).sent_forms.take(SENT)
    other = replace(SENT, content=b"o" * 32)
    with pytest.raises(Conflict):
        in_change(register).sent_forms.take(other)
    assert not in_look(register).sent_forms.was_taken(other)


def test_an_act_that_fails_leaves_the_form_unused(register: RegisterStore) -> None:
    def fail() -> None:
        with register.change() as books:
            books.sent_forms.take(SENT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert in_change(register).sent_forms.take(SENT)


def test_what_no_session_can_send_again_is_forgotten(register: RegisterStore) -> None:
    in_change(register).sent_forms.take(SENT)
    in_change(register).sent_forms.take(replace(SENT, key=b"o" * 32, at=NOW + SENT_FORMS_KEPT))
    assert in_look(register).sent_forms.was_taken(SENT)
    in_change(register).sent_forms.take(replace(SENT, key=b"p" * 32, at=NOW + SENT_FORMS_KEPT * 1.01))
    assert not in_look(register).sent_forms.was_taken(SENT)
