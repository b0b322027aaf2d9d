"""Show what waits for an auditor, and write down what an auditor decided: `observatory correction`."""

import json
from contextlib import closing

import click

from observatory import clock
from observatory.access.people.account_marks import account_mark
from observatory.cli.options import with_settings
from observatory.errors import NotFound
from observatory.flows.corrections import approve, waiting_of
from observatory.model.correction import Correction
from observatory.model.staff import StaffMember
from observatory.model.text import Text
from observatory.settings import Settings
from observatory.signoff.auditors import check_may_audit
from observatory.store.opening import open_register, prepare_folder, require_folder
from observatory.store.register import RegisterStore

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def correction() -> None:
    """Let minutes that are final get better, by the public decision of an auditor."""


@correction.command("list")
@json_option
@with_settings
def list_corrections(settings: Settings, *, as_json: bool) -> None:
    """List what waits for an auditor, and what auditors approved."""
    require_folder(settings.data)
    with closing(open_register(settings.data)) as register, register.look() as books:
        found = books.corrections.corrections()
    if as_json:
        click.echo(json.dumps([_described(each) for each in found], ensure_ascii=False, indent=2))
        return
    for each in found:
        minutes = int((each.end - each.start).total_seconds()) // 60
        state = f"approved {each.approved_at:%Y-%m-%d} by {each.approved_by}" if each.approved_at else "waits"
        click.echo(f"{each.id}  {minutes} min from {each.start:%Y-%m-%dT%H:%MZ}  {state}")


@correction.command("approve")
@click.argument("correction_id", metavar="ID")
@click.option("--auditor", "staff_id", required=True, metavar="STAFF_ID", help="Who decided it; the log names them by a mark.")
@click.option("--reason-ko", required=True, metavar="TEXT", help="Why the evidence holds, in Korean: published for ever.")
@click.option("--reason-en", required=True, metavar="TEXT", help="The same in English.")
@json_option
@with_settings
def approve_correction(settings: Settings, *, correction_id: str, staff_id: str, reason_ko: str, reason_en: str, as_json: bool) -> None:
    """Let the minutes of a correction be judged anew; the decision and its reason are an entry of the public log."""
    keys = prepare_folder(settings.data, key_file=settings.outside_key, create=False)
    with closing(open_register(settings.data)) as register:
        waiting = waiting_of(register, correction_id)
        member = auditor_of(register, staff_id, waiting.service_id)
        approved = approve(register, waiting.id, Text(reason_ko, reason_en), account_mark(keys, member.id), clock.now())
    if as_json:
        click.echo(json.dumps(_described(approved), ensure_ascii=False, indent=2))
    else:
        click.echo(f"Correction {approved.id} is approved; its minutes are judged anew within a minute.", err=True)


def auditor_of(register: RegisterStore, staff_id: str, service_id: str) -> StaffMember:
    """Return a member of staff who audits a service. Raises NotFound or NotAllowed."""
    service = register.catalogue().service(service_id)
    if service is None:
        raise NotFound(f"cannot find service {service_id!r}", "list them: observatory catalogue show")
    with register.look() as books:
        member = books.staff.member(staff_id)
    if member is None:
        raise NotFound(f"cannot find staff member {staff_id!r}", "see: observatory staff list")
    check_may_audit(member, service)
    return member


def _described(each: Correction) -> dict[str, object]:
    return {
        "id": each.id,
        "service": each.service_id,
        "menu": each.menu_id,
        "from": f"{each.start:%Y-%m-%dT%H:%MZ}",
        "to": f"{each.end:%Y-%m-%dT%H:%MZ}",
        "noted_at": f"{each.noted_at:%Y-%m-%dT%H:%M:%SZ}",
        "approved_at": f"{each.approved_at:%Y-%m-%dT%H:%M:%SZ}" if each.approved_at else None,
        "reason_ko": each.reason.ko if each.reason else None,
        "reason_en": each.reason.en if each.reason else None,
        "auditor": each.approved_by or None,
    }
