"""Write what checks saw as lines of JSON, one an attempt, in the words of the server's door for probe results."""

from collections.abc import Sequence

import msgspec

from observatory.prober.finished import Finished, attempts_of
from observatory.prober.outcome import Check


def lines_of(finished: Sequence[Finished]) -> list[bytes]:
    """Return a line, without its end, for every attempt that says something about its service."""
    return [msgspec.json.encode(_attempt(one, check)) for one, check in attempts_of(finished)]


def _attempt(one: Finished, check: Check) -> dict[str, object]:
    phases = check.phases_ms or {}
    return {
        "checked_at": one.ended_at.isoformat(),
        "service": one.probed.service_id,
        "menu": one.probed.menu_id,
        "state": "up" if check.passed else "down",
        "http_status": check.status or None,
        "response_ms": round(check.duration_ms, 3),
        "outcome": check.outcome,
        "trace_id": check.trace_id,
        "certificate_ends_at": check.certificate_ends_at.isoformat() if check.certificate_ends_at else None,
        **{f"{phase}_ms": round(spent, 3) for phase, spent in phases.items()},
    }
