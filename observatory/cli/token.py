"""Make a sender's token, shown once, and list or revoke tokens: `observatory token`."""

import json
from contextlib import closing

import click

from observatory import clock
from observatory.access.people import enrolment
from observatory.access.programs.tokens import refuse_server_vantage, token_id_of
from observatory.cli.options import with_settings
from observatory.errors import BadInput, NotFound
from observatory.model.catalogue import Catalogue
from observatory.model.delivery import SIGNALS
from observatory.model.staff import Token
from observatory.settings import Settings
from observatory.store.opening import open_register, prepare_folder, require_folder

IDS_SHOWN_MAX = 20


@click.group()
def token() -> None:
    """Permit programs to send the telemetry of services."""


@token.command()
@click.option("--service", "service_ids", multiple=True, metavar="ID", help="A service it may send for; repeat for more.")
@click.option("--signal", "signals", default=",".join(SIGNALS), show_default=True, metavar="LIST", help="What it may send, by commas.")
@click.option("--vantage", metavar="NAME", help="Instead of services: our own place of this name; its checks of all of them vote.")
@with_settings
def create(settings: Settings, *, service_ids: tuple[str, ...], signals: str, vantage: str | None) -> None:
    """Make a token and print it: the only time it is shown."""
    if (vantage is None) == (not service_ids):
        raise BadInput("cannot make token: for services or for one of our own places", "give --service ID, or else --vantage NAME")
    if vantage is not None and signals != ",".join(SIGNALS):
        raise BadInput("cannot make token: one of our own places sends checks and nothing else", "leave out --signal")
    keys = prepare_folder(settings.data, create=False)
    with closing(open_register(settings.data)) as register:
        if vantage is not None:
            refuse_server_vantage(settings, vantage)
            made, text = enrolment.create_vantage_token(register, keys, vantage, clock.now())
        else:
            _require_services(register.catalogue(), service_ids)
            made, text = enrolment.create_token(register, keys, service_ids, clock.now(), signals_of(signals))
    click.echo(text)
    what = _may_send(made).replace(",", ", ")
    click.echo(f"Token {made.id} may send {what} for {_whom(made)}. It is shown this once; keep it as a secret.", err=True)


@token.command()
@click.argument("token_id", metavar="ID")
@with_settings
def revoke(settings: Settings, *, token_id: str) -> None:
    """End a token, by its id or its whole text."""
    wanted = token_id_of(token_id) or token_id
    require_folder(settings.data)
    with closing(open_register(settings.data)) as register:
        if not enrolment.revoke_token(register, wanted, clock.now()):
            raise NotFound(f"cannot revoke token {wanted!r}: none of that id still works", "list them: observatory token list")
    click.echo(f"Token {wanted} is revoked.", err=True)


@token.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
@with_settings
def list_tokens(settings: Settings, *, as_json: bool) -> None:
    """List all tokens, without their secrets."""
    require_folder(settings.data)
    with closing(open_register(settings.data)) as register, register.look() as books:
        tokens, used = books.tokens.tokens(), books.tokens.use(clock.now().date())
    if as_json:
        shown = [_shown(known, used.get(known.id, 0), settings.token_bytes_a_day) for known in tokens]
        click.echo(json.dumps(shown, ensure_ascii=False))
        return
    for known in tokens:
        state = f"revoked {known.revoked_at:%Y-%m-%d %H:%M}" if known.revoked_at else "works"
        sent = _sent(used.get(known.id, 0), settings.token_bytes_a_day)
        click.echo(f"{known.id}  {known.created_at:%Y-%m-%d %H:%M}  {state}  {sent}  {_may_send(known)}  {_whom(known)}")


def signals_of(text: str) -> list[str]:
    """Return the signals that a list such as `logs,traces` names."""
    return [word.strip() for word in text.split(",") if word.strip()]


def _may_send(known: Token) -> str:
    return "all signals" if known.signals == SIGNALS else ",".join(known.signals)


def _whom(known: Token) -> str:
    return f"vantage {known.vantage}" if known.vantage else ", ".join(known.service_ids)


def _sent(used: int, bytes_a_day: int) -> str:
    """Return what a token sent today (UTC), a minute ago or so, and of how much."""
    return f"{used / 1e6:.1f} MB today" + (f" of {bytes_a_day / 1e6:.1f}" if bytes_a_day else "")


def _shown(known: Token, used: int, bytes_a_day: int) -> dict[str, object]:
    return {
        "id": known.id,
        "service_ids": list(known.service_ids),
        "signals": list(known.signals),
        "vantage": known.vantage or None,
        "bytes_today": used,
        "bytes_a_day": bytes_a_day or None,
        "created_at": known.created_at.isoformat(),
        "revoked_at": known.revoked_at.isoformat() if known.revoked_at else None,
    }


def _require_services(catalogue: Catalogue, service_ids: tuple[str, ...]) -> None:
    """Refuse ids the catalogue does not have: such a token could never send anything."""
    known = [service.id for service in catalogue.services if not service.removed]
    unknown = [service_id for service_id in service_ids if service_id not in known]
    if unknown:
        choice = ", ".join(known[:IDS_SHOWN_MAX]) + (", ..." if len(known) > IDS_SHOWN_MAX else "")
        hint = f"the catalogue has {choice}" if known else "describe it first: observatory catalogue apply FILE"
        raise NotFound(f"cannot make token for {', '.join(map(repr, unknown))}: no such service", hint)
