"""Small OTLP bodies of many requests come in, are decoded and stored together, a receipt for each goes out.

What it costs to decode and roll up a body of a few records is mostly what it costs to begin; together they begin once.
"""

from collections.abc import Callable, Sequence

from observatory.model.columns import DecodedBodies
from observatory.receive.gathering import Gathering
from observatory.receive.otlp import Intake
from observatory.telemetry_flow import Delivery, Receipt, take_in_many

TOGETHER_BYTES_MAX = 1 << 22
"""What bodies that are decoded together weigh at most."""


class Together:
    """Takes in the bodies of one signal. One event loop."""

    def __init__(self, signal: str, decode: Callable[[Sequence[bytes]], DecodedBodies], intake: Intake) -> None:
        self._signal = signal
        self._decode = decode
        self._intake = intake
        self._gathering: Gathering[tuple[bytes, Delivery], Receipt] = Gathering(self._take_in_all, TOGETHER_BYTES_MAX)

    async def take_in(self, body: bytes, delivery: Delivery) -> Receipt:
        """Store the records of a body in protobuf; what it accepted is durable then. Raises BadTelemetry or Overloaded."""
        return await self._gathering.hand_in((body, delivery), len(body))

    def _take_in_all(self, letters: Sequence[tuple[bytes, Delivery]]) -> list[Receipt | Exception]:
        decoded = self._decode([body for body, _ in letters])
        deliveries = [delivery for _, delivery in letters]
        parts = self._intake.parts
        receipts = take_in_many(decoded, deliveries, parts.register.recent_catalogue(), parts.writer)
        received_ms = [delivery.received_at.timestamp() * 1000 for delivery in deliveries]
        self._intake.counts.note_bodies(self._signal, receipts, decoded.columns.end_ms, decoded.ends, received_ms)
        return receipts
