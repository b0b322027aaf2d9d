"""Say who may sign in: `observatory staff`. What proves somebody is printed once and kept nowhere readable."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import segno

from observatory import clock
from observatory.access.people import enrolment
from observatory.access.people.account_marks import account_mark
from observatory.access.people.one_time_codes import new_recovery_codes, new_totp_secret, provisioning_uri, recovery_code_hash
from observatory.access.people.passwords import hash_password
from observatory.cli.options import json_option, with_settings
from observatory.cli.staff_credentials import accounts, credentials, invite, member_of, offered, revoke_credential, show_offered
from observatory.errors import BadInput, Conflict, NotFound
from observatory.model.staff import NO_SECRETS, ROLES, Grant, StaffMember, StaffSecrets
from observatory.model.text import Text
from observatory.model.visible_text import refuse_hidden
from observatory.settings import Settings
from observatory.store.opening import FolderKeys
from observatory.store.register import RegisterStore

ROLE_FORM = "write ROLE, ROLE:service=ID or ROLE:agency=ID; the roles are " + ", ".join(ROLES)

password_option = click.option(
    "--password-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Read the password from the first line of FILE; - is standard input. Without it, it is asked for.",
)


@click.group()
def staff() -> None:
    """Say who may sign in at the desk, how, and what for. There is no default account."""


for command in (invite, credentials, revoke_credential):
    staff.add_command(command)


@staff.command()
@with_settings
@click.argument("staff_id", metavar="ID")
@click.option("--name", required=True, help="As it is published beside a sign-off.")
@click.option("--office-ko", required=True, metavar="OFFICE", help="Office, in Korean.")
@click.option("--office-en", required=True, metavar="OFFICE", help="Office, in English.")
@click.option("--role", "roles", multiple=True, metavar="ROLE[:service=ID|:agency=ID]", help="May be given more than once.")
@click.option("--invite", "invited", is_flag=True, help="Give them an enrolment code instead of a password: they add their way to sign in.")
@password_option
@json_option
def add(  # noqa: PLR0913 - click hands every option over by itself
    settings: Settings,
    *,
    staff_id: str,
    name: str,
    office_ko: str,
    office_en: str,
    roles: tuple[str, ...],
    password_file: Path | None,
    invited: bool,
    as_json: bool,
) -> None:
    """Add somebody, and print their authenticator address and recovery codes, or their enrolment code: this once."""
    grants = tuple(read_role(role) for role in roles)
    for noun, text in (("name", name), ("office", office_ko), ("office", office_en)):
        refuse_hidden(noun, text)
    member = StaffMember(staff_id, name, Text(office_ko, office_en), grants, created_at=clock.now())
    with accounts(settings) as (register, keys):
        _warn_of_unknown(register, grants)
        if member_of(register, staff_id) is not None:
            raise Conflict(f"cannot add staff member {staff_id!r}: the id is taken", "choose another id, or reset this one")
        if invited and password_file is not None:
            raise BadInput("cannot use --password-file with --invite", "whoever is invited chooses how they sign in")
        if invited:
            enrolment.enrol(register, keys, member, NO_SECRETS, member.created_at)
            show_offered(offered(settings, register, keys, member.id), as_json=as_json)
            return
        secrets, codes = _new_secrets(_read_password(password_file), (member.id, member.name, member.office.en))
        enrolment.enrol(register, keys, member, secrets, member.created_at)
        _show_once(member, keys, secrets, codes, register.catalogue().site.name.en, as_json=as_json)


@staff.command("list")
@with_settings
@json_option
def list_staff(settings: Settings, *, as_json: bool) -> None:
    """List everybody who has or had an account, with the mark that stands for it in the log."""
    with accounts(settings) as (register, keys), register.look() as books:
        members = books.staff.members()
    if as_json:
        click.echo(json.dumps([_described(member, keys) for member in members], ensure_ascii=False, indent=2))
        return
    for member in members:
        ended = f"  disabled {member.disabled_at:%Y-%m-%d}" if member.disabled_at else ""
        roles = " ".join(grant.text for grant in member.grants) or "no role"
        click.echo(f"{member.id}  {account_mark(keys, member.id)}  {member.name}, {member.office.ko}  {roles}{ended}")


@staff.command()
@with_settings
@click.argument("staff_id", metavar="ID")
def disable(settings: Settings, staff_id: str) -> None:
    """End an account and all its sessions. What was signed stays signed."""
    with accounts(settings) as (register, keys):
        if not enrolment.end(register, keys, staff_id, clock.now()):
            raise NotFound(f"cannot disable staff member {staff_id!r}: there is none who can sign in", "see: observatory staff list")
    click.echo(f"disabled {staff_id}")


@staff.command()
@with_settings
@click.argument("staff_id", metavar="ID")
@password_option
@json_option
def reset(settings: Settings, *, staff_id: str, password_file: Path | None, as_json: bool) -> None:
    """Give somebody a new password, authenticator address and recovery codes; the old ones and all sessions end."""
    with accounts(settings) as (register, keys):
        member = member_of(register, staff_id)
        if member is None or member.disabled_at is not None:
            raise NotFound(f"cannot reset staff member {staff_id!r}: there is none who can sign in", "see: observatory staff list")
        secrets, codes = _new_secrets(_read_password(password_file), (member.id, member.name, member.office.en))
        enrolment.reset(register, keys, member, secrets, clock.now())
        _show_once(member, keys, secrets, codes, register.catalogue().site.name.en, as_json=as_json)


@staff.command()
@with_settings
@click.argument("staff_id", metavar="ID")
@click.argument("roles", metavar="ROLE...", nargs=-1, required=True)
def grant(settings: Settings, *, staff_id: str, roles: tuple[str, ...]) -> None:
    """Give somebody roles besides those they have; all their sessions end."""
    given = tuple(read_role(role) for role in roles)
    with accounts(settings) as (register, keys):
        _warn_of_unknown(register, given)
        _change_roles(register, keys, staff_id, [*_roles_of(register, staff_id), *given])


@staff.command()
@with_settings
@click.argument("staff_id", metavar="ID")
@click.argument("roles", metavar="ROLE...", nargs=-1, required=True)
def revoke(settings: Settings, *, staff_id: str, roles: tuple[str, ...]) -> None:
    """Take roles from somebody; all their sessions end. What was signed stays signed."""
    taken = {read_role(role) for role in roles}
    with accounts(settings) as (register, keys):
        held = _roles_of(register, staff_id)
        if missing := taken - set(held):
            text = min(each.text for each in missing)
            raise NotFound(f"cannot take role {text!r} from staff member {staff_id!r}: they do not have it", "see: observatory staff list")
        _change_roles(register, keys, staff_id, [each for each in held if each not in taken])


def _roles_of(register: RegisterStore, staff_id: str) -> tuple[Grant, ...]:
    member = member_of(register, staff_id)
    return member.grants if member is not None else ()


def _change_roles(register: RegisterStore, keys: FolderKeys, staff_id: str, grants: Sequence[Grant]) -> None:
    grants = list(dict.fromkeys(grants))
    if not enrolment.change_roles(register, keys, staff_id, grants, clock.now()):
        raise NotFound(f"cannot change roles of staff member {staff_id!r}: there is none who can sign in", "see: observatory staff list")
    click.echo(f"{staff_id}: {' '.join(each.text for each in grants) or 'no role'}")


def read_role(text: str) -> Grant:
    """Return the grant that `executive:service=job-portal` and the like mean. Raises BadInput.

    An executive answers for something by name: a service or an agency.
    """
    name, colon, scope = text.partition(":")
    role = next((role for role in ROLES if role == name), None)
    kind, _, identifier = scope.partition("=")
    if role is None or (colon and (kind not in ("service", "agency") or not identifier)):
        raise BadInput(f"cannot read role {text!r}", ROLE_FORM)
    if role == "executive" and not colon:
        raise BadInput(
            "cannot make somebody executive of everything", "name what they answer for: executive:service=ID or executive:agency=ID"
        )
    return Grant(role, service_id=identifier if kind == "service" else None, agency_id=identifier if kind == "agency" else None)


def _warn_of_unknown(register: RegisterStore, grants: tuple[Grant, ...]) -> None:
    catalogue = register.catalogue()
    for grant in grants:
        if grant.service_id is not None and catalogue.service(grant.service_id) is None:
            click.echo(f"observatory: note: service {grant.service_id!r} is not in the catalogue yet", err=True)
        if grant.agency_id is not None and catalogue.agency(grant.agency_id) is None:
            click.echo(f"observatory: note: agency {grant.agency_id!r} is not in the catalogue yet", err=True)


def _read_password(file: Path | None) -> str:
    if file is not None and str(file) != "-":
        return _first_line(file.read_text(encoding="utf-8"))
    if file is not None or not sys.stdin.isatty():
        return _first_line(sys.stdin.readline())
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return password


def _first_line(text: str) -> str:
    return text.split("\n", 1)[0].rstrip("\r")


def _new_secrets(password: str, about: Sequence[str]) -> tuple[StaffSecrets, list[str]]:
    codes = new_recovery_codes()
    secrets = StaffSecrets(hash_password(password, about), new_totp_secret(), tuple(recovery_code_hash(code) for code in codes))
    return secrets, codes


def _show_once(member: StaffMember, keys: FolderKeys, secrets: StaffSecrets, codes: list[str], issuer: str, *, as_json: bool) -> None:
    uri = provisioning_uri(secrets.totp_secret, member.id, issuer)
    if as_json:
        shown = {**_described(member, keys), "otpauth_uri": uri, "totp_secret": secrets.totp_secret, "recovery_codes": codes}
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    click.echo(f"{member.name} can sign in as {member.id}. What follows is shown this once.\n")
    click.echo("Scan with an authenticator, or type its address in:")
    segno.make(uri, micro=False).terminal(sys.stdout, compact=True)
    click.echo(f"{uri}\n\nRecovery codes, each good once in place of the six digits; keep them on paper:")
    for code in codes:
        click.echo(f"  {code}")


def _described(member: StaffMember, keys: FolderKeys) -> dict[str, object]:
    return {
        "id": member.id,
        "mark": account_mark(keys, member.id),
        "name": member.name,
        "office_ko": member.office.ko,
        "office_en": member.office.en,
        "roles": [grant.text for grant in member.grants],
        "created_at": f"{member.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "disabled_at": f"{member.disabled_at:%Y-%m-%dT%H:%M:%SZ}" if member.disabled_at else None,
    }
