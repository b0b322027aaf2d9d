"""Show who sends what: `observatory senders`."""

import json
from contextlib import closing

import click

from observatory.cli.options import with_settings
from observatory.model.sender_note import COUNTED, UNMATCHED
from observatory.readmodel.sending_report import document_of, lines_of, row_of, unmatched_requests
from observatory.settings import Settings
from observatory.store.opening import open_reader, open_register, require_folder


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_settings
def senders(settings: Settings, *, as_json: bool) -> None:
    """Show who sent what in the last 30 days, telemetry that belongs to no service, and requests no menu matches.

    A server stores this every few seconds.
    """
    require_folder(settings.data)
    with closing(open_register(settings.data)) as register, closing(open_reader(settings.data)) as telemetry:
        catalogue, notes = register.catalogue(), telemetry.sender_notes()
        unmatched = list(unmatched_requests(catalogue, notes, telemetry))
    ids = {service.index: service.id for service in catalogue.services}
    counted = [row_of(note, ids) for note in notes if note.key.reason == COUNTED]
    nobodys = [row_of(note, ids) for note in notes if note.key.reason not in (COUNTED, UNMATCHED)]
    if as_json:
        click.echo(
            json.dumps({"senders": counted, "quarantined": nobodys, "unmatched": list(map(document_of, unmatched))}, ensure_ascii=False)
        )
    else:
        click.echo("\n".join(lines_of(counted, nobodys, unmatched)))
