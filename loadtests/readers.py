"""Ask a server for pages as readers do: one at a time, all at once, or many at their own pace; every answer with its time."""

import contextlib
import gzip
import http.client
import math
import random
import statistics
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self
from urllib.parse import urlsplit

TIMEOUT_S = 150.0
"""Nobody waits longer."""
KNOWN_SHARE = 0.5
"""Of what a reader saw before, how much is asked for with its tag."""
PAUSE_S = 1.0
"""Between two pages of one reader, on average."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and when."""

    status: int
    """0: none came."""
    seconds: float
    body: bytes
    """Inflated, which is not timed."""

    @property
    def fine(self) -> bool:
        """Whether it is a page, or that it is the one known."""
        return self.status in {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED}

    @property
    def milliseconds(self) -> float:
        """How long it took; for ever if it is no page."""
        return 1000 * self.seconds if self.fine else math.inf


class Reader:
    """One who keeps a connection and remembers the tags of pages. One thread."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT_S)
        self._tags: dict[str, str] = {}

    def get(self, path: str, *, if_changed: bool = False) -> Answer:
        """Ask for a path; `if_changed` sends the tag it had before."""
        headers = {"Accept-Encoding": "gzip"}
        if if_changed and path in self._tags:
            headers["If-None-Match"] = self._tags[path]
        began = time.perf_counter()
        try:
            self._connection.request("GET", path, headers=headers)
            response = self._connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return Answer(0, time.perf_counter() - began, b"")
        took_s = time.perf_counter() - began
        if tag := response.headers.get("ETag"):
            self._tags[path] = tag
        return Answer(response.status, took_s, gzip.decompress(body) if response.headers.get("Content-Encoding") == "gzip" else body)

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()


def ask(url: str, path: str) -> Answer:
    """Ask once, on a connection of its own."""
    with contextlib.closing(Reader(url)) as reader:
        return reader.get(path)


def ask_together(url: str, paths: Sequence[str]) -> list[Answer]:
    """Ask for all of these at one moment, each on a connection of its own."""
    barrier = threading.Barrier(len(paths))

    def one(path: str) -> Answer:
        barrier.wait()
        return ask(url, path)

    with ThreadPoolExecutor(len(paths)) as threads:
        return list(threads.map(one, paths))


def read_for(url: str, paths: Sequence[str], readers: int, seconds: float) -> list[Answer]:
    """Let many read pages of these at their own pace for some seconds; half of what they know is asked for with its tag."""
    until = time.monotonic() + seconds

    def one(number: int) -> list[Answer]:
        rng, answers = random.Random(number), list[Answer]()
        with contextlib.closing(Reader(url)) as reader:
            while time.monotonic() < until:
                time.sleep(rng.uniform(0, 2 * PAUSE_S))
                answers.append(reader.get(rng.choice(paths), if_changed=rng.random() < KNOWN_SHARE))
        return answers

    with ThreadPoolExecutor(readers) as threads:
        return [answer for answers in threads.map(one, range(readers)) for answer in answers]


class Watch:
    """Asks for one path again and again while a block lasts, and keeps the answers."""

    def __init__(self, url: str, path: str, every_s: float) -> None:
        self.answers: list[Answer] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, args=(url, path, every_s))

    def _look(self, url: str, path: str, every_s: float) -> None:
        while not self._ended.wait(every_s):
            self.answers.append(ask(url, path))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


def median_ms(answers: Iterable[Answer]) -> float:
    """Return the median time of answers; infinite if more than half of them are no pages."""
    return statistics.median(answer.milliseconds for answer in answers)


def quantile_ms(answers: Sequence[Answer], fraction: float) -> float:
    """Return what this share of the answers did not exceed (nearest rank), whatever they were; not a number without any."""
    times = sorted(1000 * answer.seconds for answer in answers)
    return times[min(len(times) - 1, int(fraction * len(times)))] if times else math.nan
