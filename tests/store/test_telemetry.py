"""What a telemetry store promises about minutes, batches and totals, on every backend."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import numpy as np
import pytest

from observatory.errors import Overloaded
from observatory.model.delivery import ImportPosition
from observatory.model.minute import COUNTER_COUNT, MinuteCounters
from observatory.store.telemetry import TelemetryStore, Unjudged
from tests.store.backends import Backend
from tests.store.counted import DAY_START, RECEIVED, a_batch, add, as_dict, counters, same, total

M = DAY_START


def test_what_was_added_is_read_back_in_key_order(telemetry: TelemetryStore) -> None:
    rows = [((M + 1, 1, 12, 3), 20, {200: 4, 7: 1}), ((M, 1, 11, 64), 5, {}), ((M, 1, 11, 3), 9, {-345: 2, 551: 1})]
    added = counters(rows)
    assert add(telemetry, [replace(a_batch(), counters=added)]) == [True]
    assert same(telemetry.minutes(1, M, M + 2), added)


def test_a_service_is_read_by_itself_and_the_end_minute_is_left_out(telemetry: TelemetryStore) -> None:
    add(telemetry, [a_batch((M, 1, 11, 3), (M + 1, 1, 11, 3), (M, 2, 21, 3), (M - 1, 1, 11, 3))])
    assert list(as_dict(telemetry.minutes(1, M, M + 1))) == [(M, 1, 11, 3)]


@pytest.mark.parametrize(("first", "end"), [(M, M), (M + 5, M), (M + 100, M + 200)])
def test_where_nothing_is_stored_there_are_no_rows(telemetry: TelemetryStore, first: int, end: int) -> None:
    add(telemetry, [a_batch()])
    assert len(telemetry.minutes(1, first, end)) == 0


def test_counters_of_one_key_add_up_within_a_call_and_between_calls(telemetry: TelemetryStore) -> None:
    add(telemetry, [a_batch(count=10, histogram={5: 1, 9: 2}), a_batch(count=10, histogram={9: 3})])
    add(telemetry, [a_batch(count=10, histogram={4: 1, 5: 1})])
    ((values, histogram),) = as_dict(telemetry.minutes(1, M, M + 1)).values()
    assert values[:9] == (30, 15, 9, 6, 3, 8, 8000, 0, 6)
    assert values[9:] == tuple(3 * n for n in range(COUNTER_COUNT - 9))
    assert histogram == {4: 1, 5: 2, 9: 5}


def test_rows_beside_the_touched_one_stay_as_they_are(telemetry: TelemetryStore) -> None:
    add(telemetry, [a_batch((M, 1, 10, 3), (M, 1, 11, 3), (M, 1, 12, 3), (M, 2, 11, 3))])
    before = as_dict(telemetry.minutes(1, M, M + 1))
    add(telemetry, [a_batch((M, 1, 11, 3))])
    after = as_dict(telemetry.minutes(1, M, M + 1))
    assert {key for key in after if after[key] != before[key]} == {(M, 1, 11, 3)}


def test_more_rows_than_are_remembered_add_up_all_the_same(telemetry: TelemetryStore, backend: Backend, folder: Path) -> None:
    rows = [(M + minute, 1, menu, 3) for minute in range(1440) for menu in range(4)]
    for count in (10, 20):
        add(telemetry, [a_batch(*rows[:-1], count=count), a_batch(*rows[1:], count=1)])
    telemetry.close()
    again = backend.telemetry(folder)
    add(again, [a_batch(*rows[:10], count=5)])
    counts = again.minutes(1, M, M + 1440).values[:, 0].tolist()
    again.close()
    assert counts == [35, *[37] * 9, *[32] * (len(rows) - 11), 2]


def test_more_than_a_bucket_can_hold_stays_at_what_it_can_hold(telemetry: TelemetryStore) -> None:
    for _ in range(2):
        add(telemetry, [a_batch(histogram={1: 2**32 - 2})])
    ((_, histogram),) = as_dict(telemetry.minutes(1, M, M + 1)).values()
    assert histogram == {1: 2**32 - 1}


def test_keys_too_far_apart_for_one_integer_still_add_up(telemetry: TelemetryStore) -> None:
    far = [(0, 1, 1, 1), (2**40, 2**31 - 1, 2**31 - 1, 2**15 - 1)]
    add(telemetry, [a_batch(*far), a_batch(*far)])
    assert [total(telemetry.minutes(service, minute, minute + 1)) for minute, service, *_ in far] == [20, 20]


def test_a_batch_without_rows_is_stored(telemetry: TelemetryStore) -> None:
    nothing = counters([])
    assert add(telemetry, [replace(a_batch(), counters=nothing), a_batch()]) == [True, True]
    assert add(telemetry, []) == []


def test_the_same_key_is_a_duplicate_for_sixty_minutes(telemetry: TelemetryStore) -> None:
    def again(after: timedelta) -> list[bool]:
        return add(telemetry, [a_batch(key=b"k", received_at=RECEIVED + after)])

    sent = [again(timedelta()), again(timedelta(minutes=30)), again(timedelta(minutes=60)), again(timedelta(minutes=60, milliseconds=1))]
    assert sent == [[True], [False], [False], [True]]
    assert again(timedelta(minutes=120)) == [False]
    assert total(telemetry.minutes(1, M, M + 1)) == 20


def test_a_key_received_in_the_future_of_a_clock_set_back_is_still_a_duplicate(telemetry: TelemetryStore) -> None:
    add(telemetry, [a_batch(key=b"k")])
    assert add(telemetry, [a_batch(key=b"k", received_at=RECEIVED - timedelta(days=1))]) == [False]


def test_the_same_key_twice_in_one_call_counts_once(telemetry: TelemetryStore) -> None:
    assert add(telemetry, [a_batch(key=b"a"), a_batch(key=b"b"), a_batch(key=b"a"), a_batch()]) == [True, True, False, True]
    assert total(telemetry.minutes(1, M, M + 1)) == 30


def test_a_position_moves_forward_only(telemetry: TelemetryStore) -> None:
    def piece(offset: int) -> list[bool]:
        return add(telemetry, [replace(a_batch(), position=ImportPosition(b"file", offset))])

    assert telemetry.position(b"file") == 0
    assert [piece(0), piece(100), piece(100), piece(50), piece(101)] == [[False], [True], [False], [False], [True]]
    assert telemetry.position(b"file") == 101
    assert total(telemetry.minutes(1, M, M + 1)) == 20


def test_files_have_positions_of_their_own(telemetry: TelemetryStore) -> None:
    add(telemetry, [replace(a_batch(), position=ImportPosition(b"one", 100))])
    assert add(telemetry, [replace(a_batch(), position=ImportPosition(b"two", 50))]) == [True]
    assert (telemetry.position(b"one"), telemetry.position(b"two")) == (100, 50)


def test_a_refused_position_leaves_the_key_free(telemetry: TelemetryStore) -> None:
    add(telemetry, [replace(a_batch(), position=ImportPosition(b"file", 100))])
    add(telemetry, [replace(a_batch(key=b"k"), position=ImportPosition(b"file", 90))])
    assert add(telemetry, [a_batch(key=b"k")]) == [True]


def test_touched_minutes_wait_for_the_judge_one_entry_per_service(telemetry: TelemetryStore) -> None:
    add(telemetry, [a_batch((M + 3, 2, 21, 3), (M + 4000, 2, 21, 3)), a_batch((M, 1, 11, 3))])
    add(telemetry, [a_batch((M - 50, 1, 11, 3))])
    assert [(waiting.service, waiting.first_minute, waiting.last_minute) for waiting in telemetry.unjudged()] == [
        (1, M - 50, M),
        (2, M + 3, M + 4000),
    ]


def test_a_duplicate_gives_the_judge_nothing_to_do(telemetry: TelemetryStore) -> None:
    add(telemetry, [a_batch(key=b"k")])
    (seen,) = telemetry.unjudged()
    add(telemetry, [a_batch(key=b"k")])
    assert telemetry.unjudged() == [seen]


def test_generations_grow_with_every_change_also_after_they_were_judged(telemetry: TelemetryStore) -> None:
    generations = []
    for _ in range(3):
        add(telemetry, [a_batch()])
        (seen,) = telemetry.unjudged()
        generations.append(seen.generation)
        telemetry.keep_judged(seen, 1, [], [])
    assert generations == sorted(set(generations))


def test_totals_only_grow_and_are_kept_by_service_menu_and_source(telemetry: TelemetryStore) -> None:
    add(telemetry, [a_batch((M, 1, 11, 3), (M + 1, 1, 11, 3), (M, 1, 12, 3), (M, 1, 11, 64), count=8, histogram={1: 4})])
    add(telemetry, [a_batch((M - 9, 1, 11, 3), count=8, histogram={1: 4}), a_batch((M, 1, 11, 3), count=8, histogram={1: 4})])
    assert telemetry.request_totals() == [(1, 11, 3, 32, 16, 8), (1, 11, 64, 8, 4, 2), (1, 12, 3, 8, 4, 2)]
    assert telemetry.load_totals() == [(1, 11, 3, 16, 16_000), (1, 11, 64, 4, 4_000), (1, 12, 3, 4, 4_000)]


def test_the_newest_minute_is_known_by_service_and_source(telemetry: TelemetryStore) -> None:
    add(telemetry, [a_batch((M, 1, 11, 3), (M + 7, 1, 12, 3), (M + 2, 1, 11, 64), (M, 2, 21, 3))])
    add(telemetry, [a_batch((M - 100, 1, 11, 3))])
    assert telemetry.last_minutes() == {(1, 3): M + 7, (1, 64): M + 2, (2, 3): M}


def test_what_was_added_is_there_after_opening_again(telemetry: TelemetryStore, backend: Backend, folder: Path) -> None:
    add(telemetry, [a_batch(key=b"k")])
    telemetry.close()
    again = backend.telemetry(folder)
    assert add(again, [a_batch(key=b"k")]) == [False]
    assert total(again.minutes(1, M, M + 1)) == 10
    again.close()


def test_readers_see_what_was_added_after_the_next_flush_whoever_makes_it(
    telemetry: TelemetryStore, backend: Backend, folder: Path
) -> None:
    telemetry.add([a_batch(count=8), a_batch(key=b"k")])
    telemetry.add([a_batch(key=b"k"), a_batch((M + 1, 1, 11, 3))])
    assert (total(telemetry.minutes(1, M, M + 2)), telemetry.request_totals(), telemetry.unjudged()) == (0, [], [])
    telemetry.close()
    with closing(backend.telemetry(folder)) as again:
        for _ in range(2):
            again.flush()
            assert total(again.minutes(1, M, M + 2)) == again.request_totals()[0][3] == 28
            assert [(one.first_minute, one.last_minute, one.generation) for one in again.unjudged()] == [(M, M + 1, 1)]


def test_readers_in_many_threads_see_whole_transactions(telemetry: TelemetryStore, backend: Backend, folder: Path) -> None:
    reader = backend.reader(folder)
    started, torn = Barrier(5), []

    def read() -> None:
        started.wait()
        for _ in range(40):
            sums = {total(part) for part in halves(reader.minutes(1, M, M + 2))}
            torn.extend([sums] if len(sums) > 1 else [])

    threads = [Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    started.wait()
    for _ in range(40):
        add(telemetry, [a_batch((M, 1, 11, 3), (M + 1, 1, 11, 3))])
    for thread in threads:
        thread.join()
    reader.close()
    assert not torn


def halves(stored: MinuteCounters) -> list[MinuteCounters]:
    """Return the rows of the two minutes apart."""
    nothing = np.empty(0, np.int64)
    return [
        MinuteCounters(
            stored.minute[here],
            stored.service[here],
            stored.menu[here],
            stored.source[here],
            stored.values[here],
            nothing.astype(np.int32),
            nothing.astype(np.int16),
            nothing,
        )
        for here in (stored.minute == M, stored.minute == M + 1)
    ]


def test_a_closed_reader_says_so(telemetry: TelemetryStore, backend: Backend, folder: Path) -> None:
    reader = backend.reader(folder)
    reader.close()
    with pytest.raises(Overloaded, match="shutting down"):
        reader.unjudged()


def test_an_observatory_that_never_ran_is_not_blind(telemetry: TelemetryStore) -> None:
    assert telemetry.blind_minutes(0, M) == []


def test_between_runs_the_observatory_is_blind(telemetry: TelemetryStore) -> None:
    for minute, first in [(100, True), (101, False), (110, True), (110, True), (111, True), (120, True), (125, False)]:
        telemetry.beat(minute, first=first)
    assert telemetry.blind_minutes(0, 1000) == [(102, 110), (112, 120)]
    assert telemetry.blind_minutes(105, 115) == [(105, 110), (112, 115)]
    assert telemetry.blind_minutes(120, 1000) == []


def test_a_first_beat_begins_a_run_even_if_it_is_not_called_one(telemetry: TelemetryStore) -> None:
    telemetry.beat(100, first=False)
    telemetry.beat(99, first=False)
    telemetry.beat(105, first=True)
    assert telemetry.blind_minutes(0, 1000) == [(101, 105)]


def test_unjudged_values_are_plain(telemetry: TelemetryStore) -> None:
    add(telemetry, [a_batch()])
    assert telemetry.unjudged() == [Unjudged(service=1, first_minute=M, last_minute=M, generation=1)]
