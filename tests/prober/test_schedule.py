"""When menus are checked: evenly, never twice at once, soon again after a failure, and as the catalogue says now."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

from observatory.model.catalogue import HOME, ProbeTarget
from observatory.prober.schedule import (
    AGAIN_AFTER_FAILURE_S,
    AT_ONCE_MAX,
    FAILING_AT_ONCE_MAX,
    FIRST_WITHIN_S,
    Due,
    ProbedMenu,
    Schedule,
    probed_menus,
)
from tests.builders import a_catalogue, a_menu, a_service

START = 1000.0


def a_probed_menu(menu: int, interval_s: int = 60, url: str = "https://a.example/") -> ProbedMenu:
    return ProbedMenu(f"service-{menu}", menu, "home", menu, ProbeTarget(url, interval_s))


def a_schedule(*menus: ProbedMenu) -> Schedule:
    schedule = Schedule(START)
    schedule.replace({probed.menu_index: probed for probed in menus}, START)
    return schedule


def run(schedule: Schedule, seconds: int, *, passed: bool = True, takes_s: float = 0.0, start: float = START) -> list[tuple[float, Due]]:
    """Let time pass in steps of a tenth of a second; each check takes so long. Return what began, and when."""
    begun: list[tuple[float, Due]] = []
    open_checks: list[tuple[float, Due]] = []
    for tenth in range(seconds * 10):
        now = start + tenth / 10
        for at, due in [one for one in open_checks if one[0] + takes_s <= now]:
            schedule.finish(due.probed.menu_index, at, now, passed=passed)
            open_checks.remove((at, due))
        found = [(now, due) for due in schedule.take_due(now)]
        begun += found
        open_checks += found
    for at, due in open_checks:
        schedule.finish(due.probed.menu_index, at, start + seconds, passed=passed)
    return begun


def test_many_menus_are_spread_evenly_over_their_interval_from_the_start_on() -> None:
    begun = run(a_schedule(*map(a_probed_menu, range(1, 6001))), 60)
    by_second = Counter(int(due.due_at - START) for _, due in begun)
    assert 5980 <= len(begun) <= 6000
    assert max(by_second.values()) <= 105


def test_each_menu_is_checked_once_an_interval() -> None:
    begun = run(a_schedule(a_probed_menu(1), a_probed_menu(2, 30), a_probed_menu(3, 3600)), 3600)
    assert Counter(due.probed.menu_index for _, due in begun) == {1: 60, 2: 120, 3: 2}


def test_a_menu_of_a_long_interval_is_looked_at_soon_after_a_start() -> None:
    begun = run(a_schedule(a_probed_menu(5, 7200)), int(FIRST_WITHIN_S))
    assert len(begun) == 1


def test_a_check_that_takes_longer_than_its_interval_is_not_begun_again_meanwhile() -> None:
    schedule = a_schedule(a_probed_menu(1, 10))
    (_, first), *_ = run_until_begun(schedule)
    assert schedule.take_due(START + 1000) == []
    schedule.finish(1, first.due_at, START + 1000, passed=True)
    [next_one] = schedule.take_due(START + 1011)
    assert START + 1000 < next_one.due_at <= START + 1010


def run_until_begun(schedule: Schedule) -> list[tuple[float, Due]]:
    return [(due.due_at, due) for due in schedule.take_due(START + 60)]


def test_while_a_menu_fails_it_is_checked_every_ten_seconds_and_then_in_its_place_again() -> None:
    schedule = a_schedule(a_probed_menu(1))
    failing = [at for at, _ in run(schedule, 180, passed=False)]
    assert {round(later - earlier, 1) for earlier, later in pairwise(failing)} <= {10.0, 10.1}
    recovered = [due.due_at for _, due in run(schedule, 180, start=START + 180)]
    assert len(recovered) == 4
    assert {round(later - earlier) for earlier, later in pairwise(recovered[1:])} == {60}


def test_a_failing_menu_whose_check_takes_long_is_looked_at_again_at_once() -> None:
    schedule = a_schedule(a_probed_menu(1))
    [due] = schedule.take_due(START + 60)
    schedule.finish(1, due.due_at, due.due_at + 2 * AGAIN_AFTER_FAILURE_S, passed=False)
    assert [again.due_at for again in schedule.take_due(due.due_at + 2 * AGAIN_AFTER_FAILURE_S)] == [due.due_at + 2 * AGAIN_AFTER_FAILURE_S]


def test_what_runs_at_once_is_bounded_and_nothing_is_forgotten() -> None:
    schedule = a_schedule(*map(a_probed_menu, range(1, 1001)))
    first = schedule.take_due(START + 60)
    assert len(first) == AT_ONCE_MAX
    assert schedule.take_due(START + 60) == []
    for due in first:
        schedule.finish(due.probed.menu_index, START + 60, START + 60, passed=True)
    assert {due.probed.menu_index for due in schedule.take_due(START + 60)}.isdisjoint(due.probed.menu_index for due in first)


def test_menus_that_fail_leave_half_of_the_room_to_the_others() -> None:
    schedule = a_schedule(*map(a_probed_menu, range(1, 1001)))
    failed: list[Due] = []
    while due_now := schedule.take_due(START + 60):
        for due in due_now:
            schedule.finish(due.probed.menu_index, START + 60, START + 60, passed=False)
        failed += due_now
    assert len(failed) == 1000
    schedule.replace({menu: a_probed_menu(menu) for menu in range(1, 2001)}, START + 60)
    begun = schedule.take_due(START + 121)
    assert sum(due.probed.menu_index <= 1000 for due in begun) == FAILING_AT_ONCE_MAX
    assert len(begun) == AT_ONCE_MAX


def test_a_new_catalogue_is_taken_up_and_what_did_not_change_keeps_its_place() -> None:
    schedule = a_schedule(a_probed_menu(1, 600), a_probed_menu(2, 600), a_probed_menu(3, 600))
    assert len(run(schedule, 60)) == 3
    moved = a_probed_menu(2, 600, "https://b.example/")
    schedule.replace({1: a_probed_menu(1, 600), 2: moved, 4: a_probed_menu(4, 600)}, START + 60)
    begun = run(schedule, 60, start=START + 60)
    assert [due.probed for _, due in sorted(begun, key=lambda one: one[1].probed.menu_index) if due.probed.menu_index in (2, 4)] == [
        moved,
        a_probed_menu(4, 600),
    ]
    assert 3 not in {due.probed.menu_index for _, due in begun}


def test_a_menu_that_leaves_while_it_is_checked_is_not_due_again_and_may_come_back() -> None:
    schedule = a_schedule(a_probed_menu(1))
    [due] = schedule.take_due(START + 60)
    schedule.replace({}, START + 60)
    schedule.replace({1: a_probed_menu(1)}, START + 61)
    assert schedule.take_due(START + 200) == []
    schedule.finish(1, due.due_at, START + 201, passed=True)
    assert len(schedule.take_due(START + 300)) == 1


def test_only_menus_with_a_probe_of_services_that_are_there_are_checked() -> None:
    probed = replace(a_menu("search", index=11), probe=ProbeTarget("https://a.example/"))
    there, gone = a_service(menus=(probed, replace(HOME, index=12))), a_service("old", menus=(replace(probed, index=13),))
    assert set(probed_menus(a_catalogue(there, replace(gone, removed=True)))) == {11}
