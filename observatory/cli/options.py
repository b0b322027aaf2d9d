"""Share options between commands, and give each command frozen settings."""

import functools
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar, cast

import click

from observatory.errors import ObservatoryError
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


def _name_folder(error: ObservatoryError, folder: Path) -> None:
    """Let an error say in which folder: whoever works in another place than they think else looks for the mistake in vain."""
    if str(folder) not in str(error):
        error.message = f"{error.message} (in {folder})"
