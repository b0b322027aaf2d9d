"""Check an address once, as the server checks menus, and say what was seen: `observatory probe`."""

import asyncio
import json
import sys
from collections.abc import Iterator

import click

from observatory import exit_codes
from observatory.model.catalogue import ProbeTarget
from observatory.prober.outcome import PHASES, Check
from observatory.settings import read_settings


@click.command()
@click.argument("url", metavar="URL")
@click.option("--text", default="", metavar="TEXT", help="What the answer has to hold.")
@click.option("--status", default=0, metavar="CODE", help="The only status that will do; else any below 500 but 408.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def probe(*, url: str, text: str, status: int, as_json: bool) -> None:
    """Check an address once, as menus are checked, and say what was seen; ends with 1 unless it passed.

    Needs no data folder and stores nothing; a failure here is not confirmed by a second try.
    """
    from observatory.prober.checking import checker_of  # noqa: PLC0415  # what it imports takes half a second, of every command

    check = asyncio.run(checker_of(read_settings()).check(ProbeTarget(url, text=text, status=status)))
    click.echo(json.dumps(as_document(check), ensure_ascii=False, indent=2) if as_json else "\n".join(as_lines(check)))
    if not check.passed:
        sys.exit(exit_codes.REFUSED)


def as_lines(check: Check) -> Iterator[str]:
    """Yield what was seen, for people."""
    yield f"{check.outcome}: {check.detail}" if check.detail else check.outcome
    yield from check.urls[:1]
    for url in check.urls[1:]:
        yield f"  redirected to {url}"
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
        "address": check.address or None,
        "status": check.status or None,
        "body_bytes": check.body_bytes,
        "capped": check.capped,
        "certificate_ends_at": check.certificate_ends_at.isoformat() if check.certificate_ends_at else None,
        "phases_ms": {phase: round(spent, 3) for phase, spent in (check.phases_ms or {}).items()},
        "trace_id": check.trace_id,
        "checked_at": check.ended_at.isoformat(),
    }
