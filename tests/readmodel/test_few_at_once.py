"""Who is let in where only a few may be, who waits, and who is turned away."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from observatory.errors import Overloaded
from observatory.readmodel.few_at_once import RETRY_AFTER_SECONDS, FewAtOnce

LONG_SECONDS = 30.0


def test_no_more_are_inside_than_may_be_and_everybody_comes_in_who_may_wait() -> None:
    gate, inside, most, lock = FewAtOnce(2, waiting_max=64, wait_seconds_max=LONG_SECONDS), 0, 0, threading.Lock()

    def enter(_: int) -> None:
        nonlocal inside, most
        with gate.turn():
            with lock:
                inside += 1
                most = max(most, inside)
            with lock:
                inside -= 1

    with ThreadPoolExecutor(32) as readers:
        list(readers.map(enter, range(500)))
    assert (inside, most <= 2) == (0, True)


def test_whoever_finds_no_room_to_wait_in_is_told_at_once_when_to_come_again() -> None:
    gate = FewAtOnce(1, waiting_max=1, wait_seconds_max=LONG_SECONDS)
    waits, come_in = threading.Event(), threading.Event()

    def wait() -> None:
        waits.set()
        with gate.turn():
            come_in.set()

    with gate.turn():
        waiter = threading.Thread(target=wait)
        waiter.start()
        waits.wait(LONG_SECONDS)
        while gate._waiting.acquire(blocking=False):  # Until the other one stands there.
            gate._waiting.release()
        with pytest.raises(Overloaded) as refused, gate.turn():
            pass
        assert refused.value.retry_after_seconds == RETRY_AFTER_SECONDS
        assert not come_in.is_set()
    waiter.join(LONG_SECONDS)
    assert come_in.is_set()


def test_nobody_waits_longer_than_is_said() -> None:
    gate = FewAtOnce(1, waiting_max=1, wait_seconds_max=0.01)
    with gate.turn(), pytest.raises(Overloaded), gate.turn():
        pass
    with gate.turn():
        pass


def test_a_place_is_free_again_after_whatever_happened_there() -> None:
    gate = FewAtOnce(1, waiting_max=1, wait_seconds_max=0.01)
    with pytest.raises(ZeroDivisionError), gate.turn():
        raise ZeroDivisionError
    with gate.turn():
        pass
