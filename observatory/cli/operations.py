"""Announce maintenance and write about incidents: `observatory maintenance`, `observatory incident`."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import click

from observatory import clock
from observatory.cli.options import json_option, with_register
from observatory.errors import BadInput
from observatory.flows import maintenance as flow
from observatory.flows.incident_updates import translate_update, write_update
from observatory.model.incident_update import STAGES, Stage
from observatory.model.maintenance import Announcement, Maintenance
from observatory.model.text import Text
from observatory.readmodel.owners_document import incident_document, maintenance_document, update_document
from observatory.store.register import RegisterStore

BY = "operator"
"""Who says so, in the log: whoever may run commands on this host."""
LISTED_MAX = 100

service_option = click.option("--service", "service_id", metavar="ID", help="Of one service only.")


@click.group()
def maintenance() -> None:
    """Announce maintenance of services: what is announced a day ahead is not counted as downtime."""


@maintenance.command("list")
@service_option
@click.option("--all", "everything", is_flag=True, help="Also what is over or was cancelled.")
@json_option
@with_register
def list_maintenance(register: RegisterStore, *, service_id: str | None, everything: bool, as_json: bool) -> None:
    """List what is running and what is to come, by start; times are in UTC."""
    now = clock.now()
    with register.look() as books:
        _show([each for each in books.maintenance.announced(service_id) if everything or not each.is_over(now)], as_json=as_json)


@maintenance.command()
@click.argument("service_id", metavar="SERVICE")
@click.option("--start", required=True, metavar="TIME", help="Such as 2026-12-01T02:00, by the clock of the site.")
@click.option("--end", required=True, metavar="TIME", help="Likewise.")
@click.option("--title-ko", default="", metavar="TEXT", help="What is done, in Korean.")
@click.option("--title-en", default="", metavar="TEXT", help="What is done, in English; one of both may follow later.")
@click.option("--menu", "menu_ids", multiple=True, metavar="ID", help="A menu that is worked on; without any, the whole service.")
@click.option("--rule", default="", metavar="RRULE", help="When it happens again, such as FREQ=WEEKLY;BYDAY=SU (RFC 5545).")
@click.option("--change", "changed_id", metavar="ID", help="Announce this one anew instead, once.")
@json_option
@with_register
def announce(  # noqa: PLR0913 - click hands every option over by itself
    register: RegisterStore,
    *,
    service_id: str,
    start: str,
    end: str,
    title_ko: str,
    title_en: str,
    menu_ids: tuple[str, ...],
    rule: str,
    changed_id: str | None,
    as_json: bool,
) -> None:
    """Announce maintenance of SERVICE, once or by a rule; it is public at once."""
    now, zone = clock.now(), register.catalogue().site.zone
    first, last = (_local(text).replace(tzinfo=zone).astimezone(UTC) for text in (start, end))
    said = Announcement(now, first, last, Text(title_ko, title_en), menu_ids)
    if changed_id is None:
        _show(flow.announce(register, service_id, said, rule, BY, now), as_json=as_json)
    else:
        _show([flow.change(register, changed_id, said, BY, now)], as_json=as_json)


@maintenance.command()
@click.argument("maintenance_id", metavar="ID")
@json_option
@with_register
def cancel(register: RegisterStore, *, maintenance_id: str, as_json: bool) -> None:
    """Cancel maintenance: from now on its minutes count again."""
    _show([flow.cancel(register, maintenance_id, BY, clock.now())], as_json=as_json)


@click.group()
def incident() -> None:
    """Tell people what is going on while a service fails."""


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
@click.option("--text-ko", default="", metavar="TEXT", help="In Korean.")
@click.option("--text-en", default="", metavar="TEXT", help="In English; one of both may follow later.")
@click.option("--translate", "number", type=int, metavar="NUMBER", help="Only add the missing language to the update of this number.")
@json_option
@with_register
def update(
    register: RegisterStore, *, incident_id: str, stage: Stage, text_ko: str, text_en: str, number: int | None, as_json: bool
) -> None:
    """Write an update to incident ID; it is public at once and stays as it is."""
    text, now = Text(text_ko, text_en), clock.now()
    if number is None:
        written = write_update(register, incident_id, stage, text, BY, now)
    else:
        written = translate_update(register, incident_id, number, text, BY, now)
    click.echo(
        json.dumps(update_document(written), ensure_ascii=False) if as_json else f"published update {written.number} of {incident_id}"
    )


def _local(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M")  # noqa: DTZ007 - the site's zone is added
    except ValueError:
        raise BadInput(f"cannot read time {text[:40]!r}", "write it as 2026-12-01T02:00, by the clock of the site") from None


def _show(found: Sequence[Maintenance], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([maintenance_document(each) for each in found], ensure_ascii=False))
        return
    for each in found:
        cancelled = "  cancelled" if each.cancelled_at else ""
        click.echo(f"{each.id}  {each.start:%Y-%m-%dT%H:%MZ} to {each.end:%Y-%m-%dT%H:%MZ}  {each.title.in_language('en')}{cancelled}")
