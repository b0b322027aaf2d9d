"""What many requests bring at one moment comes in together, each one's own answer goes out.

One thread works for all: it takes what has gathered while it worked. So the busier it is the larger the groups, and alone
nobody waits for anybody.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from observatory.errors import Overloaded

Letter = TypeVar("Letter")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class _Place(Generic[Letter, Answer]):
    """Where a request waits for its answer."""

    letter: Letter
    weight: int
    answer: "asyncio.Future[Answer]"

    def settle(self, answer: Answer | Exception) -> None:
        """Let the request go on, unless it was given up."""
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
        self._waiting: deque[_Place[Letter, Answer]] = deque()
        self._working = False

    async def hand_in(self, letter: Letter, weight: int = 1) -> Answer:
        """Return the answer to a letter; raise it if it is an error."""
        place: _Place[Letter, Answer] = _Place(letter, weight, asyncio.get_running_loop().create_future())
        self._waiting.append(place)
        if not self._working:
            self._work()
        return await place.answer

    def _work(self) -> None:
        """Give what has gathered to the thread."""
        group = self._take()
        self._working = bool(group)
        if group:
            answers = asyncio.get_running_loop().run_in_executor(self._thread, self._answer, [place.letter for place in group])
            answers.add_done_callback(partial(self._settle, group))

    def _settle(self, group: list[_Place[Letter, Answer]], done: "asyncio.Future[list[Answer | Exception]]") -> None:
        """Hand the answers over and go on with whoever came meanwhile."""
        answers = done.result()
        refusal = next((answer for answer in answers if isinstance(answer, Overloaded)), None)
        if refusal is not None:  # Nobody waits in vain for the same lock twice.
            answers = [answer.again() if isinstance(answer, Overloaded) else answer for answer in answers]
            answers += [refusal.again() for _ in self._waiting]
            group += self._waiting
            self._waiting.clear()
        self._work()
        for place, answer in zip(group, answers, strict=True):
            place.settle(answer)

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

    def _take(self) -> list[_Place[Letter, Answer]]:
        """Return who is next, at least one if anybody waits."""
        group: list[_Place[Letter, Answer]] = []
        weight = 0
        while self._waiting and (not group or weight + self._waiting[0].weight <= self._weight_max):
            group.append(self._waiting.popleft())
            weight += group[-1].weight
        return group
