"""Say what became of sign-offs, and open a gate in an emergency: `observatory signoff`, `observatory break-glass`."""

import json
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click

from observatory import clock
from observatory.access.people.account_marks import account_mark
from observatory.access.people.grants import check_covered
from observatory.access.people.proving import Origin, prove
from observatory.cli.options import json_option, with_register, with_settings
from observatory.cli.release import digest_option, environment_option, service_option
from observatory.errors import NotAllowed, NotFound
from observatory.flows.breaking_glass import approve_break_glass, request_break_glass
from observatory.flows.release_history import KnownHistory
from observatory.flows.revoking import meet_condition, revoke_signoff
from observatory.model.release import HOST, BreakGlassRequested, ConditionMet, SignOffRevoked
from observatory.settings import Settings
from observatory.signoff.state import notes_of, signoffs_of
from observatory.store.opening import open_register, prepare_folder
from observatory.store.register import RegisterStore

HERE = Origin(b"this host")
"""From where somebody at this keyboard proves who they are."""

index_option = click.option("--index", type=int, required=True, help="Of its entry in the log.")
reasons_option = click.option("--reasons", required=True, metavar="TEXT", help="Why: published for ever.")
staff_option = click.option("--staff", "staff_id", required=True, metavar="ID", help="Who does this; the log names them by a mark.")
password_file_option = click.option(
    "--password-file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Read their password from its first line."
)
code_option = click.option("--code", default="", metavar="CODE", help="The one-time number; asked for if left out.")


@click.group()
def signoff() -> None:
    """Say what became of a sign-off: it was revoked, or a condition was met."""


@signoff.command("list")
@service_option
@json_option
@with_register
def list_signoffs(register: RegisterStore, *, service_id: str, as_json: bool) -> None:
    """List the sign-offs of a service, newest first, with their indexes in the log."""
    history = KnownHistory(register).look()
    for signed, note in zip(signoffs_of(service_id, history), notes_of(service_id, history), strict=True):
        open_conditions = [number for number, met in enumerate(note.met, 1) if met is None]
        told = {"index": note.index, "version": signed.release.version, "decision": signed.decision, "digest": signed.release.digest}
        told |= {"revoked": note.revoked_at is not None, "open_conditions": open_conditions}
        click.echo(json.dumps(told) if as_json else "  ".join(f"{name} {value}" for name, value in told.items()))


@signoff.command()
@service_option
@index_option
@reasons_option
@with_register
def revoke(register: RegisterStore, *, service_id: str, index: int, reasons: str) -> None:
    """End a sign-off for ever: its gate shuts at once."""
    revoke_signoff(register, SignOffRevoked(service_id, index, reasons, HOST), clock.now())


@signoff.command()
@service_option
@index_option
@click.option("--condition", required=True, metavar="NUMBER", help="Which of its conditions, from 1.")
@click.option("--note", required=True, metavar="TEXT", help="How it was met: published for ever.")
@with_register
def met(register: RegisterStore, *, service_id: str, index: int, condition: str, note: str) -> None:
    """Say that a condition of a sign-off was met."""
    meet_condition(register, ConditionMet(service_id, index, condition, note, HOST), clock.now())


@click.group("break-glass")
def break_glass() -> None:
    """Open a gate in an emergency, without a sign-off: two people, for 72 hours at most, in public."""


@break_glass.command()
@service_option
@digest_option
@environment_option
@click.option("--hours", type=int, required=True, help="For how long, 1 to 72.")
@reasons_option
@staff_option
@password_file_option
@code_option
@with_settings
def request(  # noqa: PLR0913 - click hands every option over by itself
    settings: Settings,
    *,
    service_id: str,
    digest: str,
    environment: str,
    hours: int,
    reasons: str,
    staff_id: str,
    password_file: Path | None,
    code: str,
) -> None:
    """Ask for it; print the index by which somebody else approves it."""
    with _proven(settings, service_id, staff_id, password_file, code) as (register, mark):
        asked = BreakGlassRequested(service_id, digest, environment, reasons, hours, mark)
        click.echo(request_break_glass(register, asked, clock.now()).index)


@break_glass.command()
@service_option
@click.option("--request", "index", type=int, required=True, help="Index of the request.")
@staff_option
@password_file_option
@code_option
@with_settings
def approve(settings: Settings, *, service_id: str, index: int, staff_id: str, password_file: Path | None, code: str) -> None:
    """Agree to what somebody else asked for: the gate is open from now on."""
    with _proven(settings, service_id, staff_id, password_file, code) as (register, mark):
        approved = approve_break_glass(register, service_id, index, mark, clock.now())
    click.echo(f"open until {approved.until:%Y-%m-%dT%H:%M:%SZ}")


@contextmanager
def _proven(
    settings: Settings, service_id: str, staff_id: str, password_file: Path | None, code: str
) -> Iterator[tuple[RegisterStore, str]]:
    """Lend the register, and the mark of somebody with a role for the service who has just proved who they are."""
    keys = prepare_folder(settings.data, key_file=settings.outside_key, create=False)
    with closing(open_register(settings.data)) as register:
        service = register.catalogue().service(service_id)
        if service is None:
            raise NotFound(f"cannot find service {service_id!r}", "list them: observatory catalogue show")
        typed = password_file.read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r") if password_file else _asked("Password")
        proof = prove(register, keys, staff_id, typed, code or _asked("One-time number"), HERE, clock.now())
        if proof is None:
            raise NotAllowed("cannot tell who this is: ID, password or code is wrong, or there were too many attempts", "try again")
        check_covered(proof.member, service)
        yield register, account_mark(keys, proof.member.id)


def _asked(what: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = click.prompt(what, hide_input=True, err=True)
    return typed
