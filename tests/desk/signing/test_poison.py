"""Whatever is typed at the desk is refused in words: it never breaks the desk."""

import pytest

from tests.people import PASSWORD, Person
from tests.receive.test_poison import POISON

TYPED = {name: poison.decode("utf-8", "replace") for name, poison in POISON.items()}


@pytest.mark.parametrize("typed", TYPED.values(), ids=TYPED)
def test_nothing_that_is_typed_to_sign_in_breaks_the_desk(minister: Person, typed: str) -> None:
    for fields in ({"staff_id": typed, "password": typed, "code": typed}, {"staff_id": "minister", "password": PASSWORD, "code": typed}):
        minister.open("/en/desk/sign-in")
        assert minister.send("/sign-in", **fields).status_code < 500


@pytest.mark.parametrize("typed", TYPED.values(), ids=TYPED)
@pytest.mark.parametrize("field", ["release", "plan_reference", "decision", "condition_1", "due_1", "reasons"])
def test_nothing_that_is_typed_to_decide_breaks_the_desk(minister: Person, field: str, typed: str) -> None:
    minister.sign_in()
    assert minister.decide(**{field: typed}).status_code < 500
