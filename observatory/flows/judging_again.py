"""Let minutes be judged again for another reason than new evidence: a correction, maintenance, a new version of the method."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from itertools import accumulate

from observatory.flows.judging import Stores
from observatory.judge.days import civil_day, minute_of, moment_of
from observatory.judge.method import IN_FORCE
from observatory.model.signoff import NewEntry
from observatory.signoff.canonical_json import canonical
from observatory.store.telemetry import TelemetryStore

METHOD_CHANGED = "method-changed"
"""Kind of the log entry."""
MINUTES_AT_ONCE = 60 * 1440
"""About how much is taken up in one step, so that what happens now goes on being judged in time."""


def take_up_method(stores: Stores, now: datetime) -> None:
    """Let all that is kept of every minute be judged again if it was judged by another version of the method; say so in the log.

    Days of which no minutes are kept stay as that version left them.
    """
    with stores.register.look() as books:
        before = books.corrections.method()
    if before == IN_FORCE.version:
        return
    first_days = {service.id: stores.telemetry.first_day(service.index) for service in stores.register.catalogue().services}
    zone = stores.register.catalogue().site.zone
    with stores.register.change() as books:
        for service_id, first_day in first_days.items():
            if first_day is not None and before:
                books.corrections.judge_again(service_id, moment_of(civil_day(first_day, zone).span.first), now)
        books.corrections.change_method(IN_FORCE.version)
        if before:
            books.log.append(NewEntry(METHOD_CHANGED, canonical({"from": before, "to": IN_FORCE.version}), now))


def take_up_requests(stores: Stores) -> None:
    """Let minutes wait that are to be judged again for another reason than new evidence. Killed in between, it does so again."""
    with stores.register.look() as books:
        asked = books.corrections.to_judge_again()
    ends = accumulate(minute_of(request.end) - minute_of(request.start) for request in asked)
    requests = [request for request, end in zip(asked, ends, strict=True) if end <= MINUTES_AT_ONCE] or asked[:1]
    indexes = {service.id: service.index for service in stores.register.catalogue().services}
    for request in requests:
        if request.service_id in indexes:
            first, last = minute_of(request.start), minute_of(request.end) - 1
            stores.writer.write(partial(_judge_again, indexes[request.service_id], first, last))
    if requests:
        with stores.register.change() as books:
            books.corrections.judged_again([request.number for request in requests])


def judge_since(starts: Mapping[int, datetime], stores: Stores, now: datetime) -> None:
    """Let the minutes of services wait from a moment on, by the index of the service: they may have passed while nobody judged."""
    for index, start in starts.items():
        stores.writer.write(partial(_judge_again, index, minute_of(start), minute_of(now)))


def _judge_again(service: int, first_minute: int, last_minute: int, store: TelemetryStore) -> None:
    store.judge_again(service, first_minute, last_minute)
