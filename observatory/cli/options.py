"""Options that several commands share; in comes a command line, out go frozen settings."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import click

from observatory.settings import Settings, read_settings

P = ParamSpec("P")
R = TypeVar("R")


def with_settings(command: Callable[Concatenate[Settings, P], R]) -> Callable[..., R]:
    """Give a command `--data DIR` and call it with the settings as its first argument.

    Without the option OBSERVATORY_DATA says where the data are; without either, ./var.
    """

    @click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        help="Folder of the observatory's data [OBSERVATORY_DATA].",
    )
    @functools.wraps(command)
    def with_data(data: Path | None, *args: P.args, **kwargs: P.kwargs) -> R:
        return command(read_settings(data=data), *args, **kwargs)

    return with_data
