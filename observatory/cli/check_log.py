"""Check that the stored log is what was appended: `observatory check-log`."""

import json
import re
import sys
from contextlib import closing

import click

from observatory.cli.options import with_settings
from observatory.errors import BadInput
from observatory.flows import log_checking
from observatory.flows.log_checking import LogReport
from observatory.settings import Settings
from observatory.store.opening import open_register, require_folder, signed_head_of

EXIT_BROKEN = 1
HEAD = re.compile(r"(\d{1,15}):([0-9a-f]{64})", re.ASCII)


@click.command("check-log")
@with_settings
@click.option("--expect", "expected", multiple=True, metavar="SIZE:HASH", help="A head you kept, as published; the log must go on from it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check_log(settings: Settings, *, expected: tuple[str, ...], as_json: bool) -> None:
    """Recompute the chain of the log; exit 1 and name the first broken entry if it is not what was appended.

    It must also go on from the head that the server signed last, and from every head you kept yourself.
    """
    require_folder(settings.data)
    heads = [read_head(text) for text in expected]
    signed = signed_head_of(settings.data, settings.outside_key)
    with closing(open_register(settings.data)) as register:
        report = log_checking.check_log(register, [*heads, *([signed.head] if signed is not None else [])])
    click.echo(as_json_text(report) if as_json else as_line(report))
    sys.exit(EXIT_BROKEN if report.broken else 0)


def read_head(text: str) -> tuple[int, bytes]:
    """Return the size and newest hash that a text such as `12:9f86…` means. Raises BadInput."""
    match = HEAD.fullmatch(text.strip().lower())
    if match is None:
        raise BadInput(f"cannot read head {text!r}", "write SIZE:HASH as published: the number of entries and 64 hexadecimal digits")
    return int(match[1]), bytes.fromhex(match[2])


def as_line(report: LogReport) -> str:
    """Return the report as one line."""
    if report.broken:
        return f"broken: entry {report.broken.index} {report.broken.reason}"
    return f"ok: {report.size} entries, newest {report.root.hex()}"


def as_json_text(report: LogReport) -> str:
    """Return the report for programs."""
    broken = {"index": report.broken.index, "reason": report.broken.reason} if report.broken else None
    return json.dumps({"ok": broken is None, "entries": report.size, "newest_hash": report.root.hex(), "broken": broken})
