"""Tell people what is going on while a service fails: `observatory incident`."""

import json
from contextlib import closing

import click

from observatory import clock
from observatory.cli.options import BY, json_option, moment, service_option, text_options, title_options, with_register, with_settings
from observatory.cli.scheduling import scheduled, show_scheduled, templates, unschedule
from observatory.cli.shared_causes import tie, untie
from observatory.errors import BadInput
from observatory.flows import declarations as flow
from observatory.flows.incident_updates import translate_update, write_update
from observatory.flows.scheduling import schedule_update
from observatory.model.declaration import DECLARED_SEVERITIES, Declaration, DeclaredSeverity
from observatory.model.incident_update import STAGES, Stage
from observatory.model.text import Text
from observatory.readmodel.owners_document import declaration_document, incident_document, update_document
from observatory.settings import Settings
from observatory.store.opening import open_reader, open_register, prepare_folder
from observatory.store.register import RegisterStore

LISTED_MAX = 100


@click.group()
def incident() -> None:
    """Tell people what is going on while a service fails."""


incident.add_command(tie)
incident.add_command(untie)
incident.add_command(templates)
incident.add_command(scheduled)
incident.add_command(unschedule)


@incident.command("list")
@service_option
@click.option("--menu", "menu_id", metavar="ID", help="Of one menu of that service; without it, of services as a whole.")
@click.option("--all", "everything", is_flag=True, help=f"Also those that are over, the newest {LISTED_MAX}.")
@json_option
@with_register
def list_incidents(register: RegisterStore, *, service_id: str | None, menu_id: str | None, everything: bool, as_json: bool) -> None:
    """List incidents that go on, newest first, with what was written about them."""
    start, limit = (None, LISTED_MAX) if everything else (clock.now(), None)
    with register.look() as books:
        found = [each for each in books.incidents.incidents(service_id, menu_id, start, limit=limit) if everything or not each.ended_at]
        updates = books.updates.updates([each.id for each in found])
    if as_json:
        click.echo(json.dumps([incident_document(each, updates.get(each.id, ())) for each in found], ensure_ascii=False))
        return
    for each in found:
        ended = f"to {each.ended_at:%Y-%m-%dT%H:%MZ}" if each.ended_at else "goes on"
        click.echo(f"{each.id}  {each.severity}  {each.started_at:%Y-%m-%dT%H:%MZ}  {ended}  updates: {len(updates.get(each.id, ()))}")


@incident.command()
@click.argument("incident_id", metavar="ID")
@click.option("--stage", type=click.Choice(STAGES), default=STAGES[0], show_default=True, help="How far it is.")
@text_options
@click.option("--translate", "number", type=int, metavar="NUMBER", help="Only add the missing language to the update of this number.")
@click.option("--at", "publish_at", metavar="TIME", help="Let it publish itself then, by the clock of the site, if it still goes on.")
@json_option
@with_register
def update(  # noqa: PLR0913 - click hands every option over by itself
    register: RegisterStore,
    *,
    incident_id: str,
    stage: Stage,
    text_ko: str,
    text_en: str,
    number: int | None,
    publish_at: str | None,
    as_json: bool,
) -> None:
    """Write an update to incident ID; it is public at once, or at a time, and stays as it is."""
    text, now = Text(text_ko, text_en), clock.now()
    if publish_at is not None and number is not None:
        raise BadInput("cannot translate an update at a time", "leave out --at, or --translate")
    if publish_at is not None:
        at = moment(publish_at, register.catalogue().site.zone)
        show_scheduled([schedule_update(register, incident_id, stage, text, at, BY, now)], as_json=as_json)
        return
    if number is None:
        written = write_update(register, incident_id, stage, text, BY, now)
    else:
        written = translate_update(register, incident_id, number, text, BY, now)
    click.echo(
        json.dumps(update_document(written), ensure_ascii=False) if as_json else f"published update {written.number} of {incident_id}"
    )


@incident.command()
@click.argument("service_id", metavar="SERVICE")
@click.option(
    "--from", "start", required=True, metavar="TIME", help="Such as 2026-12-01T02:00, by the clock of the site; 72 hours ago at most."
)
@click.option("--to", "end", metavar="TIME", help="Likewise; without it, it goes on until `observatory incident end`.")
@click.option("--menu", "menu_ids", multiple=True, metavar="ID", help="A menu that fails; without any, the whole service.")
@click.option("--severity", type=click.Choice(DECLARED_SEVERITIES), default="down", show_default=True, help="How badly it fails.")
@title_options
@json_option
@with_settings
def declare(  # noqa: PLR0913 - click hands every option over by itself
    settings: Settings,
    *,
    service_id: str,
    start: str,
    end: str | None,
    menu_ids: tuple[str, ...],
    severity: DeclaredSeverity,
    title_ko: str,
    title_en: str,
    as_json: bool,
) -> None:
    """Declare that SERVICE fails, whatever is measured; nobody can make it shorter again but an auditor."""
    prepare_folder(settings.data, create=False)
    with closing(open_register(settings.data)) as register, closing(open_reader(settings.data)) as telemetry:
        now, zone = clock.now(), register.catalogue().site.zone
        first, last = moment(start, zone), None if end is None else moment(end, zone)
        said = Declaration("", service_id, menu_ids, severity, first, last, Text(title_ko, title_en), now)
        _show(flow.declare(register, said, BY, now, telemetry), as_json=as_json)


@incident.command()
@click.argument("declaration_id", metavar="ID")
@title_options
@json_option
@with_register
def end(register: RegisterStore, *, declaration_id: str, title_ko: str, title_en: str, as_json: bool) -> None:
    """Say that the declared failure ID is over by now; with a title, only add it in the language that is missing."""
    title, now = Text(title_ko, title_en), clock.now()
    found = flow.translate(register, declaration_id, title, BY, now) if any(title) else flow.end(register, declaration_id, BY, now)
    _show(found, as_json=as_json)


def _show(found: Declaration, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(declaration_document(found), ensure_ascii=False))
        return
    ended = f"to {found.end:%Y-%m-%dT%H:%MZ}" if found.end else "goes on"
    click.echo(f"{found.id}  {found.severity}  {found.start:%Y-%m-%dT%H:%MZ}  {ended}  {found.title.in_language('en')}")
