"""Keep what our own checks saw, under the name of the place they are made from."""

from collections.abc import Sequence

import numpy as np

from observatory.flows.sightings import Sightings
from observatory.flows.take_in_probes import take_in_probes
from observatory.flows.vantages import Place
from observatory.model.check import OUTCOMES
from observatory.model.columns import ProbeDetails, ProbeName, ProbeRows
from observatory.model.delivery import Delivery, Sender
from observatory.parts import Parts
from observatory.prober.finished import Finished, Unchecked, attempts_of
from observatory.prober.outcome import Check

OURSELVES = Sender("prober", None)


class Vantage:
    """The place of the server itself. One thread at a time."""

    def __init__(self, parts: Parts, name: str) -> None:
        self._parts = parts
        self._place = Place(name, scheduled=True)
        self._unchecked = Unchecked()

    def keep(self, finished: Sequence[Finished]) -> None:
        """Store every attempt; when it returns, they are durable. Raises Overloaded, then none was stored, or Conflict."""
        self._unchecked.tell(finished)
        if attempts := attempts_of(finished):
            parts = self._parts
            rows, delivery, catalogue = _rows(attempts), Delivery(OURSELVES, parts.now()), parts.register.catalogue()
            take_in_probes(rows, self._place, delivery, catalogue, parts.register, parts.writer)
            parts.get(Sightings).note_checks(rows, catalogue, delivery.received_at)


def _rows(attempts: Sequence[tuple[Finished, Check]]) -> ProbeRows:
    """Return attempts as rows."""
    names: dict[ProbeName, int] = {}
    index = [names.setdefault(ProbeName(one.probed.service_id, one.probed.menu_id), len(names)) for one, _ in attempts]
    return ProbeRows(
        name_index=np.array(index, np.int32),
        checked_ms=np.array([round(one.ended_at.timestamp() * 1000) for one, _ in attempts], np.int64),
        ok=np.array([check.passed for _, check in attempts], np.bool_),
        status=np.array([check.status for _, check in attempts], np.int16),
        duration_us=np.array([round(check.duration_ms * 1000) for _, check in attempts], np.int64),
        names=tuple(names),
        lines_read=len(attempts),
        details=_details([check for _, check in attempts]),
    )


def _details(checks: Sequence[Check]) -> ProbeDetails:
    ends = (check.certificate_ends_at for check in checks)
    return ProbeDetails(
        trace_id=np.frombuffer(bytes.fromhex("".join(check.trace_id for check in checks)), np.uint64).reshape(len(checks), 2),
        outcome=np.array([OUTCOMES.index(check.outcome) for check in checks], np.int8),
        certificate_s=np.array([int(end.timestamp()) if end else 0 for end in ends], np.int64),
    )
