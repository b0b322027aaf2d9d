"""Take bodies that came to the OTLP doors, by whichever road: each is opened, decoded, stored and counted; an answer goes out.

A part of a file that a command on this host imports is answered like any other part of a file, by a LinesAnswer.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from observatory.access.programs.senders import Senders, remembered_sender, sender_of
from observatory.flows.sightings import Sightings
from observatory.model.delivery import Delivery, Sender
from observatory.parts import Parts
from observatory.receive.deliveries import answer_of_records, delivery_of
from observatory.receive.intake_counts import IntakeCounts
from observatory.receive.signals import JSON, PROTOBUF, Answer, Decoded, Signal, answer_of, columns_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class Opened(NamedTuple):
    """A body that was read."""

    encoding: str
    """Its media type, and so the answer's."""
    content: bytes
    content_type: str
    """A body in JSON is protobuf by now, unless it has to be decoded as it is."""
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Intake:
    """What stands behind the doors of one application. Any number of threads at once."""

    parts: Parts
    counts: IntakeCounts
    senders: Senders

    def remembered(self, environ: "WSGIEnvironment") -> Sender | None:
        """Return who sends if no store has to be asked, for an event loop, which must not wait for one."""
        return remembered_sender(environ, self.senders)

    def recognise(self, environ: "WSGIEnvironment") -> Sender:
        """Return who sends: the access rule of every door. Raises NotSignedIn, NotAllowed or Overloaded."""
        return sender_of(environ, self.senders)

    def open(self, signal: Signal[Decoded], environ: "WSGIEnvironment", asking: Sender, encoding: str, body: bytes) -> Opened:
        """Return an inflated body ready to be stored. Raises BadTelemetry or QuotaSpent."""
        delivery = delivery_of(environ, asking, signal.name, body, self.parts)
        plain = body if encoding == PROTOBUF else signal.rewrite(body)
        return Opened(encoding, body, JSON, delivery) if plain is None else Opened(encoding, plain, PROTOBUF, delivery)

    def take(self, signal: Signal[Decoded], opened: Opened) -> Answer:
        """Decode and store a body; when it returns, what was accepted is durable. Raises BadTelemetry or Overloaded."""
        decoded, delivery = signal.decode[opened.content_type](opened.content), opened.delivery
        catalogue = self.parts.register.recent_catalogue()
        receipt = signal.take_in(decoded, delivery, catalogue, self.parts.writer)
        columns = columns_of(decoded)
        self.parts.get(Sightings).note_telemetry(columns, np.array([len(columns)]), [delivery], catalogue)
        self.counts.note_records(signal.name, receipt, columns.end_ms, delivery.received_at.timestamp() * 1000)
        if delivery.position is not None:
            return Answer(msgspec.json.encode(answer_of_records(receipt, columns)), JSON)
        return answer_of(signal, opened.encoding, receipt)
