"""Share options between commands, and give each command frozen settings."""

import functools
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast
from zoneinfo import ZoneInfo

import click

from observatory.errors import BadInput, ObservatoryError
from observatory.model.site_clock import moment_by_clock
from observatory.settings import Settings, read_settings
from observatory.store.opening import open_register, prepare_folder
from observatory.store.register import RegisterStore

P = ParamSpec("P")
R = TypeVar("R")

data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder of the observatory's data, else OBSERVATORY_DATA, else ./var.",
)
BY = "operator"
"""Who says something, in the log: whoever may run commands on this host."""
service_option = click.option("--service", "service_id", metavar="ID", help="Of one service only.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def with_settings(command: Callable[Concatenate[Settings, P], R]) -> Callable[..., R]:
    """Give a command `--data DIR` and call it with the settings as its first argument; what it refuses names the folder."""

    @data_option
    @functools.wraps(command)
    def with_data(data: Path | None, *args: P.args, **kwargs: P.kwargs) -> R:
        settings = read_settings(data=data)
        try:
            return command(settings, *args, **kwargs)
        except ObservatoryError as error:
            _name_folder(error, settings.data.absolute())
            raise

    return with_data


def with_register(command: Callable[Concatenate[RegisterStore, P], R]) -> Callable[..., R]:
    """Call a command with the register of the data folder as its first argument, beside a server or not."""

    @functools.wraps(command)
    def with_open_register(settings: Settings, *args: P.args, **kwargs: P.kwargs) -> R:
        prepare_folder(settings.data, create=False)
        with closing(open_register(settings.data)) as register:
            return command(register, *args, **kwargs)

    return with_settings(cast(Callable[Concatenate[Settings, P], R], with_open_register))


def title_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command take a title in both languages."""
    english = click.option("--title-en", default="", metavar="TEXT", help="The same in English; one of both may follow later.")
    return click.option("--title-ko", default="", metavar="TEXT", help="In a few words, in Korean.")(english(command))


def text_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command take a text in both languages."""
    english = click.option("--text-en", default="", metavar="TEXT", help="In English; one of both may follow later.")
    return click.option("--text-ko", default="", metavar="TEXT", help="In Korean.")(english(command))


def moment(text: str, zone: ZoneInfo) -> datetime:
    """Return the moment of a time by the clock of the site, or in UTC if it ends with Z."""
    try:
        local = datetime.strptime(text.removesuffix("Z"), "%Y-%m-%dT%H:%M")  # noqa: DTZ007 - the zone is added
    except ValueError:
        hint = "write it as 2026-12-01T02:00, by the clock of the site, or with a Z behind it in UTC"
        raise BadInput(f"cannot read time {text[:40]!r}", hint) from None
    return local.replace(tzinfo=UTC) if text.endswith("Z") else moment_by_clock(local, zone)


def _name_folder(error: ObservatoryError, folder: Path) -> None:
    """Let an error say in which folder: whoever works in another place than they think else looks for the mistake in vain."""
    if str(folder) not in str(error):
        error.message = f"{error.message} (in {folder})"
