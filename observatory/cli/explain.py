"""Say why a minute of a service was judged as it was, down to its records: `observatory explain`."""

import json
from contextlib import closing

import click

from observatory import clock
from observatory.cli.options import with_settings
from observatory.errors import NotFound
from observatory.flows.figures import MinuteAccount, look_into
from observatory.judge.explaining import minute_named
from observatory.readmodel.minute_document import as_document
from observatory.readmodel.minute_text import as_text
from observatory.settings import Settings
from observatory.store.opening import open_reader, open_register, require_folder


@click.command()
@click.argument("service_id", metavar="SERVICE")
@click.argument("minute", metavar="MINUTE")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_settings
def explain(settings: Settings, *, service_id: str, minute: str, as_json: bool) -> None:
    """Say why a minute of a service was judged as it was; MINUTE in UTC, as 2026-11-20T09:04Z.

    Shows evidence, verdict and incident of the service and its menus, and up to 20 failed and 20 slow requests of each menu if
    the minute is less than 72 hours old.
    """
    wanted = minute_named(minute)
    account = read_account(settings, service_id, wanted)
    click.echo(json.dumps(as_document(account), ensure_ascii=False, indent=2) if as_json else as_text(account))


def read_account(settings: Settings, service_id: str, minute: int) -> MinuteAccount:
    """Return what is known of a minute; nothing is written, so a server may be running. Raises NotFound."""
    require_folder(settings.data)
    with closing(open_register(settings.data)) as register, closing(open_reader(settings.data)) as telemetry:
        service = register.catalogue().service(service_id)
        if service is None:
            raise NotFound(f"cannot find service {service_id!r}", "list them: observatory catalogue show")
        return look_into(service, minute, register, telemetry, clock.now())
