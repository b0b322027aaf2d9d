"""What many threads bring at one moment comes in together, each thread's own answer goes out.

One of the threads works for all: it takes what has gathered, hands it over, and passes the lead on. So the busier it is the
larger the groups, and alone nobody waits for anybody.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from observatory.errors import Overloaded

Letter = TypeVar("Letter")
Answer = TypeVar("Answer")


class _Place(Generic[Letter, Answer]):
    """Where a thread waits until it has its answer or is to lead. Waiting is a lock that its maker holds."""

    __slots__ = ("answer", "gate", "letter", "next", "weight")

    def __init__(self, letter: Letter, weight: int) -> None:
        self.letter = letter
        self.weight = weight
        self.answer: Answer | Exception | None = None
        self.gate = threading.Lock()
        self.gate.acquire()
        self.next: _Place[Letter, Answer] | None = None


class Gathering(Generic[Letter, Answer]):
    """Any number of threads. `answer_all` gets letters in the order they came, and returns as many answers.

    Together they weigh at most `weight_max`, or there is only one. An answer that is Overloaded is also that of
    whoever came meanwhile.
    """

    def __init__(self, answer_all: Callable[[Sequence[Letter]], Sequence[Answer | Exception]], weight_max: int) -> None:
        self._answer_all = answer_all
        self._weight_max = weight_max
        self._lock = threading.Lock()
        self._waiting: deque[_Place[Letter, Answer]] = deque()
        self._led = False

    def hand_in(self, letter: Letter, weight: int = 1) -> Answer:
        """Return the answer to a letter; raise it if it is an error."""
        place: _Place[Letter, Answer] = _Place(letter, weight)
        with self._lock:
            self._waiting.append(place)
            leads, self._led = not self._led, True
        if not leads:
            place.gate.acquire()
        if place.answer is None:
            self._lead()
        if place.next is not None:
            place.next.gate.release()
        if isinstance(place.answer, Exception):
            raise place.answer
        assert place.answer is not None
        return place.answer

    def _lead(self) -> None:
        """Answer what has gathered, oneself first, and let the next thread lead."""
        group = self._take()
        answers = self._answer([place.letter for place in group])
        refusal = next((answer for answer in answers if isinstance(answer, Overloaded)), None)
        if refusal is not None:  # Nobody waits in vain for the same lock twice.
            answers = [answer.again() if isinstance(answer, Overloaded) else answer for answer in answers]
            latecomers = self._take_all()
            group, answers = [*group, *latecomers], [*answers, *(refusal.again() for _ in latecomers)]
        self._pass_on()
        # Each wakes the one after it: all at once they would only crowd for the interpreter.
        for place, answer, after in zip(group, answers, [*group[1:], None], strict=True):
            place.answer, place.next = answer, after

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
        """Return who is next, at least one."""
        with self._lock:
            group = [self._waiting.popleft()]
            weight = group[0].weight
            while self._waiting and (weight := weight + self._waiting[0].weight) <= self._weight_max:
                group.append(self._waiting.popleft())
            return group

    def _take_all(self) -> list[_Place[Letter, Answer]]:
        with self._lock:
            group = list(self._waiting)
            self._waiting.clear()
            return group

    def _pass_on(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting[0].gate.release()
            else:
                self._led = False
