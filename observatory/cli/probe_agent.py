"""Check menus from another host and send what was seen to the server: `observatory probe-agent`."""

import threading
from pathlib import Path

import click

from observatory import clock
from observatory import process_log as journal
from observatory.prober.agent.spool import Spool, read_token
from observatory.server.stop_signals import call_when_told_to_stop
from observatory.settings import read_settings


@click.command("probe-agent")
@click.option("--server", required=True, metavar="URL", help="The observatory that says what to check, and is told what was seen.")
@click.option(
    "--token-file",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Holds the token that `observatory token create --vantage NAME` printed.",
)
@click.option("--vantage", default="", metavar="NAME", help="Refuse to begin unless the token is of this place.")
@click.option(
    "--spool",
    default=Path("spool"),
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Keeps what was seen until the server has stored it; of this agent alone.",
)
def probe_agent(*, server: str, token_file: Path, vantage: str, spool: Path) -> None:
    """Check menus from this host, as a place with a vote of its own, until SIGTERM or Ctrl-C."""
    settings = read_settings()
    journal.begin()
    stop = threading.Event()
    call_when_told_to_stop(stop.set)
    from observatory.prober.agent.agent import run_agent  # noqa: PLC0415  # what it imports takes half a second, of every command

    run_agent(settings, server, read_token(token_file), vantage, Spool(spool, clock.now()), stop)
