"""Tie incidents of several services to one cause: `observatory incident tie`, `observatory incident untie`."""

import json

import click

from observatory import clock
from observatory.cli.options import BY, json_option, title_options, with_register
from observatory.errors import BadInput
from observatory.flows import shared_causes as flow
from observatory.model.shared_cause import SharedCause
from observatory.model.text import Text
from observatory.readmodel.owners_document import cause_document
from observatory.store.register import RegisterStore


@click.command()
@click.argument("incident_ids", metavar="INCIDENT...", nargs=-1, required=True)
@click.option("--cause", "cause_id", metavar="ID", help="Tie them to this one, rather than to a new one with a title.")
@title_options
@json_option
@with_register
def tie(
    register: RegisterStore, *, incident_ids: tuple[str, ...], cause_id: str | None, title_ko: str, title_en: str, as_json: bool
) -> None:
    """Say that INCIDENTs of several services have one cause; their minutes stay with their services."""
    title, now = Text(title_ko, title_en), clock.now()
    if cause_id is not None and any(title):
        raise BadInput("cannot name a cause anew", "leave the title out, or --cause")
    _show(
        flow.share(register, title, incident_ids, BY, now) if cause_id is None else flow.tie(register, cause_id, incident_ids, BY, now),
        as_json=as_json,
    )


@click.command()
@click.argument("cause_id", metavar="CAUSE")
@click.argument("incident_ids", metavar="[INCIDENT...]", nargs=-1)
@json_option
@with_register
def untie(register: RegisterStore, *, cause_id: str, incident_ids: tuple[str, ...], as_json: bool) -> None:
    """Say that INCIDENTs, without any all of them, do not come from CAUSE; that they were tied stays readable."""
    _show(flow.untie(register, cause_id, incident_ids, BY, clock.now()), as_json=as_json)


def _show(found: SharedCause, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(cause_document(found), ensure_ascii=False))
        return
    click.echo(f"{found.id}  {found.title.in_language('en')}  tied: {' '.join(found.tied) or 'none'}")
