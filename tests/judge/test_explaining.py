"""A minute is explained by what it was judged by, and the explanation comes to the verdict that was published."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from observatory.errors import BadInput
from observatory.flows.judging import sum_days
from observatory.judge.evidence import DecidedBy
from observatory.judge.explaining import explain_minute, minute_named, name_of
from observatory.judge.explanation import Explanation, SubjectExplanation
from observatory.model.columns import Source
from observatory.model.incident import MinuteClass, Verdict
from observatory.model.minute import Counter
from observatory.store.service_history import StoredHistory, rules_of
from tests.builders import a_menu, a_service
from tests.judge.stories import MENU_IDS, Story, declare, judge, next_world, stories, tell
from tests.judge.world import World

WEEK = 7 * 1440


def explain(world: World, minute: int, at: int) -> Explanation:
    history = StoredHistory(world.service, world.register, world.telemetry)
    return explain_minute(history, rules_of(world.service, world.register), world.origin + minute, world.at(at))


def whole(world: World, minute: int, at: int) -> SubjectExplanation:
    return explain(world, minute, at).subjects[0]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(story=stories(), chosen=st.lists(st.integers(0, 400), min_size=6, max_size=6))
def test_whatever_happens_the_explained_verdict_is_the_published_one(
    many: tuple[World, Iterator[int]], story: Story, chosen: list[int]
) -> None:
    world = next_world(many, story)
    declare(world, story)
    for menu in range(len(story.menus)):
        tell(world, story, 0, story.end, menu)
    judge(world, story.end - 1)
    for minute in {each % story.end for each in chosen} | {story.end - 1}:
        subjects = {subject.menu_id: subject for subject in explain(world, minute, story.end - 1).subjects}
        for menu_id in (None, *MENU_IDS[: len(story.menus)]):
            published = world.verdicts(minute, minute + 1, menu_id)[0]
            if not subjects:
                assert published == Verdict.UNKNOWN
                continue
            found = subjects[menu_id]
            assert found.verdict == found.stored == published, (minute, found)
            assert found.minute_class == world.classes(minute, minute + 1, menu_id)[0]
            assert found.probes.ok == sum(not vote.failed for vote in found.probes.votes)
            assert found.probes.failed == sum(vote.failed for vote in found.probes.votes)


def test_users_decide_by_the_requests_of_their_block(make_world: Callable[..., World]) -> None:
    world = make_world(replace(a_service(index=0), low_traffic_block_minutes=5))
    world.users(range(20), count=10, bad=6).judge(30)
    found = whole(world, 7, 30)
    assert (found.count, found.bad, found.users.count, found.users.bad) == (10, 6, 50, 30)
    assert (found.users.block.first - world.origin, found.users.block.end - world.origin) == (5, 10)
    assert (found.users.says, found.decided_by, found.verdict) == (Verdict.DOWN, DecidedBy.USERS, Verdict.DOWN)
    assert (found.minute_class, found.incident) == (MinuteClass.DOWN, world.incidents()[0])


def test_a_vote_says_who_cast_it_when_and_how_long_it_holds(world: World) -> None:
    world.probe([10, 18], ok=False, vantage=3, interval_s=300).probe([14], ok=True, vantage=5, interval_s=300).judge(40)
    found = whole(world, 15, 40)
    assert [
        (vote.source - Source.PROBE, vote.cast_minute - world.origin, vote.end_minute - world.origin, vote.failed)
        for vote in found.probes.votes
    ] == [(3, 10, 18, True), (5, 14, 24, False)]
    assert (found.probes.says, found.decided_by, found.verdict) == (Verdict.PARTIAL, DecidedBy.PROBES, Verdict.PARTIAL)


def test_survivors_are_overruled_where_traffic_vanished(world: World) -> None:
    for week in range(4):
        world.users(range(week * WEEK, week * WEEK + 30), count=1000)
    world.users(range(4 * WEEK, 4 * WEEK + 30), count=30).probe(range(4 * WEEK, 4 * WEEK + 30), ok=False).judge(4 * WEEK + 29)
    found = whole(world, 4 * WEEK + 5, 4 * WEEK + 29)
    assert (found.expected, found.vanished, found.users.says, found.probes.says) == (1000, True, Verdict.UP, Verdict.DOWN)
    assert (found.decided_by, found.verdict) == (DecidedBy.PROBES_OVER_USERS, Verdict.DOWN)


def test_what_to_expect_is_told_even_where_it_decides_nothing(world: World) -> None:
    for week in range(4):
        world.users(range(week * WEEK, week * WEEK + 30), count=1000)
    world.users(range(4 * WEEK, 4 * WEEK + 30), count=900).judge(4 * WEEK + 29)
    found = whole(world, 4 * WEEK + 5, 4 * WEEK + 29)
    assert (found.expected, found.vanished, found.decided_by) == (1000, False, DecidedBy.USERS)


def test_an_unknown_minute_between_bad_ones_is_bridged(world: World) -> None:
    world.users(range(10), bad=100).users(range(15, 30), bad=20).judge(29)
    found = whole(world, 12, 29)
    assert (found.decided_by, found.own, found.bridged, found.verdict) == (
        DecidedBy.NOBODY,
        Verdict.UNKNOWN,
        Verdict.PARTIAL,
        Verdict.PARTIAL,
    )


def test_an_essential_menu_makes_the_service_fail(make_world: Callable[..., World]) -> None:
    menus = (replace(a_menu("search", index=0), critical=True), a_menu("apply", index=0))
    world = make_world(a_service(index=0, menus=menus))
    world.users(range(10), count=20, bad=20, menu="search").users(range(10), count=1000, menu="apply").judge(9)
    service, search, apply = explain(world, 5, 9).subjects
    assert (service.bridged, service.verdict) == (Verdict.UP, Verdict.DOWN)
    assert (search.menu_id, search.critical, search.verdict) == ("search", True, Verdict.DOWN)
    assert (apply.menu_id, apply.critical, apply.verdict) == ("apply", False, Verdict.UP)


def test_a_minute_in_which_the_observatory_slept_is_blind(world: World) -> None:
    world.telemetry.beat(world.origin, first=True)
    world.telemetry.beat(world.origin + 10, first=True)
    world.users(range(10, 20), bad=100).judge(19)
    explanation = explain(world, 5, 19)
    assert (explanation.blind, explanation.subjects[0].decided_by, explanation.subjects[0].own) == (True, DecidedBy.BLIND, Verdict.UNKNOWN)


def test_every_source_is_told_but_only_one_is_evidence(world: World) -> None:
    world.users([5], count=100).users([5], count=40, source=Source.OTLP_SPAN).judge(9)
    explanation = explain(world, 5, 9)
    assert [(row.source, row.of(Counter.COUNT)) for row in explanation.counted] == [(Source.ACCESS_LOG, 100), (Source.OTLP_SPAN, 40)]
    assert (explanation.source, explanation.subjects[0].count) == (Source.ACCESS_LOG, 100)


def test_it_is_told_how_much_there_is_to_explain(world: World) -> None:
    world.users(range(10)).judge(9)
    assert (explain(world, 10, 9).state, explain(world, 10, 9).subjects) == ("to_come", ())
    assert (explain(world, 9, 9).state, len(explain(world, 9, 9).subjects)) == ("running", 2)
    assert explain(world, 5, 9).state == "judged"
    assert explain(world, -2000, 9).state == "nothing_kept"
    world.users([5], bad=100)
    assert explain(world, 5, 9).waiting
    assert not explain(world, 6, 9).waiting


def test_minutes_that_came_in_and_were_never_judged_are_told_as_such(world: World) -> None:
    world.users(range(10))
    explanation = explain(world, 5, 20)
    assert (explanation.state, explanation.waiting, len(explanation.counted), explanation.subjects) == ("unjudged", True, 1, ())


def test_of_a_settled_minute_the_strip_still_tells_all_but_the_rows(world: World) -> None:
    world.users(range(30), bad=100).probe(range(30), ok=False).judge(29)
    before = explain(world, 5, 29)
    later = world.at(20 * 1440)
    sum_days(world.service, later.date() - timedelta(days=30), world, later)
    while world.telemetry.forget(later, later, world.origin + 3 * 1440, (later - timedelta(days=400)).date()):
        pass
    after = explain(world, 5, 20 * 1440)
    assert (after.state, after.counted) == ("settled", ())
    assert replace(after, state="judged", counted=before.counted) == before


@pytest.mark.parametrize("text", ["", "2026-11-20T09:04", "2026-11-20T09:04:5Z", "2026-13-20T09:04Z", "1969-12-31T23:59Z", "x" * 900])
def test_what_is_no_minute_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="cannot read minute"):
        minute_named(text)


def test_a_minute_is_named_in_utc() -> None:
    assert name_of(minute_named("2026-11-20T09:04Z")) == "2026-11-20T09:04Z"
    assert minute_named("2026-11-20T09:04:59Z") == minute_named("2026-11-20T09:04Z")
    assert minute_named("1970-01-01T00:01Z") == 1
