"""Answer what many requests bring at one moment all at once, and give each its own answer.

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

Item = TypeVar("Item")
Answer = TypeVar("Answer")


@dataclass(slots=True)
class _Pending(Generic[Item, Answer]):
    """Where a request waits for its answer."""

    item: Item
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


class MicroBatcher(Generic[Item, Answer]):
    """One event loop. `answer_all` gets items in the order they came, on a thread of its own, and returns as many answers.

    Together they weigh at most `weight_max`, or there is only one. An answer that is Overloaded is also that of
    whoever came meanwhile.
    """

    def __init__(self, answer_all: Callable[[Sequence[Item]], Sequence[Answer | Exception]], weight_max: int) -> None:
        self._answer_all = answer_all
        self._weight_max = weight_max
        self._thread = ThreadPoolExecutor(1, "micro-batcher")
        self._lock = threading.Lock()
        self._waiting: deque[_Pending[Item, Answer]] = deque()
        self._working = False

    def hand_in(self, item: Item, weight: int = 1) -> "asyncio.Future[Answer]":
        """Return what will be the answer to a item, or be raised if that is an error."""
        pending: _Pending[Item, Answer] = _Pending(item, weight, asyncio.get_running_loop().create_future())
        with self._lock:
            self._waiting.append(pending)
            begins, self._working = not self._working, True
        if begins:
            self._thread.submit(self._work)
        return pending.answer

    def _work(self) -> None:
        """Answer group after group until nobody waits."""
        while group := self._next_group():
            answers = self._answer([pending.item for pending in group])
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

    def _answer(self, items: Sequence[Item]) -> list[Answer | Exception]:
        """Return an answer to each; a item that breaks our code fails alone."""
        try:
            return list(self._answer_all(items))
        except Overloaded as refusal:
            return [refusal] * len(items)
        except Exception as error:  # noqa: BLE001  # our bug: raised again by `hand_in`
            if len(items) == 1:
                return [error]
            return [answer for item in items for answer in self._answer([item])]

    def _next_group(self) -> list[_Pending[Item, Answer]]:
        """Return who is next, at least one if anybody waits; else the thread ends and whoever comes next begins anew."""
        group: list[_Pending[Item, Answer]] = []
        weight = 0
        with self._lock:
            while self._waiting and (not group or weight + self._waiting[0].weight <= self._weight_max):
                group.append(self._waiting.popleft())
                weight += group[-1].weight
            self._working = bool(group)
        return group

    def _everybody(self) -> list[_Pending[Item, Answer]]:
        with self._lock:
            everybody = list(self._waiting)
            self._waiting.clear()
        return everybody


def _settle(group: list[_Pending[Item, Answer]], answers: list[Answer | Exception]) -> None:
    """Hand the answers over."""
    for pending, answer in zip(group, answers, strict=True):
        pending.settle(answer)
