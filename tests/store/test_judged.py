"""What a telemetry store promises about strips, load times and retention, on every backend."""

from datetime import date, timedelta

import pytest

from observatory.store.telemetry import TelemetryStore, Unjudged
from tests.store.counted import DAY, DAY_START, RECEIVED, a_batch, a_load, a_strip, add, as_dict, same, settled, total

M = DAY_START
TOMORROW, YESTERDAY = DAY + timedelta(days=1), DAY - timedelta(days=1)
LONG_AGO = date(2000, 1, 1)


def forget(store: TelemetryStore, *, minutes_before: int = 0, strips_before: date = LONG_AGO) -> int:
    return store.forget(RECEIVED, RECEIVED - timedelta(minutes=61), minutes_before, strips_before)


def the_unjudged(store: TelemetryStore) -> Unjudged:
    (waiting,) = store.unjudged()
    return waiting


def test_strips_and_loads_are_read_back_exactly_in_order(telemetry: TelemetryStore) -> None:
    strips = [a_strip(menu=menu, day=day, seed=menu) for day in (YESTERDAY, DAY) for menu in (0, 11, 12)]
    load_times = [a_load(menu=menu, day=day, source=source) for day in (YESTERDAY, DAY) for menu in (0, 11) for source in (3, 64)]
    telemetry.keep_judged(None, 1, strips[::-1], load_times[::-1])
    assert all(same(*pair) for pair in zip(telemetry.strips(1, YESTERDAY, TOMORROW), strips, strict=True))
    assert all(same(*pair) for pair in zip(telemetry.load_times(1, YESTERDAY, TOMORROW), load_times, strict=True))


@pytest.mark.parametrize("minutes", [1, 1380, 1500])
def test_days_may_be_short_or_long(telemetry: TelemetryStore, minutes: int) -> None:
    strip = a_strip(menu=11, minutes=minutes)
    telemetry.keep_judged(None, 1, [strip], [])
    (stored,) = telemetry.strips(1, DAY, TOMORROW)
    assert same(stored, strip)


def test_the_end_day_and_other_services_are_left_out(telemetry: TelemetryStore) -> None:
    telemetry.keep_judged(None, 1, [a_strip(), a_strip(day=TOMORROW)], [a_load(), a_load(day=TOMORROW)])
    telemetry.keep_judged(None, 2, [a_strip(service=2)], [a_load(service=2)])
    assert [strip.day for strip in telemetry.strips(1, DAY, TOMORROW)] == [DAY]
    assert [load.day for load in telemetry.load_times(1, DAY, TOMORROW)] == [DAY]


def test_a_strip_replaces_the_one_of_its_menu_and_day(telemetry: TelemetryStore) -> None:
    telemetry.keep_judged(None, 1, [a_strip(menu=11, seed=1), a_strip(menu=12, seed=2)], [])
    telemetry.keep_judged(None, 1, [a_strip(menu=11, seed=3)], [])
    stored = telemetry.strips(1, DAY, TOMORROW)
    assert same(stored[0], a_strip(menu=11, seed=3))
    assert same(stored[1], a_strip(menu=12, seed=2))


def test_loads_replace_all_load_times_of_the_days_that_occur_in_them(telemetry: TelemetryStore) -> None:
    telemetry.keep_judged(None, 1, [], [a_load(menu=11), a_load(menu=12), a_load(menu=11, day=YESTERDAY)])
    telemetry.keep_judged(None, 1, [a_strip(day=YESTERDAY)], [a_load(menu=13)])
    assert [(load.day, load.menu) for load in telemetry.load_times(1, YESTERDAY, TOMORROW)] == [(YESTERDAY, 11), (DAY, 13)]


def test_strips_of_another_service_are_refused(telemetry: TelemetryStore) -> None:
    with pytest.raises(ValueError, match="of service 1"):
        telemetry.keep_judged(None, 1, [a_strip(service=2)], [])


def test_the_first_day_is_the_earliest_with_a_strip(telemetry: TelemetryStore) -> None:
    assert telemetry.first_day(1) is None
    telemetry.keep_judged(None, 1, [a_strip(), a_strip(day=YESTERDAY)], [])
    assert telemetry.first_day(1) == YESTERDAY


def test_the_revision_counts_what_the_judge_stored(telemetry: TelemetryStore) -> None:
    add(telemetry, [a_batch((M, 1, 11, 3), (M, 3, 31, 3))])
    for service in (1, 1, 2):
        telemetry.keep_judged(None, service, [], [])
    assert [telemetry.revision(service) for service in (1, 2, 3)] == [2, 1, 0]
    assert telemetry.revisions() == {1: 2, 2: 1}


def test_a_day_tells_by_which_revision_it_was_stored(telemetry: TelemetryStore) -> None:
    telemetry.keep_judged(None, 1, [a_strip(day=YESTERDAY), a_strip(), a_strip(menu=11)], [])
    telemetry.keep_judged(None, 1, [a_strip(menu=11)], [])
    telemetry.keep_judged(None, 2, [a_strip(service=2)], [])
    assert telemetry.day_revisions(1, YESTERDAY, TOMORROW) == {YESTERDAY: 1, DAY: 2}
    telemetry.keep_judged(None, 1, [], [a_load(day=YESTERDAY)])
    assert telemetry.day_revisions(1, YESTERDAY, DAY) == {YESTERDAY: 3}


def test_what_the_judge_has_seen_waits_no_longer(telemetry: TelemetryStore) -> None:
    add(telemetry, [a_batch((M, 1, 11, 3), (M + 5000, 1, 11, 3), (M, 2, 21, 3))])
    seen = telemetry.unjudged()[0]
    telemetry.keep_judged(seen, 1, [], [])
    assert [waiting.service for waiting in telemetry.unjudged()] == [2]


def test_what_changed_after_the_judge_looked_goes_on_waiting(telemetry: TelemetryStore) -> None:
    add(telemetry, [a_batch()])
    seen = the_unjudged(telemetry)
    add(telemetry, [a_batch((M + 1, 1, 11, 3))])
    telemetry.keep_judged(seen, 1, [], [])
    assert (the_unjudged(telemetry).first_minute, the_unjudged(telemetry).last_minute) == (M, M + 1)


def test_an_older_day_is_done_although_today_still_grows(telemetry: TelemetryStore) -> None:
    add(telemetry, [a_batch((M - 5 * 1440, 1, 11, 3), (M, 1, 11, 3))])
    seen = the_unjudged(telemetry)
    add(telemetry, [a_batch()])
    telemetry.keep_judged(seen, 1, [], [])
    assert the_unjudged(telemetry).first_minute == M


def test_judged_days_that_ended_are_settled_and_their_minutes_leave(telemetry: TelemetryStore) -> None:
    add(telemetry, [a_batch((M, 1, 11, 3), (M + 1439, 1, 12, 3), (M + 1440, 1, 11, 3), (M - 1, 1, 11, 3), (M, 2, 21, 3))])
    strips = [a_strip(menu=menu) for menu in (0, 11)]
    telemetry.keep_judged(telemetry.unjudged()[0], 1, strips, [a_load()])
    assert forget(telemetry, minutes_before=M + 1440) > 0
    assert [key[0] for key in as_dict(telemetry.minutes(1, M - 10, M + 2000))] == [M - 1, M + 1440]
    assert total(telemetry.minutes(2, M, M + 1)) == 10
    assert all(same(*pair) for pair in zip(telemetry.strips(1, DAY, TOMORROW), map(settled, strips), strict=True))
    assert forget(telemetry, minutes_before=M + 1440) == 0


@pytest.mark.parametrize("why", ["not ended", "no loads", "unjudged", "no strips"])
def test_minutes_stay_as_long_as_their_day_is_not_ripe(telemetry: TelemetryStore, why: str) -> None:
    add(telemetry, [a_batch()])
    strips = [] if why == "no strips" else [a_strip()]
    load_times = [] if why == "no loads" else [a_load()]
    telemetry.keep_judged(None if why == "unjudged" else the_unjudged(telemetry), 1, strips, load_times)
    assert forget(telemetry, minutes_before=M + (1439 if why == "not ended" else 1440)) == 0
    assert total(telemetry.minutes(1, M, M + 1440)) == 10
    assert not any(strip.settled for strip in telemetry.strips(1, DAY, TOMORROW))


def test_folding_deletes_the_minutes_that_the_strips_hold_now(telemetry: TelemetryStore) -> None:
    add(telemetry, [a_batch((M, 1, 11, 3), (M + 1439, 1, 11, 3), (M + 1440, 1, 11, 3), (M, 2, 21, 3))])
    telemetry.keep_judged(telemetry.unjudged()[0], 1, [a_strip(settled=True)], [a_load()], folded=True)
    assert [key[0] for key in as_dict(telemetry.minutes(1, M, M + 2000))] == [M + 1440]
    assert total(telemetry.minutes(2, M, M + 1)) == 10


def test_a_settled_day_is_not_unsettled_by_a_judge_that_looked_before(telemetry: TelemetryStore) -> None:
    add(telemetry, [a_batch()])
    seen = the_unjudged(telemetry)
    telemetry.keep_judged(seen, 1, [a_strip(settled=True, seed=1)], [a_load(count=1)], folded=True)
    add(telemetry, [a_batch()])
    telemetry.keep_judged(the_unjudged(telemetry), 1, [a_strip(seed=2)], [a_load(count=2)])
    assert same(telemetry.strips(1, DAY, TOMORROW)[0], a_strip(settled=True, seed=1))
    assert telemetry.load_times(1, DAY, TOMORROW)[0].values[0] == 1
    assert telemetry.revision(1) == 1
    assert len(telemetry.unjudged()) == 1


def test_totals_outlive_the_minutes_they_were_made_of(telemetry: TelemetryStore) -> None:
    add(telemetry, [a_batch()])
    telemetry.keep_judged(the_unjudged(telemetry), 1, [a_strip()], [a_load()])
    forget(telemetry, minutes_before=M + 1440)
    assert telemetry.request_totals() == [(1, 11, 3, 10, 5, 2)]


def test_strips_leave_and_loads_stay(telemetry: TelemetryStore) -> None:
    telemetry.keep_judged(None, 1, [a_strip(), a_strip(day=YESTERDAY)], [a_load(day=YESTERDAY)])
    assert forget(telemetry, strips_before=DAY) == 0  # Its minutes are not settled yet: without a strip nobody finds them again.
    assert forget(telemetry, minutes_before=M, strips_before=DAY) == 2
    assert [strip.day for strip in telemetry.strips(1, YESTERDAY, TOMORROW)] == [DAY]
    assert len(telemetry.load_times(1, YESTERDAY, TOMORROW)) == 1


def test_keys_leave_after_their_window_and_never_within_it(telemetry: TelemetryStore) -> None:
    add(telemetry, [a_batch(key=b"old", received_at=RECEIVED - timedelta(minutes=62))])
    add(telemetry, [a_batch(key=b"new"), a_batch(key=b"not so new", received_at=RECEIVED - timedelta(minutes=62))])
    in_an_hour = RECEIVED + timedelta(hours=1)
    assert telemetry.forget(RECEIVED, in_an_hour, 0, LONG_AGO) == 1
    assert add(telemetry, [a_batch(key=b"new", received_at=in_an_hour)]) == [False]


def test_one_call_forgets_a_bounded_amount(telemetry: TelemetryStore) -> None:
    for ago in range(60):
        telemetry.keep_judged(None, 1, [a_strip(menu=menu, day=YESTERDAY - timedelta(days=ago), minutes=1) for menu in range(3)], [])
    assert [forget(telemetry, strips_before=DAY) for _ in range(3)] == [150, 30, 0]


def test_strips_leave_into_accounts_that_stay(telemetry: TelemetryStore) -> None:
    telemetry.keep_judged(None, 1, [a_strip(menu=menu, day=YESTERDAY) for menu in (0, 7)], [])
    before = telemetry.day_accounts(1, YESTERDAY, DAY)
    assert forget(telemetry, strips_before=DAY) == 2
    after = telemetry.day_accounts(1, YESTERDAY, DAY)
    assert [(each.menu, each.minutes.tolist(), each.evidence_from) for each in after] == [
        (each.menu, each.minutes.tolist(), each.evidence_from) for each in before
    ]
    assert telemetry.first_account(1) is not None
    assert telemetry.first_account(2) is None


def test_old_runs_leave_and_the_newest_stays(telemetry: TelemetryStore) -> None:
    for minute in (100, 200, 300):
        telemetry.beat(minute, first=True)
    assert forget(telemetry, strips_before=DAY) == 2
    telemetry.beat(400, first=True)
    assert telemetry.blind_minutes(0, 1000) == [(301, 400)]
