"""What the newest sign-off means on a given day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from observatory.model.signoff import Condition
from observatory.signoff.state import signoff_state
from tests.builders import a_signoff

TODAY = date(2026, 11, 20)


def test_a_service_nobody_signed_for_has_none() -> None:
    assert signoff_state([], TODAY) == "none"


def test_the_newest_decides() -> None:
    passed, failed = a_signoff(), a_signoff(decision="fail")

    assert signoff_state([failed, passed], TODAY) == "failed"
    assert signoff_state([passed, failed], TODAY) == "signed"


@pytest.mark.parametrize(("days", "state"), [(0, "signed"), (180, "signed"), (181, "overdue")])
def test_a_pass_holds_through_its_last_day(days: int, state: str) -> None:
    signoff = a_signoff(signed_at=datetime(2026, 11, 20, 1, tzinfo=UTC))

    assert signoff_state([signoff], TODAY + timedelta(days)) == state


@pytest.mark.parametrize(("days", "state"), [(0, "conditional"), (10, "conditional"), (11, "overdue")])
def test_conditions_are_overdue_the_day_after_the_first_is_due(days: int, state: str) -> None:
    conditions = (Condition("큰 글씨", TODAY + timedelta(30)), Condition("느린 메뉴", TODAY + timedelta(10)))
    signoff = a_signoff(decision="conditional", conditions=conditions)

    assert signoff_state([signoff], TODAY + timedelta(days)) == state


def test_conditions_due_late_do_not_outlive_the_signoff() -> None:
    signoff = a_signoff(decision="conditional", conditions=(Condition("언젠가", TODAY + timedelta(999)),))

    assert signoff_state([signoff], TODAY + timedelta(181)) == "overdue"


def test_a_fail_does_not_grow_old() -> None:
    assert signoff_state([a_signoff(decision="fail")], TODAY + timedelta(999)) == "failed"
