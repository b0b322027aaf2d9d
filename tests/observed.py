"""Minutes of made-up traffic, stored and judged as real ones are: for tests of whatever is published."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from apiflask import APIFlask

from observatory.flows.catalogue import apply_catalogue
from observatory.flows.judging import judge_all
from observatory.judge.days import minute_of
from observatory.model.catalogue import Menu, Service
from observatory.model.columns import Source
from observatory.model.minute import COUNTER_COUNT, Counter, MinuteCounters
from observatory.model.shared_cause import SharedCause
from observatory.model.text import Text
from observatory.parts import Parts
from observatory.rollup.latency import bucket_of
from observatory.server.app import create_app
from observatory.server.worker import Background
from observatory.settings import Settings
from observatory.store.telemetry import Batch
from observatory.workers.judge_due import JudgeDue
from tests.builders import a_catalogue, a_menu, a_service
from tests.moments import NOW

SEARCH, APPLY = replace(a_menu("search"), critical=True), a_menu("apply", routes=("/apply",))
JOB_PORTAL = replace(a_service(menus=(SEARCH, APPLY)), grade=1)
LIBRARY = a_service("library")

OUTAGE_START = datetime(2026, 11, 17, 1, 0, tzinfo=UTC)
OUTAGE_MINUTES = 20
TRAFFIC_DAYS = 10
GOOD_MS, COUNT = 80, 100
CAUSE = SharedCause("cause-1", Text("화재", "Fire"), NOW, ())


def traffic(
    service: Service,
    menu: Menu,
    first: datetime,
    minutes: int,
    *,
    count: int = COUNT,
    bad: int = 0,
    throttled: int = 0,
    duration_ms: int = GOOD_MS,
    source: Source | int = Source.OTLP_SPAN,
) -> MinuteCounters:
    """Return as many equal minutes, each with `count` requests of which `bad` failed and the others took `duration_ms`."""
    values = np.zeros((minutes, COUNTER_COUNT), np.int64)
    values[:, Counter.COUNT], values[:, Counter.BAD], values[:, Counter.THROTTLED] = count, bad, throttled
    values[:, Counter.TIMED], values[:, Counter.DURATION_US] = count - bad, (count - bad) * duration_ms * 1000
    timed = minutes if count > bad else 0
    return MinuteCounters(
        minute=minute_of(first) + np.arange(minutes, dtype=np.int64),
        service=np.full(minutes, service.index, np.int32),
        menu=np.full(minutes, menu.index, np.int32),
        source=np.full(minutes, source, np.int16),
        values=values,
        bucket_row=np.arange(timed, dtype=np.int32),
        bucket=np.full(timed, bucket_of(duration_ms * 1000), np.int16),
        bucket_count=np.full(timed, count - bad, np.int64),
    )


def observe(parts: Parts, *counters: MinuteCounters) -> None:
    """Store counters and let the judge do all there is to do."""
    for each in counters:
        parts.writer.submit(Batch(each, parts.now()))
    parts.writer.flush()
    JudgeDue()(parts)
    judge_all(parts, parts.now())


def parts_of(app: APIFlask) -> Parts:
    """Return the parts of an application."""
    parts = app.extensions["observatory"]
    assert isinstance(parts, Parts)
    return parts


@contextmanager
def observed_town(data: Path) -> Iterator[APIFlask]:
    """Yield an application that has observed two services at `NOW`; a cause without incidents stands there too.

    The job portal had traffic for ten days, with one outage of 20 minutes; of the library nothing was ever heard.
    """
    app = create_app(Settings(data=data), now=lambda: NOW)
    app.config["TESTING"] = True
    background = Background(app, steps=())
    background.start()
    try:
        parts = parts_of(app)
        apply_catalogue(parts.register, a_catalogue(JOB_PORTAL, LIBRARY), NOW - timedelta(days=TRAFFIC_DAYS))
        service = parts.register.catalogue().services[0]
        begin, outage_end = NOW - timedelta(days=TRAFFIC_DAYS), OUTAGE_START + timedelta(minutes=OUTAGE_MINUTES)
        before, after = int((OUTAGE_START - begin).total_seconds() // 60), int((NOW - outage_end).total_seconds() // 60)
        observe(
            parts,
            *(traffic(service, menu, begin, before) for menu in service.menus),
            *(traffic(service, menu, OUTAGE_START, OUTAGE_MINUTES, bad=COUNT) for menu in service.menus),
            *(traffic(service, menu, outage_end, after) for menu in service.menus),
        )
        with parts.register.change() as books:
            books.causes.name(CAUSE)
        yield app
    finally:
        background.stop()
