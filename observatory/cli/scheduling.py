"""Show ready texts, and what is to be published by itself: `observatory incident templates`, `scheduled` and `unschedule`."""

import json
from collections.abc import Sequence

import click

from observatory import clock
from observatory.cli.options import json_option, with_register
from observatory.flows import scheduling as flow
from observatory.flows.catalogue import observed_service
from observatory.model.ready_texts import READY_TEXTS, ready_text
from observatory.model.scheduled_message import ScheduledMessage
from observatory.model.text import Text
from observatory.readmodel.owners_document import scheduled_document
from observatory.store.register import RegisterStore


@click.command()
@click.option("--service", "service_id", metavar="ID", help="Put the names of this service in; else %(service)s stands there.")
@json_option
@with_register
def templates(register: RegisterStore, *, service_id: str | None, as_json: bool) -> None:
    """Print ready texts in both languages, a stage at a time."""
    name = Text("%(service)s", "%(service)s") if service_id is None else observed_service(register, service_id).name
    found = {stage: ready_text(stage, name) or Text("", "") for stage in READY_TEXTS}
    if as_json:
        texts = [{"stage": stage, "text_ko": text.ko, "text_en": text.en} for stage, text in found.items()]
        click.echo(json.dumps(texts, ensure_ascii=False))
        return
    for stage, text in found.items():
        click.echo(f"{stage}\n  {text.ko}\n  {text.en}")


@click.command()
@json_option
@with_register
def scheduled(register: RegisterStore, *, as_json: bool) -> None:
    """List updates and reminders that wait for their time."""
    with register.look() as books:
        show_scheduled(books.schedule.waiting(), as_json=as_json)


@click.command()
@click.argument("number", type=click.IntRange(1, 2**62))
@json_option
@with_register
def unschedule(register: RegisterStore, *, number: int, as_json: bool) -> None:
    """Let message NUMBER, which waits for its time, never be published."""
    show_scheduled([flow.unschedule(register, number, clock.now())], as_json=as_json)


def show_scheduled(found: Sequence[ScheduledMessage], *, as_json: bool) -> None:
    """Print messages that wait, or what became of them."""
    if as_json:
        click.echo(json.dumps(list(map(scheduled_document, found)), ensure_ascii=False))
        return
    for each in found:
        subject = each.incident_id or each.maintenance_id
        click.echo(f"{each.number}  {each.publish_at:%Y-%m-%dT%H:%MZ}  {subject}  {each.stage or 'reminder'}  {each.outcome or 'waits'}")
