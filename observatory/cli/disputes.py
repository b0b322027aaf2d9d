"""Show what is disputed, and write down what an auditor answered: `observatory dispute`."""

import json
from contextlib import closing

import click

from observatory import clock
from observatory.access.people.account_marks import account_mark
from observatory.cli.corrections import auditor_of
from observatory.cli.options import json_option, with_register, with_settings
from observatory.errors import BadInput
from observatory.flows.disputes import answer_dispute, dispute_of
from observatory.model.text import Text
from observatory.readmodel.owners_document import dispute_document
from observatory.settings import Settings
from observatory.store.opening import open_register, prepare_folder
from observatory.store.register import RegisterStore


@click.group()
def dispute() -> None:
    """Answer what those who run a service dispute of an incident; they dispute it at the desk."""


@dispute.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that were answered.")
@json_option
@with_register
def list_disputes(register: RegisterStore, *, everything: bool, as_json: bool) -> None:
    """List what waits for an auditor, oldest first."""
    with register.look() as books:
        found = [each for each in books.disputes.listed() if everything or each.answer is None]
    if as_json:
        click.echo(json.dumps(list(map(dispute_document, found)), ensure_ascii=False))
        return
    for each in found:
        click.echo(f"{each.id}  {each.state}  {each.at:%Y-%m-%dT%H:%MZ}  {json.dumps(each.text.in_language('en'), ensure_ascii=False)}")


@dispute.command()
@click.argument("dispute_id", metavar="ID")
@click.option("--auditor", "staff_id", required=True, metavar="STAFF_ID", help="Who decided it; the log names them by a mark.")
@click.option("--accept", is_flag=True, help="It holds: the minutes of the incident are judged anew.")
@click.option("--decline", is_flag=True, help="It does not hold.")
@click.option("--reason-ko", required=True, metavar="TEXT", help="Why, in Korean: published for ever.")
@click.option("--reason-en", required=True, metavar="TEXT", help="The same in English.")
@json_option
@with_settings
def answer(  # noqa: PLR0913 - click hands every option over by itself
    settings: Settings, *, dispute_id: str, staff_id: str, accept: bool, decline: bool, reason_ko: str, reason_en: str, as_json: bool
) -> None:
    """Answer dispute ID; an accepted one corrects the minutes of its incident, and all of it stands in the public log."""
    if accept == decline:
        raise BadInput("cannot answer a dispute without one yes or no", "add --accept or --decline")
    keys = prepare_folder(settings.data, key_file=settings.outside_key, create=False)
    with closing(open_register(settings.data)) as register:
        with register.look() as books:
            known = dispute_of(books, dispute_id)
            incident = books.incidents.incident(known.incident_id)
        assert incident is not None
        member = auditor_of(register, staff_id, incident.service_id)
        reason = Text(reason_ko, reason_en)
        answered = answer_dispute(register, known, reason, account_mark(keys, member.id), clock.now(), accepted=accept)
    click.echo(json.dumps(dispute_document(answered), ensure_ascii=False) if as_json else f"{answered.id}: {answered.state}")
