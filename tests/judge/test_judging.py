"""What is judged again, late, piece by piece or after a crash is what would have been judged at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import pytest

from observatory.flows.catalogue import apply_catalogue
from observatory.flows.judging import judge_all, judge_service, sum_days
from observatory.flows.retention import forget_old
from observatory.judge.days import minute_of
from observatory.model.columns import Source
from observatory.model.incident import Incident, MinuteClass, Verdict
from observatory.model.minute import Counter
from observatory.store.register import RegisterStore
from observatory.store.telemetry import TelemetryReader, TelemetryStore
from observatory.store.telemetry_writer import TelemetryWriter
from tests.builders import a_menu, a_service
from tests.judge.world import SameThreadWriter, T, World
from tests.registers import in_look

DAY = 1440
MIDNIGHT = 14 * 60
"""The first minute of the next day in Seoul."""


def known(world: World) -> tuple[Sequence[object], Sequence[Incident], Sequence[object]]:
    """Return all that the judge left behind, in a form that can be compared."""
    strips = [
        (
            strip.day,
            strip.menu,
            strip.source,
            *(getattr(strip, name).tolist() for name in ("count", "bad", "verdict", "minute_class", "votes")),
        )
        for strip in world.telemetry.strips(world.service.index, date(1970, 1, 1), date(9999, 1, 1))
    ]
    load_times = [
        (load.day, load.menu, load.source, load.authoritative, load.values.tolist(), load.bucket.tolist(), load.bucket_count.tolist())
        for load in world.telemetry.load_times(world.service.index, date(1970, 1, 1), date(9999, 1, 1))
    ]
    return strips, [replace(each, detected_at=each.started_at) for each in world.incidents()], load_times


def test_judging_again_changes_nothing(world: World) -> None:
    world.users(range(300)).users(range(50, 70), bad=100).probe(range(300)).judge(299)
    before, revision = known(world), world.telemetry.revision(world.service.index)
    judge_service(world.service, None, world, world.at(299))
    assert known(world) == before
    assert world.telemetry.revision(world.service.index) == revision


def test_split_and_shuffled_arrival_leaves_the_same_behind(make_world: Callable[..., World]) -> None:
    together, apart = make_world(), make_world()
    together.users(range(1000, 1600)).users(range(1420, 1450), count=100, bad=70).probe(range(0, 2000, 5), interval_s=300).judge(2900)
    apart.probe(range(1500, 2000, 5), interval_s=300).judge(2100)
    apart.users(range(1420, 1450), count=40, bad=30).users(range(1300, 1600)).judge(2400)
    apart.users(range(1000, 1300)).probe(range(0, 1500, 5)).judge(2600)
    apart.users(range(1420, 1450), count=60, bad=40).judge(2900)
    assert known(apart) == known(together)
    assert together.classes(1400, 1460).count(MinuteClass.PARTIAL) == 30


def test_a_late_bad_minute_bridges_the_unknown_minutes_before_it(world: World) -> None:
    world.users(range(5), bad=100).users(range(40, 300)).judge(299)
    world.users(range(15, 20), bad=100).judge(300)
    assert world.verdicts(0, 21) == [Verdict.DOWN] * 20 + [Verdict.UNKNOWN]


def test_late_minutes_before_a_long_outage_leave_it_as_long_as_it_was(world: World) -> None:
    world.users(range(100)).users(range(200, 600), bad=100).users(range(600, 700)).judge(699)
    before = world.incidents()
    world.users(range(110, 120), bad=100).judge(700)
    assert world.spans() == [(110, 120), (200, 600)]
    assert world.incidents()[-1] == before[0]


def test_an_outage_is_followed_over_days(world: World) -> None:
    world.users(range(10))
    for first in range(10, 3 * DAY, 200):
        world.users(range(first, first + 200), bad=100).judge(first + 199)
    assert len(world.incidents()) == 1
    assert world.incidents()[0].down_minutes == world.figures(0, 4 * DAY, at=3 * DAY + 300).downtime_minutes


def test_a_vote_holds_over_midnight(world: World) -> None:
    world.probe([MIDNIGHT - 10], interval_s=6000)
    for minute in range(MIDNIGHT - 5, MIDNIGHT + 120, 20):
        world.judge(minute)
    assert world.verdicts(MIDNIGHT - 10, MIDNIGHT + 115) == [Verdict.UP] * 120 + [Verdict.UNKNOWN] * 5


def test_time_that_passes_in_silence_closes_an_incident_for_want_of_evidence(world: World) -> None:
    world.probe(range(10)).probe(range(10, 20), ok=False)
    for minute in range(19, 100):
        world.judge(minute)
    assert world.spans() == [(10, 21)]
    assert world.incidents()[0].end_reason == "evidence_lost"


def test_minutes_to_come_have_no_verdict_and_are_not_unknown(world: World) -> None:
    world.users(range(60)).judge(29)
    figures = world.figures(0, 60, at=29)
    assert set(world.verdicts(30, 60)) == {Verdict.UNKNOWN}
    assert (figures.measured_minutes, figures.unknown_minutes, figures.coverage) == (29, 0, 1.0)


def test_the_source_that_reported_first_goes_on_telling_whatever_comes_beside_it(world: World) -> None:
    world.users(range(60), bad=100, source=Source.OTLP_SPAN).judge(59)
    world.users(range(60), source=Source.ACCESS_LOG).judge(60)
    world.users(range(60, 2 * DAY), source=Source.ACCESS_LOG).judge(2 * DAY)
    figures = world.figures(0, 60)
    assert (world.spans()[0][0], figures.requests, figures.failed_requests) == (0, 6000, 6000)
    assert world.figures(60, 2 * DAY).requests == 0


def test_a_source_the_catalogue_comes_to_declare_tells_from_the_next_day_on(world: World) -> None:
    world.users(range(60), bad=100, source=Source.OTLP_SPAN).judge(60)
    world.users(range(60, 2 * DAY), bad=100, source=Source.OTLP_SPAN).users(range(2 * DAY), source=Source.ACCESS_LOG)
    world.service = replace(world.service, server_source="access-log")
    world.judge(2 * DAY)
    tomorrow = MIDNIGHT + 2 * DAY
    world.users(range(2 * DAY, 3 * DAY), source=Source.ACCESS_LOG).judge(3 * DAY)
    assert world.figures(0, 2 * DAY).failed_requests == 2 * DAY * 100
    assert world.figures(tomorrow, 3 * DAY).requests == (3 * DAY - tomorrow) * 100
    kinds = [entry.kind for entry in in_look(world.register).log.entries()]
    assert kinds.count("service-source-chosen") == 2


def test_sources_are_never_added_together(world: World) -> None:
    world.users(range(30)).users(range(30), source=Source.OTLP_SPAN).users(range(30), source=Source.OTLP_LOG).judge(29)
    figures = world.figures(0, 30)
    assert (figures.requests, figures.load_time.n, figures.load_time.source) == (3000, 3000, "server")


def test_the_catalogue_may_name_the_source(make_world: Callable[..., World]) -> None:
    world = make_world(a_service(index=0, server_source="span"))
    world.users(range(30), bad=100).users(range(30), source=Source.OTLP_SPAN).judge(29)
    assert set(world.verdicts(0, 30)) == {Verdict.UP}
    assert world.figures(0, 30).failed_requests == 0


def test_fresh_requests_show_before_they_are_judged(world: World) -> None:
    figures = world.users(range(30)).figures(0, 30)
    assert (figures.requests, figures.load_time.mean_ms, figures.measured_minutes) == (3000, 80.0, 0)


def test_a_day_is_summed_once_it_is_over_and_the_sum_is_what_its_minutes_were(world: World) -> None:
    world.users(range(MIDNIGHT + 30), count=50, bad=3).judge(MIDNIGHT + 5)
    assert world.telemetry.load_times(world.service.index, date(1970, 1, 1), date(9999, 1, 1)) == []
    before = world.figures(MIDNIGHT - DAY, MIDNIGHT, at=MIDNIGHT + 5)
    sum_days(world.service, date(2026, 3, 1), world, world.at(MIDNIGHT + 30))
    assert [load.day for load in world.telemetry.load_times(world.service.index, date(1970, 1, 1), date(9999, 1, 1))] == [date(2026, 3, 2)]
    after = world.figures(MIDNIGHT - DAY, MIDNIGHT, at=MIDNIGHT + 30)
    assert (after.requests, after.load_time, after.failed_requests) == (before.requests, before.load_time, before.failed_requests)


def test_a_crash_between_incidents_and_strips_is_healed_by_judging_again(make_world: Callable[..., World]) -> None:
    whole, broken = make_world(), make_world()
    for world in (whole, broken):
        world.users(range(100)).users(range(20, 40), bad=200)
    whole.judge(99)
    with pytest.raises(ConnectionAbortedError):
        judge_all(_Crashing(broken.register, broken.telemetry, _BrokenWriter(broken.telemetry)), broken.at(99))
    assert (broken.spans(), broken.strips()) == ([(20, 40)], [])
    broken.judge(99)
    assert known(broken) == known(whole)


class _BrokenWriter(SameThreadWriter):
    """Dies before it keeps anything."""

    def write(self, work: Callable[[TelemetryStore], T]) -> T:
        raise ConnectionAbortedError(work)


@dataclass(frozen=True, slots=True)
class _Crashing:
    register: RegisterStore
    telemetry: TelemetryReader
    writer: TelemetryWriter


def test_two_incidents_that_turn_out_to_be_one_keep_the_identity_of_the_longer(world: World) -> None:
    world.users(range(10), bad=100).users(range(10, 20)).users(range(20, 60), bad=100).users(range(60, 70)).judge(69)
    short, long = world.incidents()
    world.users(range(10, 20), bad=1000).judge(70)
    assert [each.id for each in world.incidents()] == [long.id]
    assert world.spans() == [(0, 60)]
    merged = in_look(world.register).incidents.incident(short.id)
    assert merged is not None
    assert merged.superseded_by == long.id


def test_ids_tell_service_menu_and_minute(make_world: Callable[..., World]) -> None:
    world = make_world(a_service(index=0, menus=(a_menu("search", index=0),)))
    world.users(range(4, 14), bad=100, menu="search").judge(13)
    assert [each.id for each in world.incidents()] == ["job-portal-20260302T0104"]
    assert [each.id for each in world.incidents("search")] == ["job-portal.search-20260302T0104"]


def test_minutes_outside_service_hours_are_closed_and_never_charged(make_world: Callable[..., World]) -> None:
    world = make_world(replace(a_service(index=0), hours="09:00-18:00"))
    closing = 8 * 60
    world.users(range(closing + 120)).users(range(closing - 10, closing + 60), bad=1000).judge(closing + 119)
    figures = world.figures(0, closing + 120)
    assert (figures.downtime_minutes, figures.closed_minutes, figures.coverage) == (10, 120, 1.0)
    assert world.incidents()[0].measured_minutes == 10
    assert world.classes(closing - 1, closing + 1) == [MinuteClass.DOWN, MinuteClass.CLOSED]


def test_no_failure_opens_outside_service_hours(make_world: Callable[..., World]) -> None:
    world = make_world(replace(a_service(index=0), hours="11:00-18:00"))
    world.users(range(7 * DAY + 600)).users(range(30, 90), bad=1000).judge(7 * DAY + 600)
    assert world.spans() == [(60, 90)]
    whole, morning = world.figures(0, 30 * DAY, at=30 * DAY), world.figures(0, 60, at=30 * DAY)
    assert whole.downtime_minutes == 30
    assert (morning.failures, world.figures(60, 100, at=30 * DAY).failures) == (None, 1)


def test_a_failure_pauses_while_the_service_is_closed(make_world: Callable[..., World]) -> None:
    world = make_world(replace(a_service(index=0), hours="10:00-18:00"))
    closing, opening = 8 * 60, DAY
    world.users(range(closing - 20)).users(range(closing - 20, closing), bad=100).judge(closing + 400)
    assert world.spans() == [(closing - 20, None)]
    world.users(range(opening, opening + 30), bad=100).users(range(opening + 30, opening + 60)).judge(opening + 60)
    assert world.spans() == [(closing - 20, opening + 30)]
    assert (world.incidents()[0].down_minutes, world.figures(0, opening + 60).downtime_minutes) == (50, 50)


def test_hours_that_are_narrowed_today_leave_yesterday_as_it_was(world: World) -> None:
    world.users(range(2 * DAY)).users(range(30, 90), bad=100).judge(2 * DAY)
    catalogue = world.register.catalogue()
    narrowed = replace(catalogue.services[0], hours="15:00-18:00")
    before = world.figures(0, 2 * DAY, at=2 * DAY + 1)
    apply_catalogue(world.register, replace(catalogue, services=(narrowed,)), world.at(2 * DAY))
    world.service = world.register.catalogue().services[0]
    world.users(range(200, 210), count=1).judge(2 * DAY + 1)
    after = world.figures(0, 2 * DAY, at=2 * DAY + 1)
    assert (after.downtime_minutes, after.closed_minutes, after.measured_minutes) == (60, 0, before.measured_minutes)
    assert world.figures(3 * DAY, 4 * DAY, at=5 * DAY).closed_minutes == DAY - 3 * 60


def test_late_users_change_what_was_expected_of_the_weeks_after(world: World) -> None:
    for week in range(1, 4):
        world.users(range(week * 7 * DAY, week * 7 * DAY + 30), count=100 if week == 3 else 30).judge(week * 7 * DAY + 31)
    now = 4 * 7 * DAY
    world.users([0], count=30).users(range(now, now + 30), count=30).probe(range(now, now + 30), ok=False).judge(now + 40)
    assert set(world.verdicts(now, now + 30)) == {Verdict.UP}
    for week in range(1, 3):
        world.users(range(week * 7 * DAY, week * 7 * DAY + 30), count=1000).judge(now + 60)
    assert set(world.verdicts(now, now + 30)) == {Verdict.DOWN}


def settle(world: World, minute: int, kept_days: int = 4) -> None:
    """Forget the minute rows of all days that ended that long before a minute."""
    while forget_old(world, world.at(minute), kept_days, 400):
        pass


def minutes_left(world: World, first: int, end: int) -> int:
    return len(world.telemetry.minutes(world.service.index, world.origin + first, world.origin + end))


def test_forgotten_minutes_change_no_figure(world: World) -> None:
    world.users(range(3 * DAY), bad=1).users(range(500, 600), bad=100).probe(range(0, 3 * DAY, 5), interval_s=300).judge(3 * DAY + 20)
    at = 20 * DAY
    sum_days(world.service, date(2026, 3, 1), world, world.at(at))
    before, kept = world.figures(0, 3 * DAY, at=at), known(world)
    settle(world, at)
    after = world.figures(0, 3 * DAY, at=at)
    assert minutes_left(world, 0, 3 * DAY) == 0
    assert known(world) == kept
    for name in ("downtime_minutes", "measured_minutes", "requests", "failed_requests", "coverage", "mttr_minutes"):
        assert getattr(after, name) == getattr(before, name), name


def test_late_minutes_are_added_to_a_day_whose_own_are_gone(make_world: Callable[..., World]) -> None:
    together, apart = make_world(), make_world()
    at = 20 * DAY
    together.users(range(100, 400)).users(range(200, 260), bad=100).probe(range(0, 700, 7), interval_s=420)
    together.probe(range(3, 700, 14), ok=False, vantage=1, interval_s=840).judge(at)
    apart.users(range(100, 400)).probe(range(0, 350, 7), interval_s=420).judge(at)
    settle(apart, at)
    assert minutes_left(apart, 0, 700) == 0
    for _ in range(2):
        apart.judge(at)
    apart.users(range(200, 260), bad=100).probe(range(350, 700, 7), interval_s=420)
    apart.probe(range(3, 700, 14), ok=False, vantage=1, interval_s=840)
    for _ in range(3):
        apart.judge(at)
    assert known(apart) == known(together)
    assert minutes_left(apart, 0, 700) == 0


def test_what_comes_for_a_settled_day_from_another_source_is_kept_and_tells_nothing(world: World) -> None:
    at = 20 * DAY
    world.users(range(60), source=Source.OTLP_SPAN).judge(at)
    settle(world, at)
    for source in (Source.OTLP_LOG, Source.ACCESS_LOG):
        world.users(range(60), bad=100, source=source).judge(at)
        assert set(world.verdicts(0, 60)) == {Verdict.UP}
    load_times = world.telemetry.load_times(world.service.index, date(2026, 3, 2), date(2026, 3, 3))
    assert {load.source: load.authoritative for load in load_times} == {
        Source.ACCESS_LOG: False,
        Source.OTLP_SPAN: True,
        Source.OTLP_LOG: False,
    }


def test_a_part_of_a_settled_day_still_tells_its_requests(world: World) -> None:
    world.users(range(60), bad=1).judge(20 * DAY)
    settle(world, 20 * DAY)
    figures = world.figures(30, 60, at=20 * DAY)
    assert (figures.requests, figures.failed_requests, figures.load_time.n) == (3000, 30, 0)


def test_requests_whose_load_times_are_forgotten_are_not_said_to_have_had_none(world: World) -> None:
    world.users(range(60), bad=1, client_error=2).judge(20 * DAY)
    assert world.figures(0, 60, at=20 * DAY).load_time.untimed == 0
    settle(world, 20 * DAY)
    part = world.figures(30, 60, at=20 * DAY)
    assert (part.requests, part.load_time.n, part.load_time.untimed) == (3000, 0, 0)


def test_the_own_span_of_a_settled_series_keeps_its_load_times(world: World) -> None:
    world.probe(range(5, 2 * DAY, 5), interval_s=300).judge(20 * DAY)
    before = world.figures(5, 2 * DAY - 4, at=20 * DAY)
    settle(world, 20 * DAY)
    assert minutes_left(world, 0, 2 * DAY) == 0
    assert world.figures(5, 2 * DAY - 4, at=20 * DAY).load_time == before.load_time
    assert before.load_time.n == 575


def test_an_old_file_and_present_traffic_are_judged_without_the_years_between(world: World) -> None:
    years = -4000 * DAY
    world.users(range(years, years + 30), bad=100).users(range(30)).judge(29)
    assert [strip.day for strip in world.strips()] == [date(2015, 3, 20), date(2026, 3, 2)]
    assert world.incidents()[0].end_reason == "evidence_lost"


def test_a_menu_the_catalogue_no_longer_has_stays_part_of_the_service(world: World) -> None:
    world.add(world.rows(range(30), 999, Source.ACCESS_LOG, {Counter.COUNT: 100, Counter.BAD: 100}, 80))
    world.judge(29)
    assert world.spans() == [(0, None)]
    assert minute_of(world.incidents()[0].started_at) == world.origin
