"""Count our own requests and stores in the registry that `/metrics` shows: fewer than 300 series, whatever happens."""

import time
from collections.abc import Iterable
from threading import Lock

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Histogram, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from observatory.flows.log_checking import tree_of
from observatory.flows.log_views import whole_check_of
from observatory.flows.token_use import TokenUse
from observatory.web.context import parts_of

LABEL_SETS_MAX = 20
"""Combinations of handler, method and code that get their own series; what comes later is counted together."""
BUCKETS_SECONDS = (0.01, 0.1, 1.0)
METHODS = ("GET", "HEAD", "POST")
OTHER = "other"


def measure(app: Flask) -> None:
    """Time every request of an application, and let its stores be read at every scrape."""
    disable_created_metrics()  # type: ignore[no-untyped-call]  # when each series began is of no use to Prometheus and half as many series again
    parts = parts_of(app)
    registry = parts.get(CollectorRegistry)
    durations = parts.add(RequestDurations(registry))
    registry.register(StoreCollector(app))

    def begin() -> None:
        g.begun_s = time.perf_counter()

    def end(response: Response) -> Response:
        if "begun_s" in g:
            durations.note(request.blueprint or OTHER, request.method, response.status_code, time.perf_counter() - g.begun_s)
        return response

    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.after_request(end)


class RequestDurations:
    """How long requests take, by blueprint, method and status. Any number of threads."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._histogram = Histogram(
            "observatory_http_request_duration_seconds",
            "Time to answer a request.",
            ("handler", "method", "code"),
            buckets=BUCKETS_SECONDS,
            registry=registry,
        )
        self._known: dict[tuple[str, str, int], Histogram] = {}
        self._lock = Lock()

    def note(self, handler: str, method: str, status: int, seconds: float) -> None:
        """Count a request."""
        histogram = self._known.get((handler, method, status)) or self._histogram_of(handler, method, status)
        histogram.observe(seconds)

    def _histogram_of(self, handler: str, method: str, status: int) -> Histogram:
        method = method if method in METHODS else OTHER
        with self._lock:
            known = self._known.get((handler, method, status))
            if known is not None:
                return known
            if len(self._known) >= LABEL_SETS_MAX:
                return self._histogram.labels(OTHER, OTHER, OTHER)
            known = self._known[handler, method, status] = self._histogram.labels(handler, method, str(status))
            return known


class StoreCollector(Collector):
    """What the stores and the committer say at a scrape."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def describe(self) -> Iterable[Metric]:
        """Return the families without asking the stores, which are not open yet when this is registered."""
        return self.families()

    def collect(self) -> Iterable[Metric]:
        """Return the families with their values."""
        parts = parts_of(self._app)
        tree_size, checked, watermark, queue, leap, refused = self.families()
        tree_size.add_metric([], tree_of(parts.register)[0])
        whole = whole_check_of(parts.register)
        checked.add_metric([], whole.at.timestamp() if whole is not None else 0)
        now_minute = int(parts.now().timestamp()) // 60
        watermark.add_metric([], 60 * min((waiting.first_minute for waiting in parts.telemetry.unjudged()), default=now_minute))
        queue.add_metric([], parts.writer.queue_bytes)
        leap.add_metric([], 60 * (now_minute - parts.telemetry.believed_minute(now_minute)))
        refused.add_metric([], parts.get(TokenUse).refused_count)
        return tree_size, checked, watermark, queue, leap, refused

    @staticmethod
    def families() -> tuple[
        GaugeMetricFamily, GaugeMetricFamily, GaugeMetricFamily, GaugeMetricFamily, GaugeMetricFamily, CounterMetricFamily
    ]:
        """Return the families, still empty."""
        return (
            GaugeMetricFamily("observatory_log_tree_size", "Entries of the public log."),
            GaugeMetricFamily("observatory_log_checked_timestamp_seconds", "When all of the public log was last found sound; 0: never."),
            GaugeMetricFamily("observatory_watermark_timestamp_seconds", "Everything before this moment is judged."),
            GaugeMetricFamily("observatory_ingest_queue_bytes", "What waits for the committer."),
            GaugeMetricFamily(
                "observatory_clock_leap_seconds", "How far the clock leapt ahead of what is believed; nothing is forgotten by it."
            ),
            CounterMetricFamily("observatory_ingest_over_quota", "Bodies refused because their token has sent enough for the day."),
        )
