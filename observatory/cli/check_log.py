"""Check that the stored log, or one that was exported, is what was appended: `observatory check-log`."""

import json
import re
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

import click

from observatory import clock
from observatory.cli.options import with_settings
from observatory.cli.progress import progress
from observatory.errors import BadInput, Conflict
from observatory.flows import log_checking
from observatory.flows.log_checking import LogReport
from observatory.flows.log_signing import CheckpointSigner
from observatory.flows.log_tiles import exported
from observatory.flows.log_witnesses import NewestWitnessed
from observatory.settings import Settings
from observatory.store.log_folder import read_log_file, write_log_folder
from observatory.store.log_policy_file import read_log_policy
from observatory.store.opening import head_note_of, open_register, prepare_folder, require_folder, signed_head_of
from observatory.store.register import RegisterStore
from observatory.transparency.exported import check_export
from observatory.transparency.note import NoteKey

EXIT_BROKEN = 1
HEAD = re.compile(r"(\d{1,15}):([0-9a-f]{64})", re.ASCII)
FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("check-log")
@with_settings
@click.option("--expect", "expected", multiple=True, metavar="SIZE:HASH", help="A head you kept, as published; the log must go on from it.")
@click.option("--full", is_flag=True, help="Hash every entry again, not the newest alone.")
@click.option("--export", "target", type=FOLDER, metavar="DIR", help="Write what is signed to a new folder DIR, which verifies by itself.")
@click.option("--from", "source", type=FOLDER, metavar="DIR", help="Check an exported log instead.")
@click.option("--key", "keys", multiple=True, metavar="KEY", help="With --from: a key of the log that you trust, as /api/v1/log shows it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check_log(
    settings: Settings,
    *,
    expected: tuple[str, ...],
    full: bool,
    target: Path | None,
    source: Path | None,
    keys: tuple[str, ...],
    as_json: bool,
) -> None:
    """Make the tree of the log again; exit 1 and name the first broken entry if it is not what was appended.

    It must also go on from what the server signed last, and from every head you kept yourself.
    """
    if (source is None and keys) or (source is not None and (expected or full or target)):
        raise BadInput("cannot check a folder and an exported log at once", "give --from with --key and --json alone, or leave both out")
    if source is not None:
        report = check_folder(source, [NoteKey.parse(key) for key in keys])
    else:
        require_folder(settings.data)
        heads = [read_head(text) for text in expected]
        signed = signed_head_of(settings.data, settings.outside_key)
        with closing(open_register(settings.data)) as register, progress("checking") as tell:
            report = log_checking.check_log(register, [*heads, *([signed.head] if signed is not None else [])], full=full, tell=tell)
            if target is not None and report.broken is None:
                export(settings, register, target)
    click.echo(as_json_text(report) if as_json else as_line(report))
    sys.exit(EXIT_BROKEN if report.broken else 0)


def check_folder(folder: Path, trusted: list[NoteKey]) -> LogReport:
    """Return what checking an exported log found. Raises BadInput for one that nobody may believe."""
    with progress("checking") as tell:
        found, broken = check_export(partial(read_log_file, folder), trusted, tell)
    return LogReport(found.size, found.root, broken)


def export(settings: Settings, register: RegisterStore, folder: Path) -> None:
    """Write the log as the server signed it last. Raises Conflict if it never did."""
    note = head_note_of(settings.data, settings.outside_key)
    signer = CheckpointSigner(register, prepare_folder(settings.data, key_file=settings.outside_key), note, "")
    kept = signer.kept()
    if kept is None or kept.signed is None:
        raise Conflict("cannot export the log: nothing of it is signed yet", "start the server once, which signs it")
    policy = read_log_policy(settings.log_policy)
    content = NewestWitnessed(register, policy).with_cosignatures(kept.signed) if policy is not None else kept.signed.content
    witnesses = [each.key for each in policy.witnesses.values()] if policy is not None else []
    write_log_folder(folder, exported(register, kept.signed, content, [*(each.key for each in signer.signers(clock.now())), *witnesses]))


def read_head(text: str) -> tuple[int, bytes]:
    """Return the size and root (or newest hash) that a text such as `12:9f86…` means. Raises BadInput."""
    match = HEAD.fullmatch(text.strip().lower())
    if match is None:
        raise BadInput(f"cannot read head {text!r}", "write SIZE:HASH as published: the number of entries and 64 hexadecimal digits")
    return int(match[1]), bytes.fromhex(match[2])


def as_line(report: LogReport) -> str:
    """Return the report as one line."""
    if report.broken:
        return f"broken: entry {report.broken.index} {report.broken.reason}"
    return f"ok: {report.size} entries, root {report.root.hex()}"


def as_json_text(report: LogReport) -> str:
    """Return the report for programs."""
    broken = {"index": report.broken.index, "reason": report.broken.reason} if report.broken else None
    return json.dumps({"ok": broken is None, "entries": report.size, "root": report.root.hex(), "broken": broken})
