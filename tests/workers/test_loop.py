"""Background steps run, rest, fail and stop without taking each other along."""

import threading
from typing import cast

import pytest
from prometheus_client import CollectorRegistry

from observatory.errors import Overloaded
from observatory.parts import Parts
from observatory.workers import loop
from observatory.workers.loop import Loop, Schedule

PATIENCE_SECONDS = 5.0
NO_PARTS = cast(Parts, None)
"""These steps look at no part."""


def test_a_busy_step_is_called_again_at_once_and_an_idle_one_rests() -> None:
    busy, idle, enough = [], [], threading.Event()

    def work(_: Parts) -> bool:
        busy.append(1)
        if len(busy) == 3:
            enough.set()
        return len(busy) < 3

    def rest(_: Parts) -> bool:
        idle.append(1)
        return False

    running = Loop([Schedule("work", work, 60), Schedule("rest", rest, 60)], NO_PARTS, CollectorRegistry())
    running.start()
    assert enough.wait(PATIENCE_SECONDS)
    assert running.stop(PATIENCE_SECONDS)
    assert (len(busy), len(idle)) == (3, 1)


def test_a_step_that_raises_is_counted_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "PAUSE_AFTER_ERROR_SECONDS_MIN", 0.001)
    registry, calls, recovered = CollectorRegistry(), [], threading.Event()

    def fail_twice(_: Parts) -> bool:
        calls.append(1)
        if len(calls) < 3:
            raise OSError("disk on strike")
        recovered.set()
        return False

    running = Loop([Schedule("judge", fail_twice, 60)], NO_PARTS, registry)
    running.start()
    assert recovered.wait(PATIENCE_SECONDS)
    running.stop(PATIENCE_SECONDS)
    assert registry.get_sample_value("observatory_step_errors_total", {"step": "judge"}) == 2


def test_a_step_that_finds_the_store_busy_comes_back_and_is_no_error() -> None:
    registry, calls, recovered = CollectorRegistry(), [], threading.Event()

    def busy_once(_: Parts) -> bool:
        calls.append(1)
        if len(calls) == 1:
            raise Overloaded("cannot write telemetry: the store is busy", retry_after_seconds=0)
        recovered.set()
        return False

    running = Loop([Schedule("judge", busy_once, 60)], NO_PARTS, registry)
    running.start()
    assert recovered.wait(PATIENCE_SECONDS)
    running.stop(PATIENCE_SECONDS)
    assert registry.get_sample_value("observatory_step_errors_total", {"step": "judge"}) == 0


def test_the_pause_after_errors_grows_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "PAUSE_AFTER_ERROR_SECONDS_MIN", 0.001)
    monkeypatch.setattr(loop, "PAUSE_AFTER_ERROR_SECONDS_MAX", 0.004)
    pauses: list[float] = []
    enough = threading.Event()
    running = Loop([Schedule("judge", lambda _: 1 / 0 > 0, 60)], NO_PARTS, CollectorRegistry())

    def wait(seconds: float) -> bool:
        pauses.append(seconds)
        if len(pauses) == 5:
            enough.set()
            running._stopping.set()
        return False

    monkeypatch.setattr(running._stopping, "wait", wait)
    running.start()
    assert enough.wait(PATIENCE_SECONDS)
    assert pauses == [0.001, 0.002, 0.004, 0.004, 0.004]


def test_stopping_tells_when_a_step_does_not_end() -> None:
    release, begun = threading.Event(), threading.Event()

    def stuck(_: Parts) -> bool:
        begun.set()
        return release.wait(PATIENCE_SECONDS)

    running = Loop([Schedule("stuck", stuck, 60)], NO_PARTS, CollectorRegistry())
    running.start()
    begun.wait(PATIENCE_SECONDS)
    assert not running.stop(0.05)
    release.set()
    assert running.stop(PATIENCE_SECONDS)
