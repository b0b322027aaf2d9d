"""`observatory check-log`: the stored log in, whether it is what was appended out."""

import json
import sys

import click

from observatory import signoff_flow
from observatory.cli.options import with_settings
from observatory.settings import Settings
from observatory.signoff_flow import LogReport
from observatory.store.opening import open_register, require_folder

EXIT_BROKEN = 1


@click.command("check-log")
@with_settings
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check_log(settings: Settings, *, as_json: bool) -> None:
    """Recompute the chain of the log; exit 1 and name the first broken entry if it is not what was appended."""
    require_folder(settings.data)
    register = open_register(settings.data)
    try:
        report = signoff_flow.check_log(register)
    finally:
        register.close()
    click.echo(as_json_text(report) if as_json else as_line(report))
    sys.exit(EXIT_BROKEN if report.broken else 0)


def as_line(report: LogReport) -> str:
    """Return the report as one line."""
    if report.broken:
        return f"broken: entry {report.broken.index} {report.broken.reason}"
    return f"ok: {report.size} entries, newest {report.newest_hash.hex()}"


def as_json_text(report: LogReport) -> str:
    """Return the report for programs."""
    broken = {"index": report.broken.index, "reason": report.broken.reason} if report.broken else None
    return json.dumps({"ok": broken is None, "entries": report.size, "newest_hash": report.newest_hash.hex(), "broken": broken})
