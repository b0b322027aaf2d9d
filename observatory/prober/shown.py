"""Show what one check saw, to people or to programs."""

from collections.abc import Collection, Iterator

from observatory.model.check import PHASES
from observatory.prober.outcome import Check


def as_lines(check: Check, steps: Collection[str] = ()) -> Iterator[str]:
    """Yield what was seen, for people; `steps` are the addresses of a journey, others were redirected to."""
    yield f"{check.outcome}: {check.detail}" if check.detail else check.outcome
    yield from check.urls[:1]
    for url in check.urls[1:]:
        yield f"  then {url}" if url in steps else f"  redirected to {url}"
    if check.address:
        yield f"  address      {check.address}"
    if check.status:
        yield f"  status       {check.status}"
        yield f"  body         {check.body_bytes} bytes" + (", and more that was not waited for" if check.capped else "")
    if check.certificate_ends_at is not None:
        yield f"  certificate  ends {check.certificate_ends_at:%Y-%m-%d %H:%M} UTC"
    phases = check.phases_ms or {}
    for phase in PHASES:
        if phase in phases:
            yield f"  {phase:<11}  {phases[phase]:.1f} ms"


def as_document(check: Check) -> dict[str, object]:
    """Return the same for programs."""
    return {
        "passed": check.passed,
        "outcome": check.outcome,
        "detail": check.detail or None,
        "urls": list(check.urls),
        "step": check.step,
        "address": check.address or None,
        "status": check.status or None,
        "body_bytes": check.body_bytes,
        "capped": check.capped,
        "certificate_ends_at": check.certificate_ends_at.isoformat() if check.certificate_ends_at else None,
        "phases_ms": {phase: round(spent, 3) for phase, spent in (check.phases_ms or {}).items()},
        "trace_id": check.trace_id,
        "checked_at": check.ended_at.isoformat(),
    }
