"""Open, decode and store OTLP bodies of many requests together, and answer each.

What it costs to work on a body of a few records is mostly what it costs to begin. Together they begin once, and each step is
done for all of them before the next: code that was run a moment ago takes half as long.
"""

from asyncio import Future
from collections.abc import Callable, Sequence

from observatory.flows.sightings import Sightings
from observatory.flows.take_in import take_in_many
from observatory.model.columns import DecodedBodies, RequestColumns
from observatory.receive.intake import Intake, Opened
from observatory.receive.micro_batching import MicroBatcher
from observatory.receive.signals import PROTOBUF, Answer, Signal, answer_of

BATCH_BYTES_MAX = 1 << 22
"""What bodies that are decoded together weigh at most."""


class OtlpBatches:
    """Takes in the bodies of one signal. One event loop."""

    def __init__(self, signal: Signal[RequestColumns], decode: Callable[[Sequence[bytes]], DecodedBodies], intake: Intake) -> None:
        self._signal = signal
        self._decode = decode
        self._intake = intake
        self._batcher: MicroBatcher[Callable[[], Opened], Answer | Opened] = MicroBatcher(self._answer_all, BATCH_BYTES_MAX)

    def take_in(self, open_body: Callable[[], Opened], weight: int) -> "Future[Answer | Opened]":
        """Open a body of so many bytes, on another thread, and store its records: what the answer accepts is durable.

        A body that is no protobuf then has to be stored by itself and is handed back. What is raised is what opening raises,
        BadTelemetry or Overloaded.
        """
        return self._batcher.hand_in(open_body, weight)

    def _answer_all(self, items: Sequence[Callable[[], Opened]]) -> list[Answer | Opened | Exception]:
        opened = [_attempt(open_body) for open_body in items]
        plain = {number: body for number, body in enumerate(opened) if isinstance(body, Opened) and body.content_type == PROTOBUF}
        answers = dict(zip(plain, self._store([*plain.values()]), strict=True))
        return [answers.get(number, body) for number, body in enumerate(opened)]

    def _store(self, bodies: Sequence[Opened]) -> list[Answer | Exception]:
        """Store bodies in protobuf, each or not by itself."""
        if not bodies:
            return []
        decoded = self._decode([body.content for body in bodies])
        deliveries = [body.delivery for body in bodies]
        parts = self._intake.parts
        catalogue = parts.register.recent_catalogue()
        receipts = take_in_many(decoded, deliveries, catalogue, parts.writer)
        parts.get(Sightings).note_telemetry(decoded.columns, decoded.ends, deliveries, catalogue)
        received_ms = [delivery.received_at.timestamp() * 1000 for delivery in deliveries]
        self._intake.counts.note_bodies(self._signal.name, receipts, decoded.columns.end_ms, decoded.ends, received_ms)
        return [
            receipt if isinstance(receipt, Exception) else answer_of(self._signal, body.encoding, receipt)
            for body, receipt in zip(bodies, receipts, strict=True)
        ]


def _attempt(open_body: Callable[[], Opened]) -> Opened | Exception:
    try:
        return open_body()
    except Exception as error:  # noqa: BLE001  # raised again by `take_in`
        return error
