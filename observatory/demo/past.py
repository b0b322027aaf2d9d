"""Make up the past of the town: 30 days of requests, taken in through the same code as real ones.

The banner of the site says that the data are made up; the seed is fixed, so that two demonstrations look alike.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from observatory.demo.sample_service import SPREAD
from observatory.demo.town import SERVICES, SampleService
from observatory.model.catalogue import Service, TelemetryIdentity
from observatory.model.columns import Outcome, ProbeName, ProbeRows, RequestColumns, Source

DAYS = 31
SEED = 20261120
QUIET_HOURS = (2, 5)
"""Local hours in which few people are up."""
BUSY_SHARE, QUIET_SHARE = 1.0, 0.6
CHECK_MEDIAN_US = 160_000
UTC_OFFSET_HOURS = 9
"""Of the town, Asia/Seoul, which has no summer time."""


Minutes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Outage:
    """A failure of the past: `failing_share` of a service's requests failed."""

    service_id: str
    before_now: timedelta
    """How long before the demonstration starts it began."""
    minutes: int
    failing_share: float


OUTAGES = (
    Outage("parking", timedelta(minutes=75), 18, 1.0),
    Outage("parking", timedelta(days=6, hours=3), 44, 1.0),
    Outage("parking", timedelta(days=19, hours=11), 12, 0.3),
    Outage("certificates", timedelta(days=11, hours=7), 34, 1.0),
    Outage("library", timedelta(days=3, hours=5), 95, 0.25),
    Outage("jobs", timedelta(days=24, hours=2), 9, 1.0),
)


def past_requests(service: SampleService, now: datetime) -> Iterator[RequestColumns]:
    """Yield the requests of a service's last 31 days up to two minutes before `now`, one day at a time."""
    rng = np.random.default_rng([SEED, SERVICES.index(service)])
    minutes = _past_minutes(now)
    for start in range(0, len(minutes), 1440):
        yield _requests_of(service, minutes[start : start + 1440], now, rng)


def past_checks(service: Service, now: datetime) -> ProbeRows:
    """Return one check of every menu for every minute of the same time."""
    rng = np.random.default_rng([SEED, len(SERVICES)])
    minute = np.repeat(_past_minutes(now), len(service.menus))
    menu = np.tile(np.arange(len(service.menus), dtype=np.int32), len(minute) // len(service.menus))
    ok = rng.random(len(minute)) >= np.floor(_failing_share(service.id, minute, now))
    return ProbeRows(
        name_index=menu,
        checked_ms=minute * 60_000 + 30_000,
        ok=ok,
        status=np.where(ok, 200, 503).astype(np.int16),
        duration_us=(CHECK_MEDIAN_US * rng.lognormal(0, SPREAD, len(minute))).astype(np.int64),
        names=tuple(ProbeName(service.id, menu.id) for menu in service.menus),
    )


def _past_minutes(now: datetime) -> Minutes:
    end_minute = int(now.timestamp()) // 60 - 2
    return np.arange(end_minute - DAYS * 1440, end_minute)


def _failing_share(service_id: str, minute: Minutes, now: datetime) -> NDArray[np.float64]:
    share = np.zeros(len(minute))
    for outage in OUTAGES:
        if outage.service_id == service_id:
            begin = int((now - outage.before_now).timestamp()) // 60
            share[(minute >= begin) & (minute < begin + outage.minutes)] = outage.failing_share
    return share


def _requests_of(service: SampleService, minutes: Minutes, now: datetime, rng: np.random.Generator) -> RequestColumns:
    hour = (minutes // 60 + UTC_OFFSET_HOURS) % 24
    quiet = (hour >= QUIET_HOURS[0]) & (hour < QUIET_HOURS[1])
    minute = np.repeat(minutes, rng.poisson(service.requests_per_minute * np.where(quiet, QUIET_SHARE, BUSY_SHARE)))
    page = rng.integers(0, len(service.pages), len(minute))
    median_us = np.array([page.median_ms * 1000 for page in service.pages])[page]
    error_share = np.array([page.error_share for page in service.pages])[page]
    bad = rng.random(len(minute)) < np.maximum(error_share, _failing_share(service.id, minute, now))
    return RequestColumns(
        resource_index=np.zeros(len(minute), np.int32),
        template_index=page.astype(np.int32),
        end_ms=minute * 60_000 + rng.integers(0, 60_000, len(minute)),
        duration_us=(median_us * rng.lognormal(0, SPREAD, len(minute))).astype(np.int64),
        status=np.where(bad, 503, 200).astype(np.int16),
        outcome=np.where(bad, Outcome.BAD, Outcome.GOOD).astype(np.uint8),
        source=Source.ACCESS_LOG if service.behind_access_log else Source.OTLP_SPAN,
        resources=(TelemetryIdentity("hanbit", service.id),),
        templates=tuple(page.path for page in service.pages),
    )
