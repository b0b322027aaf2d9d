"""Count requests and receipts in the metrics of the intake (in the registry that `/metrics` shows)."""

from collections import Counter as Tally
from collections.abc import Sequence
from functools import cache

import numpy as np
from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry, Counter, Histogram

from observatory.model.columns import Offsets
from observatory.model.delivery import Receipt
from observatory.rollup.attribution import NOT_PRODUCTION, OUT_OF_SCOPE, REMOVED_SERVICE, UNKNOWN_SERVICE
from observatory.web.context import part, parts_of

LAG_SECONDS = (1, 5, 15, 60, 300, 900, 3600, 21600, 86400)
ENCODINGS = {
    "application/x-protobuf": "protobuf",
    "application/json": "json",
    "text/plain": "text",
    "text/csv": "csv",
}
OTHER = "other"
OUTCOME_OF_REASON = {
    "too_late": "late",
    UNKNOWN_SERVICE: "quarantined",
    OUT_OF_SCOPE: "quarantined",
    REMOVED_SERVICE: "quarantined",
    NOT_PRODUCTION: "quarantined",
}


class IntakeCounts:
    """Counters of one application. Any number of threads."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter("observatory_ingest_requests", "Bodies that came in.", ("signal", "encoding", "code"), registry=registry)
        self._items = Counter("observatory_ingest_items", "Records that came in.", ("signal", "outcome"), registry=registry)
        self._lag = Histogram(
            "observatory_ingest_lag_seconds",
            "Age of a body's newest record when it came in.",
            ("signal",),
            buckets=LAG_SECONDS,
            registry=registry,
        )
        # Finding a child by its labels takes five times as long as counting: there are few, and they are kept.
        self._requests_of = cache(self._requests.labels)
        self._items_of = cache(self._items.labels)
        self._lag_of = cache(self._lag.labels)

    def note_request(self, signal: str, mimetype: str, status: int) -> None:
        """Count an answered request."""
        self._requests_of(signal, ENCODINGS.get(mimetype, OTHER), str(status)).inc()

    def note_records(self, signal: str, receipt: Receipt, end_ms: NDArray[np.int64], received_ms: float) -> None:
        """Count the records of a stored body, and how old the newest was."""
        self.note_bodies(signal, [receipt], end_ms, np.array([len(end_ms)]), [received_ms])

    def note_bodies(
        self,
        signal: str,
        receipts: Sequence[Receipt | Exception],
        end_ms: NDArray[np.int64],
        ends: Offsets,
        received_ms: Sequence[float],
    ) -> None:
        """Do the same for several bodies, but those that were refused; `ends` says where the records of each end."""
        items: Tally[str] = Tally()
        for receipt in receipts:
            if isinstance(receipt, Receipt):
                items["duplicate" if receipt.duplicate else "accepted"] += receipt.accepted
                for reason, count in receipt.rejected.items():
                    items[OUTCOME_OF_REASON.get(reason, "rejected")] += count
        for outcome, count in items.items():
            if count:
                self._items_of(signal, outcome).inc(count)
        starts = np.append(0, ends[:-1])
        (filled,) = np.nonzero(ends > starts)
        if len(filled):
            newest_ms = np.maximum.reduceat(end_ms, starts[filled])
            observe = self._lag_of(signal).observe
            for body, newest in zip(filled.tolist(), newest_ms.tolist(), strict=True):
                if isinstance(receipts[body], Receipt):
                    observe(max(0.0, received_ms[body] - newest) / 1000)


def count_intake(blueprint: Blueprint) -> None:
    """Count every request of a blueprint. Its endpoints are named like their signal."""
    blueprint.record_once(_prepare)
    blueprint.after_request(_count_request)


def _prepare(state: BlueprintSetupState) -> None:
    """Register the metrics with the application, once for all its doors, so that they are there before the first body."""
    parts = parts_of(state.app)
    if not parts.has(IntakeCounts):
        parts.add(IntakeCounts(parts.get(CollectorRegistry)))


def _count_request(response: Response) -> Response:
    if request.method != "POST":
        return response
    signal = (request.endpoint or OTHER).rpartition(".")[2]
    part(IntakeCounts).note_request(signal, request.mimetype, response.status_code)
    return response
