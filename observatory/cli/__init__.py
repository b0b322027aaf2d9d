"""Run a command and end with its exit code: 0 done, 1 refused, 2 wrongly called or configured."""

import importlib
import os
import sys

import click

from observatory import __version__, exit_codes
from observatory.errors import BadSettings, ObservatoryError

COMMANDS = {
    "run": "observatory.cli.run:run",
    "demo": "observatory.cli.demo:demo",
    "catalogue": "observatory.cli.catalogue:catalogue",
    "maintenance": "observatory.cli.operations:maintenance",
    "incident": "observatory.cli.incident_stories:incident",
    "dispute": "observatory.cli.disputes:dispute",
    "token": "observatory.cli.token:token",
    "senders": "observatory.cli.senders:senders",
    "import-log": "observatory.cli.imports:import_log",
    "follow-log": "observatory.cli.imports:follow",
    "import-otlp": "observatory.cli.imports:import_otlp",
    "import-probes": "observatory.cli.imports:import_probes",
    "probe": "observatory.cli.probe:probe",
    "probe-agent": "observatory.cli.probe_agent:probe_agent",
    "explain": "observatory.cli.explain:explain",
    "staff": "observatory.cli.staff:staff",
    "release": "observatory.cli.release:release",
    "gate": "observatory.cli.gate:gate",
    "signoff": "observatory.cli.signoff:signoff",
    "break-glass": "observatory.cli.signoff:break_glass",
    "correction": "observatory.cli.corrections:correction",
    "keys": "observatory.cli.keys:keys",
    "check-log": "observatory.cli.check_log:check_log",
    "witness": "observatory.cli.witness_server:witness",
    "check-store": "observatory.cli.check_store:check_store",
    "backup": "observatory.cli.backup:backup",
    "restore": "observatory.cli.backup:restore_command",
}
"""Name -> where it lives. Loaded when called: a short command must not wait for what only the server needs."""


class CommandsByName(click.Group):
    """The group of all commands, each imported at its first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return every name, in the order of the table above."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Return the command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=CommandsByName, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="observatory")
def observatory() -> None:
    """Collect logs from public services, record sign-offs, publish load time, failures and downtime."""


def main() -> None:
    """Run a command and end the process; whatever the caller can mend is one line on standard error."""
    os.umask(0o077)  # Whatever a command writes is its owner's alone.
    try:
        observatory(prog_name="observatory")
    except ObservatoryError as error:
        click.echo(f"observatory: {error}", err=True)
        sys.exit(exit_codes.BAD_SETTINGS if isinstance(error, BadSettings) else exit_codes.REFUSED)
