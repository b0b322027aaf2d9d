"""Small bodies of many senders at one moment: each has its own answer, its own scope and counts once."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from datetime import timedelta
from functools import partial

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from observatory.access.programs.tokens import new_token
from observatory.decode.otlp.protobuf import decode_many_traces
from observatory.errors import BadTelemetry
from observatory.flows.sightings import Sightings
from observatory.flows.submitting import duplicate_key
from observatory.flows.take_in import take_in_many
from observatory.model.check import TRACE_MARK
from observatory.model.delivery import Delivery, Receipt, Sender
from observatory.receive.intake import Intake, Opened
from observatory.receive.otlp_batches import OtlpBatches
from observatory.receive.otlp_front import TOGETHER_BODY_BYTES_MAX
from observatory.receive.signals import ALL_TAKEN, TRACES, Answer
from observatory.web.context import parts_of
from tests.moments import NOW
from tests.receive.doors import HOUR_NS, JSON, PROTOBUF, Doors, a_resource, a_span, traces
from tests.registers import in_change

PORTAL = Sender("token-1", frozenset({"job-portal"}))
STRANGER = Sender("token-2", frozenset({"pensions"}))


def taken(doors: Doors, *sent: tuple[Sender, bytes]) -> list[Receipt | Exception]:
    """Take in bodies as one group."""
    bodies = [body for _, body in sent]
    deliveries = [Delivery(sender, NOW, duplicate_key(sender, "traces", body), body_bytes=len(body)) for sender, body in sent]
    return take_in_many(decode_many_traces(bodies), deliveries, doors.parts.register.catalogue(), doors.parts.writer)


def test_each_body_of_a_group_has_its_own_receipt(doors: Doors) -> None:
    two, late = traces(a_span(), a_span(status=503)), traces(a_span(), a_span(age_ns=80 * HOUR_NS))
    unknown, empty = traces(resource=a_resource("nobody")), traces(a_span(age_ns=80 * HOUR_NS))
    receipts = taken(
        doors, (PORTAL, two), (STRANGER, two), (PORTAL, late), (PORTAL, b"\xff"), (PORTAL, unknown), (PORTAL, empty), (PORTAL, b"")
    )
    assert isinstance(receipts[3], BadTelemetry)
    assert [receipt for receipt in receipts if isinstance(receipt, Receipt)] == [
        Receipt(2),
        Receipt(0, {"out_of_scope": 2}),
        Receipt(1, {"too_late": 1}),
        Receipt(0, {"unknown_service": 1}),
        Receipt(0, {"too_late": 1}),
        Receipt(0),
    ]
    assert doors.count() == 3


def test_the_same_body_counts_once_within_a_group_and_after_it(doors: Doors) -> None:
    body, other = traces(a_span(duration_ms=7)), traces(a_span(duration_ms=8))
    assert taken(doors, (PORTAL, body), (PORTAL, body), (PORTAL, other)) == [Receipt(1), Receipt(1, duplicate=True), Receipt(1)]
    assert taken(doors, (PORTAL, other)) == [Receipt(1, duplicate=True)]
    assert doors.count() == 2


def test_exemplars_are_of_the_body_they_came_in(doors: Doors) -> None:
    failed = traces(a_span(status=503, duration_ms=9))
    taken(doors, (PORTAL, traces()), (PORTAL, failed), (PORTAL, failed), (STRANGER, traces(a_span(status=500))))
    service = doors.parts.register.catalogue().service("job-portal")
    assert service is not None
    kept = doors.parts.telemetry.exemplars(service.index, int(NOW.timestamp()) // 60)
    assert [(one.status, one.duration_us) for one in kept] == [(503, 9000)]


def test_senders_at_one_moment_are_each_answered_by_their_own_scope(doors: Doors) -> None:
    token, stranger = new_token(["pensions"], doors.parts.keys, NOW - timedelta(days=1))
    in_change(doors.parts.register).tokens.add(token)

    def post(number: int) -> tuple[int, int]:
        mine = number % 2 == 0
        response = doors.app.test_client().post(
            "/v1/traces",
            data=traces(a_span(duration_ms=100 + number)),
            content_type=PROTOBUF,
            headers={"Authorization": f"Bearer {doors.token if mine else stranger}"},
        )
        return response.status_code, ExportTraceServiceResponse.FromString(response.data).partial_success.rejected_spans

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(post, range(60), timeout=60))
    assert answers == [(200, number % 2) for number in range(60)]
    assert doors.count() == 30


@pytest.mark.parametrize("spans", [1, TOGETHER_BODY_BYTES_MAX // 60])
def test_small_and_large_bodies_count_alike(doors: Doors, spans: int) -> None:
    assert doors.post("/v1/traces", traces(*[a_span()] * spans)).status_code == 200
    assert doors.count() == spans


def opened(sender: Sender, body: bytes, encoding: str = PROTOBUF) -> Opened:
    return Opened(encoding, body, encoding, Delivery(sender, NOW, duplicate_key(sender, "traces", body), body_bytes=len(body)))


def taken_together(doors: Doors, items: Sequence[Callable[[], Opened]]) -> list[Answer | Opened | BaseException]:
    """Hand in bodies at one moment; return what became of each, or what was raised."""
    batches = OtlpBatches(TRACES, decode_many_traces, parts_of(doors.app).get(Intake))

    async def take_in() -> list[Answer | Opened | BaseException]:
        return await asyncio.gather(*(batches.take_in(item, 1) for item in items), return_exceptions=True)

    return asyncio.run(asyncio.wait_for(take_in(), 60))


def test_bodies_that_come_together_are_each_answered_by_their_own_scope(doors: Doors) -> None:
    bodies = [opened((PORTAL, STRANGER)[number % 2], traces(a_span(duration_ms=100 + number))) for number in range(60)]
    answers = taken_together(doors, [partial(copy, body) for body in bodies])
    rejected = [
        ExportTraceServiceResponse.FromString(answer.body).partial_success.rejected_spans if isinstance(answer, Answer) else None
        for answer in answers
    ]
    assert rejected == [0, 1] * 30
    assert doors.count() == 30


def test_our_own_checks_are_found_in_each_body_of_a_group(doors: Doors) -> None:
    span = a_span()
    span.trace_id = TRACE_MARK + bytes(12)
    doors_of = [opened(PORTAL, traces()), opened(STRANGER, traces(span)), opened(PORTAL, traces(span))]
    taken_together(doors, [partial(copy, body) for body in doors_of])
    portal = doors.parts.register.catalogue().service("job-portal")
    assert portal is not None
    assert list(doors.parts.get(Sightings)._early) == [(portal.index, span.trace_id)]


def test_what_cannot_be_opened_or_decoded_with_others_keeps_nobody_from_being_stored(doors: Doors) -> None:
    def broken() -> Opened:
        raise BadTelemetry("cannot read body", "send another")

    in_json, malformed = opened(PORTAL, b'{"resourceSpans": []}', JSON), opened(PORTAL, b"\xff")
    good = [opened(PORTAL, traces(a_span(duration_ms=number))) for number in (1, 2)]
    items: list[Callable[[], Opened]] = [broken, *(partial(copy, body) for body in (in_json, good[0], malformed, good[1]))]
    first, handed_back, stored, refused, last = taken_together(doors, items)
    assert isinstance(first, BadTelemetry)
    assert handed_back == in_json
    assert stored == last == ALL_TAKEN[PROTOBUF]
    assert isinstance(refused, BadTelemetry)
    assert doors.count() == 2
