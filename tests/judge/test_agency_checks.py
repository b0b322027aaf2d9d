"""Who votes: an operator's checks do, those of the agency that is observed are kept and shown."""

from observatory.model.columns import Source
from observatory.model.incident import Verdict
from tests.judge.test_explaining import explain
from tests.judge.world import World

FIRST_TOKEN = Source.AGENCY_PROBE - Source.PROBE


def test_two_agencies_that_say_up_do_not_outvote_one_operator_who_sees_it_down(world: World) -> None:
    for token in (FIRST_TOKEN, FIRST_TOKEN + 1):
        world.probe(range(60), ok=True, vantage=token)
    world.probe(range(60), ok=False).judge(60)
    assert set(world.verdicts(10, 50)) == {Verdict.DOWN}
    assert [incident.severity for incident in world.incidents()] == ["major"]


def test_agencies_that_say_down_do_not_make_a_failure(world: World) -> None:
    world.probe(range(60), ok=False, vantage=FIRST_TOKEN).probe(range(60), ok=True).judge(60)
    assert set(world.verdicts(10, 50)) == {Verdict.UP}


def test_where_only_an_agency_checks_nothing_is_known(world: World) -> None:
    world.probe(range(60), ok=True, vantage=FIRST_TOKEN).judge(60)
    assert set(world.verdicts(10, 50)) == {Verdict.UNKNOWN}


def test_their_checks_are_shown_with_the_minute_and_are_in_no_load_time(world: World) -> None:
    world.probe(range(60), ok=True, vantage=FIRST_TOKEN).judge(60)
    assert {row.source for row in explain(world, 30, 60).counted} == {Source.AGENCY_PROBE}
    assert explain(world, 30, 60).subjects[0].probes.votes == ()
    assert world.figures(0, 60).load_time.n == 0
