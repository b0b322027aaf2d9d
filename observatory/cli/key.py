"""Make the key that lies outside the data folder: `observatory key`."""

from pathlib import Path

import click

from observatory.store.opening import make_key_file


@click.group()
def key() -> None:
    """Make the key that seals secrets and signs the log, outside the folder it protects."""


@key.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
def create(file: Path) -> None:
    """Write a new key to FILE, readable by its owner only; then name it with OBSERVATORY_KEY_FILE."""
    make_key_file(file)
    click.echo(f"Key written to {file}. Keep a copy away from this host, and set OBSERVATORY_KEY_FILE={file.absolute()}", err=True)
