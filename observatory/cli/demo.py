"""Run a small town of sample services with its observatory until Ctrl-C: `observatory demo`."""

import sys
from functools import partial
from pathlib import Path

import click

from observatory.cli.options import data_option
from observatory.server.parent import port_to_listen_on
from observatory.settings import read_settings, tell_libraries


@click.command()
@data_option
@click.option("--port", type=int, metavar="N", help="Port of the observatory, else OBSERVATORY_PORT, else 8000.")
def demo(data: Path | None, port: int | None) -> None:
    """Show what it does: made-up services send real telemetry, one is slow, one fails and recovers."""
    settings = read_settings(data=data, port=port)
    # Before minutes of preparation: somebody else may listen there.
    settings = settings.model_copy(update={"port": port_to_listen_on(settings.host, settings.port)})
    tell_libraries(settings)
    from observatory.demo.demonstration import demonstrate  # noqa: PLC0415  # numba reads its settings when it is imported

    sys.exit(demonstrate(settings, partial(click.echo, err=True)))
