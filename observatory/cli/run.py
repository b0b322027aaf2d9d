"""Serve until SIGTERM or Ctrl-C: `observatory run`.

The parent takes the folder, applies the catalogue and watches one worker, in which `observatory.server.worker` serves. Whatever
the operator can mend is refused with one line, before anything listens where possible.
"""

import sys
from pathlib import Path

import click

from observatory import clock
from observatory import process_log as journal
from observatory.cli.catalogue import read_catalogue
from observatory.cli.options import data_option
from observatory.flows.catalogue import apply_catalogue
from observatory.server.parent import port_to_listen_on, serve
from observatory.settings import Settings, read_settings, tell_libraries
from observatory.store.opening import open_register, own_folder, prepare_folder


@click.command()
@data_option
@click.option("--host", metavar="ADDRESS", help="Address to listen on: loopback, unless this or OBSERVATORY_HOST says otherwise.")
@click.option("--port", type=int, metavar="N", help="Port to listen on, else OBSERVATORY_PORT, else 8000; 0 takes a free one.")
@click.option(
    "--catalogue", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE", help="Apply this catalogue first."
)
def run(data: Path | None, host: str | None, port: int | None, catalogue: Path | None) -> None:
    """Serve one data folder: pages, API, intake and background steps in one process."""
    settings = read_settings(data=data, host=host, port=port)
    journal.begin()
    tell_libraries(settings)
    prepare_folder(settings.data)
    with own_folder(settings.data) as lock:
        settings = settings.model_copy(update={"port": port_to_listen_on(settings.host, settings.port)})
        if catalogue is not None:
            apply_file(settings, catalogue)
        sys.exit(serve(settings, lock))


def apply_file(settings: Settings, file: Path) -> None:
    """Make a file the catalogue of a folder."""
    catalogue = read_catalogue(file)
    register = open_register(settings.data)
    try:
        apply_catalogue(register, catalogue, clock.now())
    finally:
        register.close()
