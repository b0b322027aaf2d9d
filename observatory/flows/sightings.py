"""Count how many of our own checks are seen again in the telemetry of the services they checked.

Every check is a trace of its own, and who answered it should have it in its records. A check and its trace may come in any
order; after `SETTLED_AFTER` it is counted as seen or not. What is not settled when the process ends is not counted at all.
"""

import threading
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from observatory.model.catalogue import Catalogue
from observatory.model.check import TRACE_MARK, Sighted
from observatory.model.columns import Offsets, ProbeRows, RequestColumns
from observatory.model.delivery import Delivery
from observatory.rollup.check_traces import find_check_traces
from observatory.store.register import RegisterStore

SETTLED_AFTER = timedelta(minutes=15)
"""How late the trace of a check may come: exporters send within seconds, and try again for minutes."""
WATCHED_MAX = 50_000
"""Checks that are not settled; of more, which is above 55 a second, only some are counted."""
CHECK_AGE_MAX = timedelta(minutes=1)
"""An agent may tell of a check much later, when its trace was here and is forgotten: such a check is not counted."""
EARLY_PER_SERVICE_MAX = 128
"""Traces of a service whose checks are not known yet."""
TRACED_WITHIN = timedelta(days=1)
"""How long a service is one that sends traces."""
KEPT = timedelta(days=30)


@dataclass(slots=True)
class _Watched:
    service: int
    at: datetime
    seen: bool


class Sightings:
    """The checks and traces of the last minutes. Any number of threads; one for each application."""

    def __init__(self) -> None:
        self._checks: OrderedDict[bytes, _Watched] = OrderedDict()
        self._early: OrderedDict[tuple[int, bytes], datetime] = OrderedDict()
        self._early_count: Counter[int] = Counter()
        self._traced: dict[int, datetime] = {}
        """When a service sent a trace id last."""
        self._settled: dict[tuple[int, date], list[int]] = {}
        self._lock = threading.Lock()

    def note_checks(self, rows: ProbeRows, catalogue: Catalogue, now: datetime) -> None:
        """Watch out for checks that a service answered; others never came to where its telemetry is made."""
        if rows.details is None:
            return
        services = [catalogue.service(name.service) for name in rows.names]
        fresh = rows.checked_ms >= (now - CHECK_AGE_MAX).timestamp() * 1000
        with self._lock:
            for row in np.flatnonzero(fresh & (rows.status > 0)).tolist():
                service, key = services[rows.name_index[row]], rows.details.trace_id[row].tobytes()
                if service is not None and key.startswith(TRACE_MARK):
                    self._watch(key, service.index, now)

    def note_telemetry(self, columns: RequestColumns, ends: Offsets, deliveries: Sequence[Delivery], catalogue: Catalogue) -> None:
        """See which checks the records of some bodies are of; of most bodies that is one look at an array."""
        found = find_check_traces(columns, ends, deliveries, catalogue)
        if found.traced:
            now = deliveries[0].received_at
            with self._lock:
                self._traced.update(dict.fromkeys(found.traced, now))
                for service, key in found.seen:
                    self._see(key, service, now)

    def settle(self, register: RegisterStore, today: date, now: datetime) -> None:
        """Write down what has become of the checks whose time is over. Raises Overloaded, then the next time. One thread."""
        with self._lock:
            self._settle_until(now - SETTLED_AFTER, today)
            traced = {service for service, at in self._traced.items() if at > now - TRACED_WITHIN}
            counted = [Sighted(service, day, made, seen, service in traced) for (service, day), (made, seen) in self._settled.items()]
        if counted:
            with register.change() as books:
                books.probes.add_sighted(counted)
                books.probes.forget_sighted(today - KEPT)
            self._settled.clear()

    def _watch(self, key: bytes, service: int, now: datetime) -> None:
        seen = self._early.pop((service, key), None) is not None
        if seen:
            self._early_count[service] -= 1
        if key not in self._checks and len(self._checks) < WATCHED_MAX:
            self._checks[key] = _Watched(service, now, seen)

    def _see(self, key: bytes, service: int, now: datetime) -> None:
        watched = self._checks.get(key)
        if watched is not None:
            watched.seen |= watched.service == service
        elif (service, key) not in self._early and self._early_count[service] < EARLY_PER_SERVICE_MAX:
            self._early[service, key] = now
            self._early_count[service] += 1

    def _settle_until(self, end: datetime, today: date) -> None:
        while self._checks and (first := next(iter(self._checks.values()))).at <= end:
            self._checks.popitem(last=False)
            count = self._settled.setdefault((first.service, today), [0, 0])
            count[0] += 1
            count[1] += first.seen
        while self._early and next(iter(self._early.values())) <= end:
            (service, _), _ = self._early.popitem(last=False)
            self._early_count[service] -= 1
