"""Copy a data folder as of one instant, and put a copy back: `observatory backup` and `observatory restore`."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from observatory import clock
from observatory.cli.options import with_settings
from observatory.settings import Settings
from observatory.store.backup import Manifest, back_up, check_backup, restore
from observatory.store.opening import require_folder


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Make nothing; verify that the backup DIR is whole and sound.")
@with_settings
def backup(settings: Settings, *, folder: Path, check: bool) -> None:
    """Copy the data folder, as it is at this instant, into a new folder DIR; a server may go on beside."""
    if not check:
        require_folder(settings.data)
    with _progress("checking" if check else "backing up") as tell:
        made = check_backup(folder, tell) if check else back_up(settings.data, folder, clock.now(), tell)
    click.echo(f"{'ok' if check else 'made'}: {_as_line(folder, made)}")


@click.command("restore")
@click.argument("folder", metavar="BACKUP", type=click.Path(path_type=Path))
@with_settings
def restore_command(settings: Settings, *, folder: Path) -> None:
    """Check a backup and make a data folder of it; --data must name one that is empty or not there."""
    with _progress("restoring") as tell:
        made = restore(folder, settings.data, tell)
    click.echo(f"restored to {settings.data}: {_as_line(folder, made)}")


def _as_line(folder: Path, made: Manifest) -> str:
    megabytes = sum(size for size, _ in made.files.values()) / 1e6
    return f"{folder} of {made.made_at:%Y-%m-%d %H:%M:%S} UTC, {megabytes:.1f} MB, log of {made.log_size} entries, newest {made.log_head}"


@contextmanager
def _progress(doing: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on standard error, where that is a terminal; lend what moves it."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, everything: bar.update(task, completed=done, total=everything)
