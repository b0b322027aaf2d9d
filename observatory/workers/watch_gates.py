"""Note in the log which release gates opened and shut, by what was signed and by time alone."""

from datetime import datetime

import structlog

from observatory.flows.gate import witnessed_size
from observatory.flows.gate_watch import note_gates
from observatory.flows.public_log import SignedLog
from observatory.flows.release_history import KnownHistory, at_witnessed_size
from observatory.parts import Parts

log = structlog.get_logger(__name__)


class WatchGates:
    """A step that remembers what it looked at: as long as neither the log nor the minute is another, no gate is."""

    def __init__(self) -> None:
        self._looked_at: tuple[int, int | None, datetime] | None = None

    def __call__(self, parts: Parts) -> bool:
        """Note what changed; True while there may be more. Nothing is noted in a log that is not what was signed."""
        now, signed_log = parts.now(), parts.get(SignedLog)
        history, witnessed = parts.get(KnownHistory).look(), witnessed_size(signed_log, now)
        looked_at = history.size, witnessed, now.replace(second=0, microsecond=0)
        if looked_at == self._looked_at or signed_log.look(now).broken is not None:
            return False
        noted = note_gates(parts.register, at_witnessed_size(history, witnessed), now)
        if noted:
            log.info("gates changed", count=noted)
        else:
            self._looked_at = looked_at
        return noted > 0
