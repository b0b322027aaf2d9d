"""Serve a witness of logs: `observatory witness`."""

from pathlib import Path

import click

from observatory import clock, process_log
from observatory.errors import BadInput
from observatory.store.opening import read_key_file
from observatory.transparency.cosignature import Cosigner
from observatory.transparency.note import NoteKey
from observatory.witness.cosigning import WitnessDesk
from observatory.witness.serving import WitnessServer
from observatory.witness.signed_before import SignedBefore


@click.command("witness")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--name", required=True, help="Name it signs under, such as witness.example.org.")
@click.option(
    "--key", "key_file", required=True, type=click.Path(path_type=Path), metavar="FILE", help="Made by: observatory keys create FILE"
)
@click.option("--log", "logs", required=True, multiple=True, metavar="KEY", help="Key of a log it watches, as /api/v1/log shows it.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8001, show_default=True, type=click.IntRange(0, 65535), help="Port to listen on.")
def witness(folder: Path, *, name: str, key_file: Path, logs: tuple[str, ...], host: str, port: int) -> None:
    """Sign what continues the checkpoints signed before, of the logs named; what was signed is kept in DIR."""
    process_log.begin()
    cosigner, keys = Cosigner(name, read_key_file(key_file)), [NoteKey.parse(text) for text in logs]
    if any(key.key_type == cosigner.key.key_type for key in keys):
        raise BadInput("cannot watch a witness: that is no key of a log", "name the key that /api/v1/log of the log shows")
    server = WitnessServer((host, port), WitnessDesk(cosigner, keys, SignedBefore(folder), clock.now))
    server.serve(lambda: click.echo(f"Witness {cosigner.key.vkey} is ready on http://{host}:{server.server_address[1]}"))
