"""Many threads share one transaction, and everybody hears when it cannot be."""

import sqlite3
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import cast

import pytest

from observatory.errors import Overloaded
from observatory.store.group_commit.commit_queue import WORKS_MAX
from observatory.store.group_commit.committer import Committer
from observatory.store.lost import StoreLost
from observatory.store.opening import open_telemetry, prepare_folder
from observatory.store.telemetry import Batch, TelemetryStore
from tests.receive.committers import WAIT_SECONDS, ScriptedStore, a_batch, a_bench, outcome
from tests.store.counted import a_key


class HeldStore:
    """Holds the store inside `add` until it is opened."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.open = threading.Event()

    def __call__(self, _: Sequence[Batch]) -> None:
        self.entered.set()
        assert self.open.wait(WAIT_SECONDS)


def test_an_answer_comes_only_after_the_transaction() -> None:
    gate = HeldStore()
    with a_bench(ScriptedStore(fail=gate)) as bench:
        [answer] = bench.send(a_batch())
        assert gate.entered.wait(WAIT_SECONDS)
        assert not answer.done()
        gate.open.set()
        assert outcome(answer) is True


def test_batches_that_wait_together_share_one_transaction() -> None:
    with a_bench(ScriptedStore(), window_ms=300) as bench:
        answers = bench.send(*(a_batch(key=bytes([n])) for n in range(20)))
        assert [outcome(answer) for answer in answers] == [True] * 20
        assert [len(group) for group in bench.store.groups] == [20]
        assert (bench.committer.counts.commits, bench.committer.counts.stored) == (1, 20)


def test_what_arrives_during_a_commit_goes_into_the_next() -> None:
    gate = HeldStore()
    with a_bench(ScriptedStore(fail=gate)) as bench:
        first = bench.send(a_batch(key=b"first"))
        assert gate.entered.wait(WAIT_SECONDS)
        others = bench.send(a_batch(key=b"a"), a_batch(key=b"b"))
        bench.wait_until_queued(300)
        gate.open.set()
        assert [outcome(answer) for answer in (*first, *others)] == [True] * 3
        assert [len(group) for group in bench.store.groups] == [1, 2]


def test_the_store_is_opened_used_and_closed_on_one_thread() -> None:
    store = ScriptedStore()

    def open_store() -> TelemetryStore:
        store.threads.add(threading.current_thread().name)
        return cast(TelemetryStore, store)

    committer = Committer(open_store, window_ms=0, queue_bytes_max=1000, on_lost=lambda: None)
    committer.start()
    committer.submit(a_batch())
    committer.write(lambda _: store.threads.add(threading.current_thread().name))
    committer.stop(WAIT_SECONDS)
    assert store.closed
    assert store.threads == {"committer"}


def test_a_duplicate_is_told_apart() -> None:
    with a_bench(ScriptedStore()) as bench:
        assert [bench.committer.submit(a_batch(key=b"same")) for _ in range(2)] == [True, False]
        assert (bench.committer.counts.stored, bench.committer.counts.duplicates) == (1, 1)


def test_a_full_queue_turns_away_by_bytes_and_takes_again_once_it_is_stored() -> None:
    gate = HeldStore()
    with a_bench(ScriptedStore(fail=gate), queue_bytes_max=1000) as bench:
        waiting = bench.send(a_batch(size_bytes=600))
        assert gate.entered.wait(WAIT_SECONDS)
        with pytest.raises(Overloaded, match="too much waits"):
            bench.committer.submit(a_batch(size_bytes=500))
        gate.open.set()
        assert outcome(waiting[0]) is True
        assert bench.committer.submit(a_batch(key=b"2", size_bytes=500)) is True
        assert bench.committer.queue_bytes == 0
        assert bench.committer.counts.overloaded == 1


def test_a_batch_heavier_than_the_queue_is_taken_when_it_is_alone() -> None:
    with a_bench(ScriptedStore(), queue_bytes_max=1000) as bench:
        assert bench.committer.submit(a_batch(size_bytes=5000)) is True


def test_a_locked_store_turns_the_whole_group_away_and_the_next_is_stored() -> None:
    locked = threading.Event()
    locked.set()

    def fail(batches: Sequence[Batch]) -> None:
        if locked.is_set():
            raise Overloaded("cannot store telemetry: the file is locked", retry_after_seconds=7)

    with a_bench(ScriptedStore(fail=fail), window_ms=200) as bench:
        answers = bench.send(*(a_batch(key=bytes([n])) for n in range(5)))
        errors = [answer.exception(WAIT_SECONDS) for answer in answers]
        assert [error.retry_after_seconds for error in errors if isinstance(error, Overloaded)] == [7] * 5
        assert len({id(error) for error in errors}) == 5
        locked.clear()
        assert bench.committer.submit(a_batch(key=b"later")) is True
        assert not bench.lost.is_set()


def test_trouble_is_told_once_when_it_begins_and_once_when_it_ends(capsys: pytest.CaptureFixture[str]) -> None:
    full = threading.Event()
    full.set()

    def fail(_: Sequence[Batch]) -> None:
        if full.is_set():
            raise Overloaded("cannot use telemetry.sqlite: the disk is full")

    with a_bench(ScriptedStore(fail=fail)) as bench:
        for _ in range(2):
            with pytest.raises(Overloaded):
                bench.committer.submit(a_batch())
        assert bench.committer.trouble == "cannot use telemetry.sqlite: the disk is full"
        bench.committer.flush()
        assert bench.committer.trouble  # That something else was written does not say that there is room for telemetry.
        full.clear()
        bench.committer.submit(a_batch())
        bench.committer.flush()
        assert bench.committer.trouble == ""

    written = capsys.readouterr().out
    assert [written.count(event) for event in ("telemetry is turned away", "telemetry is stored again")] == [1, 1]


def test_who_came_while_a_lock_was_waited_for_does_not_wait_for_it_again() -> None:
    gate, tried = HeldStore(), list[int]()

    def fail(batches: Sequence[Batch]) -> None:
        tried.append(len(batches))
        gate(batches)
        raise Overloaded("cannot use telemetry.sqlite: another program has locked it for too long")

    with a_bench(ScriptedStore(fail=fail)) as bench:
        first = bench.send(a_batch(key=b"1"))
        assert gate.entered.wait(WAIT_SECONDS)
        later = bench.send(a_batch(key=b"2"), a_batch(key=b"3"))
        with ThreadPoolExecutor(1) as background:
            work = background.submit(bench.committer.write, lambda _: True)
            while len(bench.committer._queue.batches) + len(bench.committer._queue.works) < 3:
                threading.Event().wait(0.01)
            gate.open.set()
            assert [outcome(answer) for answer in (*first, *later, work)] == [Overloaded] * 4
        assert tried == [1]
        assert bench.committer.queue_bytes == 0


def test_a_lost_store_turns_everybody_away_and_ends_the_process() -> None:
    def fail(batches: Sequence[Batch]) -> None:
        raise StoreLost("fdatasync: input/output error")

    with a_bench(ScriptedStore(fail=fail), window_ms=200) as bench:
        answers = bench.send(*(a_batch(key=bytes([n])) for n in range(5)))
        assert [outcome(answer) for answer in answers] == [Overloaded] * 5
        assert bench.lost.wait(WAIT_SECONDS)
        assert not bench.committer.ready
        assert not bench.store.closed
        with pytest.raises(Overloaded):
            bench.committer.submit(a_batch())


def test_everybody_has_an_answer_before_the_process_is_ended() -> None:
    gate = HeldStore()

    def fail(batches: Sequence[Batch]) -> None:
        gate(batches)
        raise StoreLost("fdatasync: input/output error")

    store = ScriptedStore(fail=fail)
    unanswered: list[int] = []
    answers: list[Future[bool]] = []
    ended = threading.Event()

    def on_lost() -> None:
        unanswered.append(sum(answer.exception(WAIT_SECONDS) is None for answer in answers))
        ended.set()

    committer = Committer(lambda: cast(TelemetryStore, store), window_ms=0, queue_bytes_max=1000, on_lost=on_lost)
    committer.start()
    with ThreadPoolExecutor(8) as senders:
        answers.append(senders.submit(committer.submit, a_batch()))
        assert gate.entered.wait(WAIT_SECONDS)
        answers += [senders.submit(committer.submit, a_batch(key=b"2")), senders.submit(committer.write, lambda _: True)]
        while len(committer._queue.batches) + len(committer._queue.works) < 2:
            threading.Event().wait(0.01)
        gate.open.set()
        assert ended.wait(WAIT_SECONDS)
    assert unanswered == [0]


def test_a_lost_store_in_a_piece_of_work_is_just_as_final() -> None:
    def work(store: TelemetryStore) -> None:
        raise StoreLost("fdatasync: input/output error")

    with a_bench(ScriptedStore()) as bench:
        with pytest.raises(Overloaded):
            bench.committer.write(work)
        assert bench.lost.wait(WAIT_SECONDS)


def test_a_batch_that_breaks_our_code_fails_alone() -> None:
    def fail(batches: Sequence[Batch]) -> None:
        if any(batch.key == a_key(b"poison") for batch in batches):
            raise ZeroDivisionError

    with a_bench(ScriptedStore(fail=fail), window_ms=200) as bench:
        answers = bench.send(a_batch(key=b"a"), a_batch(key=b"poison"), a_batch(key=b"b"))
        assert [outcome(answer) for answer in answers] == [True, ZeroDivisionError, True]
        assert bench.committer.submit(a_batch(key=b"c")) is True
        assert bench.committer.counts.failed == 1
        assert bench.committer.queue_bytes == 0


def test_work_runs_between_commits_and_returns_its_result() -> None:
    with a_bench(ScriptedStore()) as bench:
        bench.committer.submit(a_batch())
        assert bench.committer.write(lambda store: len(cast(ScriptedStore, store).groups)) == 1


def test_work_that_fails_tells_its_caller_only() -> None:
    def work(store: TelemetryStore) -> None:
        raise KeyError("mine")

    with a_bench(ScriptedStore()) as bench:
        with pytest.raises(KeyError, match="mine"):
            bench.committer.write(work)
        assert bench.committer.submit(a_batch()) is True


def test_too_much_work_is_turned_away() -> None:
    gate = HeldStore()
    with a_bench(ScriptedStore(fail=gate)) as bench, ThreadPoolExecutor(WORKS_MAX) as callers:
        bench.send(a_batch())
        assert gate.entered.wait(WAIT_SECONDS)
        waiting = [callers.submit(bench.committer.write, lambda _: True) for _ in range(WORKS_MAX)]
        while len(bench.committer._queue.works) < WORKS_MAX:
            threading.Event().wait(0.01)
        with pytest.raises(Overloaded, match="too many writes"):
            bench.committer.write(lambda _: True)
        gate.open.set()
        assert all(answer.result(WAIT_SECONDS) for answer in waiting)


def test_stopping_stores_what_waits_and_closes() -> None:
    gate = HeldStore()
    with a_bench(ScriptedStore(fail=gate)) as bench:
        answers = bench.send(a_batch(key=b"a"))
        assert gate.entered.wait(WAIT_SECONDS)
        answers += bench.send(a_batch(key=b"b"))
        bench.wait_until_queued(200)
        assert bench.committer.stop(0.01) is False
        with pytest.raises(Overloaded, match="shutting down"):
            bench.committer.submit(a_batch())
        gate.open.set()
        assert bench.committer.stop(WAIT_SECONDS) is True
        assert [outcome(answer) for answer in answers] == [True, True]
        assert bench.store.closed


def test_nothing_is_taken_before_the_start() -> None:
    committer = Committer(lambda: cast(TelemetryStore, ScriptedStore()), window_ms=0, queue_bytes_max=1000, on_lost=lambda: None)
    with pytest.raises(Overloaded):
        committer.submit(a_batch())


def test_a_store_that_does_not_open_is_told_to_whoever_starts() -> None:
    def open_store() -> TelemetryStore:
        raise PermissionError("read-only")

    committer = Committer(open_store, window_ms=0, queue_bytes_max=1000, on_lost=lambda: None)
    with pytest.raises(PermissionError):
        committer.start()
    assert not committer.ready


def test_many_senders_are_all_answered_and_counted_once() -> None:
    with a_bench(ScriptedStore(), window_ms=1) as bench:
        answers = bench.send(*(a_batch(key=n.to_bytes(2, "big")) for n in range(2000)))
        assert all(outcome(answer) is True for answer in answers)
        assert sum(len(group) for group in bench.store.groups) == bench.committer.counts.stored == 2000
        assert bench.committer.queue_bytes == 0


def test_a_file_locked_by_somebody_else_is_told_in_time_and_taken_afterwards(tmp_path: Path) -> None:
    prepare_folder(tmp_path)
    committer = Committer(partial(open_telemetry, tmp_path, 0.2), window_ms=0, queue_bytes_max=1000, on_lost=lambda: None)
    committer.start()
    with closing(sqlite3.connect(tmp_path / "telemetry.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Overloaded):
            committer.submit(a_batch())
        other.execute("ROLLBACK")
    assert committer.submit(a_batch()) is True
    assert committer.submit(a_batch()) is False
    assert committer.stop(WAIT_SECONDS)
