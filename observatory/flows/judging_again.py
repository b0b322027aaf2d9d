"""Let minutes be judged again for another reason than new evidence: a correction, maintenance, a new version of the method."""

from functools import partial

from observatory.flows.judging import Stores
from observatory.judge.days import minute_of
from observatory.store.telemetry import TelemetryStore


def take_up_requests(stores: Stores) -> None:
    """Let the minutes wait that are to be judged again for another reason than new evidence. Killed in between, it does so again."""
    with stores.register.look() as books:
        requests = books.corrections.to_judge_again()
    indexes = {service.id: service.index for service in stores.register.catalogue().services}
    for request in requests:
        if request.service_id in indexes:
            first, last = minute_of(request.start), minute_of(request.end) - 1
            stores.writer.write(partial(_judge_again, indexes[request.service_id], first, last))
    if requests:
        with stores.register.change() as books:
            books.corrections.judged_again([request.number for request in requests])


def _judge_again(service: int, first_minute: int, last_minute: int, store: TelemetryStore) -> None:
    store.judge_again(service, first_minute, last_minute)
