"""Check an address once, as the server checks menus, and say what was seen: `observatory probe`."""

import asyncio
import json
import sys

import click

from observatory import exit_codes
from observatory.model.catalogue import ProbeStep, ProbeTarget
from observatory.prober.shown import as_document, as_lines
from observatory.settings import read_settings


@click.command()
@click.argument("urls", metavar="URL...", nargs=-1, required=True)
@click.option("--text", default="", metavar="TEXT", help="What the answer has to hold.")
@click.option("--status", default=0, metavar="CODE", help="The only status that will do; else any below 500 but 408.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def probe(*, urls: tuple[str, ...], text: str, status: int, as_json: bool) -> None:
    """Check an address once, as menus are checked, and say what was seen; ends with 1 unless it passed.

    Several are the steps of one journey; text and status are what the last has to hold and be. Needs no data folder and stores
    nothing; a failure here is not confirmed by a second try.
    """
    from observatory.prober.checking import checker_of  # noqa: PLC0415  # what it imports takes half a second, of every command

    *before, last = urls
    steps = (*map(ProbeStep, before), ProbeStep(last, text, status))
    check = asyncio.run(checker_of(read_settings()).check(ProbeTarget(steps=steps)))
    click.echo(json.dumps(as_document(check), ensure_ascii=False, indent=2) if as_json else "\n".join(as_lines(check, [*before, last])))
    if not check.passed:
        sys.exit(exit_codes.REFUSED)
