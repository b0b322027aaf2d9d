"""Known requests in, what became of each of them out: the oracle that every fault is held against (defence, section 1).

Senders post bodies whose records are all known and keep a journal of acknowledged, refused and unknown ones, which they
sync themselves. After the fault nothing acknowledged may be missing and nothing unsent may be there; once every other
request was sent again until acknowledged, every counter of every minute has to be exact.
"""

import http.client
import os
import sqlite3
import threading
import time
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from pathlib import Path

import numpy as np

from observatory import clock
from observatory.judge.method import IN_FORCE
from observatory.model.minute import Counter
from observatory.store.opening import open_register
from observatory.store.sqlite.telemetry.blobs import rows_of_blob
from tests.faults.folders import MENUS, SERVICES
from tests.receive.doors import a_resource, a_span, traces

SENDERS = 8
RECORDS_PER_REQUEST = 4
WINDOW_MINUTES = 30
WINDOW_AGE_MINUTES = 100
"""How long ago the minutes began that all records are of: old enough for every verdict, young enough for the doors."""
OUTAGE_MINUTES = range(10, 20)
"""Of the window: what the second service answers then are failures, so that there is an incident to recompute."""
ANSWER_SECONDS_MAX = 30.0
SETTLE_SECONDS_MAX = 60.0
PAUSE_SECONDS = 0.02
MINUTE_NS = 60 * 10**9

Sums = Tally[tuple[str, str, int, str]]
"""How much of (service, menu, minute, counter)."""


class Outcome(Enum):
    """What a sender knows of a request."""

    ACKED = "acked"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Request:
    """A body of records of one service and minute; status and duration are the request's own."""

    number: int
    first_minute: int

    @property
    def service_id(self) -> str:
        """Whose records they are."""
        return SERVICES[self.number % len(SERVICES)]

    @property
    def minute(self) -> int:
        """In which minute they ended."""
        return self.first_minute + self.number // len(SERVICES) % WINDOW_MINUTES

    @property
    def failed(self) -> bool:
        """Whether they tell of failures."""
        return self.service_id == SERVICES[1] and self.minute - self.first_minute in OUTAGE_MINUTES

    @property
    def duration_ms(self) -> int:
        """How long each took."""
        return 20 + self.number % 977

    def body(self) -> bytes:
        """Return it as an export of spans; no two requests have the same."""
        spans = [
            a_span(duration_ms=self.duration_ms, status=500 if self.failed else 200, route=f"/{MENUS[record % len(MENUS)]}")
            for record in range(RECORDS_PER_REQUEST)
        ]
        for span in spans:
            span.end_time_unix_nano = self.minute * MINUTE_NS + 10**9 + self.number * 1000
            span.start_time_unix_nano = span.end_time_unix_nano - self.duration_ms * 10**6
        return traces(*spans, resource=a_resource(self.service_id))

    def sums(self) -> Sums:
        """Return what it adds to the counters once it is stored."""
        found: Sums = Tally()
        each = RECORDS_PER_REQUEST // len(MENUS)
        timed = 0 if self.failed else each
        for menu in MENUS:
            for name, value in (
                (Counter.COUNT.name, each),
                (Counter.BAD.name, each if self.failed else 0),
                (Counter.DURATION_US.name, timed * self.duration_ms * 1000),
            ):
                found[self.service_id, menu, self.minute, name] += value
        return found


def add_up(requests: Iterable[Request]) -> Sums:
    """Return what requests add to the counters together."""
    found: Sums = Tally()
    for request in requests:
        found.update(request.sums())
    return found


@dataclass
class Oracle:
    """So many known requests, and the journal of those who send them. Any number of senders at once."""

    journal: Path
    token: str
    count: int
    first_minute: int = field(default_factory=lambda: int(clock.now().timestamp()) // 60 - WINDOW_AGE_MINUTES)
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    """Answers nobody may get: anything but 200 and 503 with Retry-After."""
    unknown_count: int = 0
    """How often a sender got no answer."""
    slowest_seconds: float = 0.0
    """How long the slowest answer took."""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    @cached_property
    def requests(self) -> list[Request]:
        """All there are."""
        return [Request(number, self.first_minute) for number in range(self.count)]

    def count_of(self, service_id: str) -> int:
        """Return how many records of a service there are."""
        return RECORDS_PER_REQUEST * sum(request.service_id == service_id for request in self.requests)

    @property
    def dense(self) -> bool:
        """Whether every minute of every menu has enough records for a verdict."""
        return self.count * RECORDS_PER_REQUEST >= len(SERVICES) * WINDOW_MINUTES * len(MENUS) * IN_FORCE.users_count_min

    def of(self, *outcomes: Outcome) -> list[Request]:
        """Return the requests with one of these outcomes."""
        with self._lock:
            return [self.requests[number] for number, outcome in self.outcomes.items() if outcome in outcomes]

    @property
    def open(self) -> list[Request]:
        """The requests that are not acknowledged."""
        acked = {request.number for request in self.of(Outcome.ACKED)}
        return [request for request in self.requests if request.number not in acked]

    def note(self, request: Request, outcome: Outcome) -> None:
        """Keep what is known of a request, on disk first: acknowledged is for ever, and unknown until acknowledged."""
        with self._lock:
            with self.journal.open("ab") as file:
                file.write(f"{request.number} {outcome.value}\n".encode())
                file.flush()
                os.fdatasync(file.fileno())
            self.unknown_count += outcome is Outcome.UNKNOWN
            known = self.outcomes.get(request.number, Outcome.REFUSED)
            if outcome is Outcome.ACKED or known is Outcome.REFUSED:
                self.outcomes[request.number] = outcome

    def send(self, port: int, requests: Iterable[Request], until: Callable[[], bool] = lambda: False, senders: int = SENDERS) -> None:
        """Post requests from so many threads, each request once, until there are none left or `until` is true."""
        waiting, lock = iter(requests), threading.Lock()

        def take() -> Request | None:
            with lock:
                return next(waiting, None)

        def work() -> None:
            with closing(Line(port, self.token)) as line:
                while not until() and (request := take()) is not None:
                    began = time.monotonic()
                    outcome = line.post(request.body(), self.errors)
                    self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - began)
                    self.note(request, outcome)

        threads = [threading.Thread(target=work, daemon=True) for _ in range(senders)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def send_until_acked(self, port: int) -> None:
        """Post all that is not acknowledged again and again until it is."""
        deadline = time.monotonic() + SETTLE_SECONDS_MAX
        while left := self.open:
            assert time.monotonic() < deadline, f"{len(left)} requests are never taken: {self.errors[:3]}"
            self.send(port, left)
            time.sleep(PAUSE_SECONDS)

    def check_bounds(self, data: Path) -> None:
        """Hold what is stored against what is known: all that was acknowledged, nothing that was not sent or was refused."""
        assert not self.errors, self.errors[:3]
        stored = stored_sums(data)
        least = add_up(self.of(Outcome.ACKED))
        most = least + add_up(self.of(Outcome.UNKNOWN))
        missing = {key: (value, stored[key]) for key, value in least.items() if stored[key] < value}
        assert not missing, f"acknowledged and not stored: {sorted(missing.items())[:5]}"
        surplus = {key: (most[key], value) for key, value in stored.items() if value > most[key]}
        assert not surplus, f"stored and never sent, or stored twice: {sorted(surplus.items())[:5]}"

    def check_exact(self, data: Path) -> None:
        """Hold every counter of every minute against what was sent, after all of it was acknowledged."""
        assert not self.open
        assert not self.errors, self.errors[:3]
        assert +stored_sums(data) == +add_up(self.requests)


class Line:
    """A connection that is opened when needed and kept as long as it lasts."""

    def __init__(self, port: int, token: str, path: str = "/v1/traces") -> None:
        self._port = port
        self._path = path
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-protobuf"}
        self._connection: http.client.HTTPConnection | None = None

    def post(self, body: bytes, errors: list[str]) -> Outcome:
        """Post a body once; whatever it is answered that no sender may be is added to `errors`."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=ANSWER_SECONDS_MAX)
        try:
            self._connection.request("POST", self._path, body, self._headers)
            answer = self._connection.getresponse()
            text, status = answer.read(), answer.status
        except ConnectionRefusedError:
            self.close()
            time.sleep(PAUSE_SECONDS)
            return Outcome.REFUSED
        except (OSError, http.client.HTTPException):
            self.close()
            return Outcome.UNKNOWN
        if answer.will_close:
            self.close()
        if status == http.HTTPStatus.OK and not text:
            return Outcome.ACKED
        if b"the disk failed" in text:
            return Outcome.UNKNOWN  # a sync that failed may have reached the disk all the same
        if status != http.HTTPStatus.SERVICE_UNAVAILABLE or answer.getheader("Retry-After") is None:
            errors.append(f"{status}: {text!r}")
        return Outcome.REFUSED

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def stored_sums(data: Path) -> Sums:
    """Return the counters of a folder, those in the journal too, as they are at one moment."""
    found: Sums = Tally()
    with closing(open_register(data)) as register, closing(_snapshot(data)) as telemetry:
        menus = {(service.index, menu.index): (service.id, menu.id) for service in register.catalogue().services for menu in service.menus}
        for minute, service, menu, values in _rows(telemetry):
            for counter in (Counter.COUNT, Counter.BAD, Counter.DURATION_US):
                found[*menus[service, menu], minute, counter.name] += values[counter]
    return found


def _snapshot(data: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{data}/telemetry.sqlite?mode=ro", uri=True, isolation_level=None)
    connection.execute("BEGIN")
    return connection


def _rows(telemetry: sqlite3.Connection) -> Iterator[tuple[int, int, int, list[int]]]:
    """Yield minute, service, menu and counters of every row of either table."""
    for minute, service, menu, counters in telemetry.execute("SELECT minute, service, menu, counters FROM minute"):
        yield minute, service, menu, np.frombuffer(counters.ljust(8 * len(Counter), b"\0"), "<i8").tolist()
    for (blob,) in telemetry.execute("SELECT rows FROM journal"):
        rows = rows_of_blob(blob)
        for (minute, service, menu, _), values in zip(rows.keys.tolist(), rows.values.tolist(), strict=True):
            yield minute, service, menu, values
