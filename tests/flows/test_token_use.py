"""How much a token may send in a day, and what is remembered of it."""

from datetime import date, datetime, timedelta

import pytest
from apiflask import APIFlask

from observatory.errors import Overloaded, QuotaSpent
from observatory.flows.token_use import RETRY_AFTER_SECONDS_MAX, TokenUse
from observatory.web.context import parts_of
from tests.registers import in_change, in_look


def nothing(day: date) -> dict[str, int]:
    """Nothing was sent before."""
    return {}


def test_a_body_that_would_be_over_the_limit_is_refused_and_not_counted(now: datetime) -> None:
    use = TokenUse(100, nothing)
    use.take("a", 60, now)
    with pytest.raises(QuotaSpent) as refused:
        use.take("a", 41, now)
    assert not isinstance(refused.value, Overloaded), "others would be turned away with it"
    assert 0 < refused.value.retry_after_seconds <= RETRY_AFTER_SECONDS_MAX
    use.take("a", 40, now)
    use.take("b", 100, now)
    assert use.today() == (now.date(), {"a": 100, "b": 100})
    assert use.refused_count == 1


def test_the_next_day_begins_anew(now: datetime) -> None:
    use = TokenUse(100, nothing)
    use.take("a", 100, now)
    use.take("a", 100, now + timedelta(days=1))


def test_a_second_before_midnight_one_is_told_to_come_in_a_second(now: datetime) -> None:
    use = TokenUse(1, nothing)
    with pytest.raises(QuotaSpent) as refused:
        use.take("a", 2, now.replace(hour=23, minute=59, second=59))
    assert refused.value.retry_after_seconds == 1


def test_without_a_limit_it_is_only_counted(now: datetime) -> None:
    use = TokenUse(0, nothing)
    use.take("a", 1 << 60, now)
    assert use.today()[1] == {"a": 1 << 60}


def test_what_was_written_down_is_known_after_a_restart(app: APIFlask, now: datetime) -> None:
    register = parts_of(app).register
    before = TokenUse(100, in_look(register).tokens.use)
    before.take("a", 90, now)
    in_change(register).tokens.keep_use(*before.today())
    in_change(register).tokens.keep_use(now.date() - timedelta(days=31), {"a": 5})
    in_change(register).tokens.keep_use(*before.today())
    with pytest.raises(QuotaSpent):
        TokenUse(100, in_look(register).tokens.use).take("a", 11, now)
    assert in_look(register).tokens.use(now.date() - timedelta(days=31)) == {}
