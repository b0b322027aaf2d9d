"""Import files and say what became of every line: `observatory import-log`, `follow-log`, `import-otlp` and `import-probes`."""

from pathlib import Path

import click

from observatory.cli.options import with_settings
from observatory.decode.access_log.formats import FORMATS
from observatory.importing.following import follow_log
from observatory.settings import Settings, tell_libraries

FILE = click.Path(path_type=Path, dir_okay=False)
FORMAT_HELP = f"How its lines are written: {', '.join(FORMATS)}."
register_option = click.option(
    "--register", "agency", metavar="AGENCY", help="Create services the catalogue does not have, in this agency (id or name)."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the summary as one line of JSON.")


@click.command("import-log")
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@click.option("--service", "service_id", metavar="ID", help="Whose log it is; may be left out where the catalogue has one service.")
@click.option("--format", "log_format", default="combined", show_default=True, metavar="FORMAT", help=FORMAT_HELP)
@register_option
@json_option
@with_settings
def import_log(
    settings: Settings, *, files: tuple[Path, ...], service_id: str | None, log_format: str, agency: str | None, as_json: bool
) -> None:
    """Import access logs, plain or gzip; run again, it goes on where it stopped."""
    tell_libraries(settings)
    from observatory.importing.access_logs import import_logs  # noqa: PLC0415  # numba reads its settings when it is imported

    import_logs(settings, files, service_id, log_format, agency).show("status", as_json=as_json)


@click.command("follow-log")
@click.argument("file", type=FILE, metavar="FILE")
@click.option("--service", "service_id", metavar="ID", help="Whose log it is; may be left out where the catalogue has one service.")
@click.option("--format", "log_format", default="combined", show_default=True, metavar="FORMAT", help=FORMAT_HELP)
@json_option
@with_settings
def follow(settings: Settings, *, file: Path, service_id: str | None, log_format: str, as_json: bool) -> None:
    """Send a growing access log to the server of this folder, through rotations and restarts, until SIGTERM or Ctrl-C."""
    follow_log(settings, file, service_id, log_format, lambda text: click.echo(text, err=True)).show("status", as_json=as_json)


@click.command("import-otlp")
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@json_option
@with_settings
def import_otlp(settings: Settings, *, files: tuple[Path, ...], as_json: bool) -> None:
    """Import OTLP from files: JSON lines or protobuf, plain or gzip; run again, it goes on where it stopped."""
    tell_libraries(settings)
    from observatory.importing import otlp as importing  # noqa: PLC0415  # as above

    importing.import_otlp(settings, files).show("status", as_json=as_json)


@click.command("import-probes")
@click.argument("file", type=FILE, metavar="FILE.csv")
@click.option("--interval", metavar="DURATION", help="How far apart the checks of a service are: 90s, 5m, 100m, 2h.")
@register_option
@click.option("--vantage", default="import", show_default=True, metavar="NAME", help="Where the checks were made.")
@json_option
@with_settings
def import_probes(settings: Settings, *, file: Path, interval: str | None, agency: str | None, vantage: str, as_json: bool) -> None:
    """Import probe results: checked_at, service, [menu,] state, http_status, response_ms."""
    tell_libraries(settings)
    from observatory.importing.probes import import_table, parse_interval  # noqa: PLC0415  # as above

    interval_s = None if interval is None else parse_interval(interval)
    import_table(settings, file, interval_s, agency, vantage).show("checks", as_json=as_json)
