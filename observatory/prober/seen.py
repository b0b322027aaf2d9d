"""Gather what one check sees while it is under way."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from observatory.model.check import TRACE_MARK, Phase
from observatory.prober.cookies import Cookies


@dataclass(slots=True)
class Seen:
    """What a check has seen so far."""

    urls: list[str]
    trace_id: str = field(default_factory=lambda: TRACE_MARK.hex() + secrets.token_hex(12))
    address: str = ""
    status: int = 0
    body_bytes: int = 0
    capped: bool = False
    certificate_ends_at: datetime | None = None
    phases_ms: dict[Phase, float] = field(default_factory=dict)
    step: int = 0
    cookies: Cookies | None = None
    """Those of a journey; a single address is asked without."""

    def begin(self, step: int, url: str) -> None:
        """Go on to a step: what is seen from now on is of that."""
        self.step, self.status, self.body_bytes, self.capped, self.phases_ms = step, 0, 0, False, {}
        self.urls.append(url)

    def note_certificate(self, ends_at: datetime | None) -> None:
        """Note the end of a certificate: of several, a check tells of the earliest."""
        if ends_at is not None:
            self.certificate_ends_at = min(ends_at, self.certificate_ends_at or ends_at)

    @contextmanager
    def timed(self, phase: Phase) -> Iterator[None]:
        """Add what a block takes to a phase."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.phases_ms[phase] = self.phases_ms.get(phase, 0.0) + (time.perf_counter() - begun) * 1000
