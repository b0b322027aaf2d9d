"""What is stored is seen: at once where little comes in, a little later where much does, and in the end whatever fails meanwhile."""

import threading

import pytest

from observatory.errors import Overloaded
from observatory.store.group_commit.flushing import FLUSH_SECONDS, FLUSH_SECONDS_ALONE
from observatory.store.lost import StoreLost
from tests.receive.committers import WAIT_SECONDS, ScriptedStore, a_batch, a_bench, outcome, wait_until


def test_what_a_killed_process_left_behind_is_seen_at_once() -> None:
    with a_bench(ScriptedStore()) as bench:
        wait_until(lambda: bench.store.flushed == [0])


def test_a_batch_that_comes_alone_is_seen_when_it_is_answered() -> None:
    with a_bench(ScriptedStore()) as bench:
        wait_until(lambda: bench.store.flushed == [0])
        threading.Event().wait(2 * FLUSH_SECONDS_ALONE)
        assert bench.committer.submit(a_batch()) is True
        assert bench.store.flushed == [0, 1]


def test_many_batches_are_seen_together_a_little_later() -> None:
    with a_bench(ScriptedStore(), window_ms=20) as bench:
        for round_ in range(10):
            answers = bench.send(*(a_batch(key=bytes([round_, n])) for n in range(5)))
            assert [outcome(answer) for answer in answers] == [True] * 5
        groups = len(bench.store.groups)
        wait_until(lambda: bench.store.flushed[-1] == groups)
        assert len(bench.store.flushed) < groups


def test_nothing_is_flushed_where_nothing_was_stored() -> None:
    with a_bench(ScriptedStore()) as bench:
        wait_until(lambda: bench.store.flushed == [0])
        bench.committer.write(lambda _: None)
        threading.Event().wait(1.5 * FLUSH_SECONDS)
        assert bench.store.flushed == [0]
    assert bench.store.flushed == [0, 0]


@pytest.mark.parametrize("error", [Overloaded("locked"), ZeroDivisionError("a bug of ours")])
def test_what_cannot_be_shown_just_now_is_stored_all_the_same_and_shown_later(error: Exception) -> None:
    failures = [error, error]

    def fail() -> None:
        if failures:
            raise failures.pop()

    with a_bench(ScriptedStore(fail_flush=fail)) as bench:
        wait_until(lambda: len(failures) == 1)
        threading.Event().wait(2 * FLUSH_SECONDS_ALONE)
        assert bench.committer.submit(a_batch()) is True
        wait_until(lambda: bench.store.flushed == [1])
        assert (failures, bench.lost.is_set()) == ([], False)


def test_a_disk_that_fails_when_stored_counters_are_shown_ends_the_committer() -> None:
    gate = threading.Event()

    def fail() -> None:
        if gate.is_set():
            raise StoreLost("the disk failed")

    with a_bench(ScriptedStore(fail_flush=fail)) as bench:
        wait_until(lambda: bench.store.flushed == [0])
        gate.set()
        with pytest.raises(Overloaded, match="the disk failed"):
            bench.committer.flush()
        assert bench.lost.wait(WAIT_SECONDS)
