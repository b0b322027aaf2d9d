"""What many requests bring at one moment comes in together, each one's own answer goes out.

One thread works for all: it takes what has gathered while it worked. So the busier it is the larger the groups, and alone
nobody waits for anybody.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from observatory.errors import Overloaded

TURNS_MAX = 8
"""How often the loop goes first before the next group, at most."""

Letter = TypeVar("Letter")
Answer = TypeVar("Answer")


@dataclass(slots=True)
class _Place(Generic[Letter, Answer]):
    """Where a request waits for its answer."""

    letter: Letter
    weight: int
    answer: "asyncio.Future[Answer]"

    def settle(self, answer: Answer | Exception) -> None:
        """Let the request go on, unless it was given up. On the event loop."""
        if self.answer.done():
            return
        if isinstance(answer, Exception):
            self.answer.set_exception(answer)
        else:
            self.answer.set_result(answer)


class Gathering(Generic[Letter, Answer]):
    """One event loop. `answer_all` gets letters in the order they came, on a thread of its own, and returns as many answers.

    Together they weigh at most `weight_max`, or there is only one. An answer that is Overloaded is also that of
    whoever came meanwhile.
    """

    def __init__(self, answer_all: Callable[[Sequence[Letter]], Sequence[Answer | Exception]], weight_max: int) -> None:
        self._answer_all = answer_all
        self._weight_max = weight_max
        self._thread = ThreadPoolExecutor(1, "gathering")
        self._lock = threading.Lock()
        self._waiting: deque[_Place[Letter, Answer]] = deque()
        self._working = False

    def hand_in(self, letter: Letter, weight: int = 1) -> "asyncio.Future[Answer]":
        """Return what will be the answer to a letter, or be raised if that is an error."""
        place: _Place[Letter, Answer] = _Place(letter, weight, asyncio.get_running_loop().create_future())
        with self._lock:
            self._waiting.append(place)
            begins, self._working = not self._working, True
        if begins:
            self._thread.submit(self._work)
        return place.answer

    def _work(self) -> None:
        """Answer group after group until nobody waits."""
        while group := self._next_group():
            answers = self._answer([place.letter for place in group])
            refusal = next((answer for answer in answers if isinstance(answer, Overloaded)), None)
            if refusal is not None:  # Nobody waits in vain for the same lock twice.
                late = self._everybody()
                answers = [answer.again() if isinstance(answer, Overloaded) else answer for answer in answers]
                answers += [refusal.again() for _ in late]
                group += late
            group[0].answer.get_loop().call_soon_threadsafe(_settle, group, answers)
            self._let_others_come()

    def _let_others_come(self) -> None:
        """Leave the interpreter to the loop as long as that brings more: whoever it is just receiving comes along."""
        came = None
        for _ in range(TURNS_MAX):
            if len(self._waiting) == came:
                return
            came = len(self._waiting)
            time.sleep(0)

    def _answer(self, letters: Sequence[Letter]) -> list[Answer | Exception]:
        """Return an answer to each; a letter that breaks our code fails alone."""
        try:
            return list(self._answer_all(letters))
        except Overloaded as refusal:
            return [refusal] * len(letters)
        except Exception as error:  # noqa: BLE001  # our bug: raised again by `hand_in`
            if len(letters) == 1:
                return [error]
            return [answer for letter in letters for answer in self._answer([letter])]

    def _next_group(self) -> list[_Place[Letter, Answer]]:
        """Return who is next, at least one if anybody waits; else the thread ends and whoever comes next begins anew."""
        group: list[_Place[Letter, Answer]] = []
        weight = 0
        with self._lock:
            while self._waiting and (not group or weight + self._waiting[0].weight <= self._weight_max):
                group.append(self._waiting.popleft())
                weight += group[-1].weight
            self._working = bool(group)
        return group

    def _everybody(self) -> list[_Place[Letter, Answer]]:
        with self._lock:
            everybody = list(self._waiting)
            self._waiting.clear()
        return everybody


def _settle(group: list[_Place[Letter, Answer]], answers: list[Answer | Exception]) -> None:
    """Hand the answers over."""
    for place, answer in zip(group, answers, strict=True):
        place.settle(answer)
