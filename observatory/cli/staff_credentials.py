"""Let people add ways to sign in, list those they have, and end them: a part of `observatory staff`."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager

import click

from observatory import clock
from observatory.access.people import credentials as ways
from observatory.access.people.credentials import Credential
from observatory.access.people.enrolment import HOST
from observatory.cli.options import json_option, with_settings
from observatory.errors import NotFound
from observatory.model.sign_in_ways import ENROLMENT_CODE_GOOD_FOR
from observatory.model.staff import StaffMember
from observatory.settings import Settings
from observatory.store.opening import FolderKeys, open_register, prepare_folder
from observatory.store.register import RegisterStore

ENROL_PATH = "/ko/desk/enrol#"
"""Behind the # the code is read by the page alone: no log of a server between sees it."""


@contextmanager
def accounts(settings: Settings) -> Iterator[tuple[RegisterStore, FolderKeys]]:
    """Lend the register of the data folder, and the keys beside it."""
    keys = prepare_folder(settings.data, key_file=settings.outside_key, create=False)
    with closing(open_register(settings.data)) as register:
        yield register, keys


def member_of(register: RegisterStore, staff_id: str) -> StaffMember | None:
    """Return the member of an id, disabled or not."""
    with register.look() as books:
        return books.staff.member(staff_id)


def offered(settings: Settings, register: RegisterStore, keys: FolderKeys, staff_id: str) -> dict[str, str]:
    """Return a new enrolment code of this host's giving, as it is shown this once."""
    now = clock.now()
    code = ways.offer(register, keys, staff_id, HOST, now)
    until = f"{now + ENROLMENT_CODE_GOOD_FOR:%Y-%m-%dT%H:%M:%SZ}"
    return {"id": staff_id, "enrolment_code": code, "address": settings.public_url.rstrip("/") + ENROL_PATH + code, "good_until": until}


def show_offered(shown: dict[str, str], *, as_json: bool) -> None:
    """Print an enrolment code."""
    if as_json:
        click.echo(json.dumps(shown, indent=2))
        return
    click.echo(f"{shown['id']} can add one way to sign in until {shown['good_until']}. What follows is shown this once.\n")
    click.echo(f"Enrolment code: {shown['enrolment_code']}\nAddress:        {shown['address']}")


@click.command()
@with_settings
@click.argument("staff_id", metavar="ID")
@json_option
def invite(settings: Settings, *, staff_id: str, as_json: bool) -> None:
    """Give somebody a code with which they add one way to sign in: a passkey, a password with an authenticator, single sign-on.

    It is good once and for 72 hours; one that was given before ends.
    """
    with accounts(settings) as (register, keys):
        show_offered(offered(settings, register, keys, staff_id), as_json=as_json)


@click.command()
@with_settings
@click.argument("staff_id", metavar="ID")
@json_option
def credentials(settings: Settings, *, staff_id: str, as_json: bool) -> None:
    """List the ways of somebody to sign in, ended ones too, by the ids that name them in the log."""
    with accounts(settings) as (register, _):
        if member_of(register, staff_id) is None:
            raise NotFound(
                f"cannot list ways of staff member {staff_id!r} to sign in: there is no such member", "see: observatory staff list"
            )
        with register.look() as books:
            found = ways.credentials_of(books, staff_id)
    if as_json:
        click.echo(json.dumps([_described(each) for each in found], ensure_ascii=False, indent=2))
        return
    for each in found:
        used = f"used {each.last_used_at:%Y-%m-%d}" if each.last_used_at else "never used"
        ended = f"  revoked {each.revoked_at:%Y-%m-%d}" if each.revoked_at else ""
        click.echo(f"{each.id}  {each.kind}  {each.name or '-'}  enrolled {each.enrolled_at:%Y-%m-%d} by {each.enrolled_by}  {used}{ended}")


@click.command("revoke-credential")
@with_settings
@click.argument("staff_id", metavar="ID")
@click.argument("credential_id", metavar="CREDENTIAL")
def revoke_credential(settings: Settings, *, staff_id: str, credential_id: str) -> None:
    """End a way of somebody to sign in, and all their sessions. What was signed with it stays signed."""
    with accounts(settings) as (register, keys):
        ways.revoke(register, keys, staff_id, credential_id, HOST, clock.now())
    click.echo(f"revoked {credential_id}")


def _described(each: Credential) -> dict[str, str | None]:
    moments = {"enrolled_at": each.enrolled_at, "last_used_at": each.last_used_at, "revoked_at": each.revoked_at}
    written = {name: f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else None for name, moment in moments.items()}
    return {"credential": each.id, "way": each.kind, "name": each.name, "enrolled_by": each.enrolled_by, **written}
