"""Announce maintenance, change it and cancel it: `observatory maintenance`."""

import json
from collections.abc import Sequence

import click

from observatory import clock
from observatory.cli.options import BY, json_option, moment, service_option, text_options, title_options, with_register
from observatory.cli.scheduling import show_scheduled
from observatory.errors import BadInput
from observatory.flows import maintenance as flow
from observatory.flows.maintenance import known_maintenance
from observatory.flows.scheduling import schedule_reminder
from observatory.model.maintenance import Announcement, Maintenance
from observatory.model.text import Text
from observatory.readmodel.owners_document import maintenance_document
from observatory.store.register import RegisterStore


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
@title_options
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
    first, last = (moment(text, zone) for text in (start, end))
    said = Announcement(now, first, last, Text(title_ko, title_en), menu_ids)
    with register.look() as books:
        of_service = service_id if changed_id is None else known_maintenance(books, changed_id).service_id
    if of_service != service_id or (changed_id and rule):
        raise BadInput(f"cannot change {changed_id} so: it is once, of service {of_service!r}", "name that service, and give no --rule")
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


@maintenance.command()
@click.argument("maintenance_id", metavar="ID")
@click.option("--at", "publish_at", required=True, metavar="TIME", help="When it publishes itself: 2026-12-01T02:00, by the site's clock.")
@text_options
@json_option
@with_register
def remind(register: RegisterStore, *, maintenance_id: str, publish_at: str, text_ko: str, text_en: str, as_json: bool) -> None:
    """Let a reminder of maintenance ID publish itself at a time, in both languages."""
    at, text = moment(publish_at, register.catalogue().site.zone), Text(text_ko, text_en)
    show_scheduled([schedule_reminder(register, maintenance_id, text, at, BY, clock.now())], as_json=as_json)


def _show(found: Sequence[Maintenance], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([maintenance_document(each) for each in found], ensure_ascii=False))
        return
    for each in found:
        cancelled = "  cancelled" if each.cancelled_at else ""
        click.echo(f"{each.id}  {each.start:%Y-%m-%dT%H:%MZ} to {each.end:%Y-%m-%dT%H:%MZ}  {each.title.in_language('en')}{cancelled}")
