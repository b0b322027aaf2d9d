"""One maker for each version, whatever the number of threads that ask."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from observatory.readmodel.single_flight import SingleFlight


def test_a_value_is_made_once_for_each_version() -> None:
    made: list[str] = []
    flight = SingleFlight[str]()

    def make() -> str:
        made.append("value")
        return f"value {len(made)}"

    assert [flight.get("a", make), flight.get("a", make), flight.get("b", make)] == ["value 1", "value 1", "value 2"]


def test_ten_threads_that_ask_at_once_make_it_once() -> None:
    made: list[int] = []
    together = threading.Barrier(10)
    flight = SingleFlight[int]()

    def make() -> int:
        made.append(1)
        return 7

    def ask(_: int) -> int:
        together.wait(timeout=10)
        return flight.get("a", make)

    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(ask, range(10))) == [7] * 10
    assert made == [1]


def test_a_failure_is_raised_and_tried_again_by_the_next() -> None:
    flight = SingleFlight[int]()

    def fail() -> int:
        raise OSError("store away")

    with pytest.raises(OSError, match="store away"):
        flight.get("a", fail)
    assert flight.get("a", lambda: 1) == 1
