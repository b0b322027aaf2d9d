"""Make the key outside the data folder, and rotate the keys that sign: `observatory keys`."""

import json
from contextlib import closing
from pathlib import Path

import click

from observatory import clock
from observatory.cli.options import with_settings
from observatory.flows.signing_keys import SigningKeys
from observatory.model.signing_key import SigningKey
from observatory.settings import Settings
from observatory.store.opening import make_key_file, open_register, prepare_folder


@click.group()
def keys() -> None:
    """Make the key that seals secrets outside the folder it protects; list and rotate the keys that sign."""


@keys.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
def create(file: Path) -> None:
    """Write a new key to FILE, readable by its owner only; then name it with OBSERVATORY_KEY_FILE."""
    make_key_file(file)
    click.echo(f"Key written to {file}. Keep a copy away from this host.", err=True)
    click.echo(f"An observatory uses it with OBSERVATORY_KEY_FILE={file.absolute()}, a witness with --key.", err=True)


@keys.command()
@with_settings
@click.option("--compromised", is_flag=True, help="Somebody else may have the old keys: they sign nothing from now on.")
def rotate(settings: Settings, *, compromised: bool) -> None:
    """Make new keys for the log and for statements; the change is an entry of the log, signed with the old ones.

    For thirty days checkpoints have signatures of both, so that whoever knows the old key can follow to the new.
    """
    folder = prepare_folder(settings.data, key_file=settings.outside_key, create=False)
    with closing(open_register(settings.data)) as register:
        signing = SigningKeys(register, folder)
        signing.make_first(clock.now())
        made = signing.rotate(clock.now(), compromised=compromised)
    click.echo(_line(made))


@keys.command("list")
@with_settings
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_keys(settings: Settings, *, as_json: bool) -> None:
    """Print the public keys that sign and have signed, newest first."""
    folder = prepare_folder(settings.data, key_file=settings.outside_key, create=False)
    with closing(open_register(settings.data)) as register:
        found = SigningKeys(register, folder).all()
    click.echo(json.dumps([_fields(key) for key in found]) if as_json else "\n".join(map(_line, found)) or "no keys yet")


def _line(key: SigningKey) -> str:
    until = f", signs until {key.retired_at:%Y-%m-%d %H:%M} UTC" if key.retired_at else ""
    return f"generation {key.generation} of {key.made_at:%Y-%m-%d}: log {key.log_key.hex()}, statements {key.statement_key.hex()}{until}"


def _fields(key: SigningKey) -> dict[str, object]:
    return {
        "generation": key.generation,
        "log_key": key.log_key.hex(),
        "statement_key": key.statement_key.hex(),
        "made_at": key.made_at.isoformat(),
        "retired_at": key.retired_at.isoformat() if key.retired_at else None,
    }
