"""Copy a data folder as of one instant, and put a copy back: `observatory backup` and `observatory restore`."""

from pathlib import Path

import click

from observatory import clock
from observatory.cli.options import with_settings
from observatory.cli.progress import progress
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
    with progress("checking" if check else "backing up", of_bytes=True) as tell:
        made = check_backup(folder, tell) if check else back_up(settings.data, folder, clock.now(), tell)
    click.echo(f"{'ok' if check else 'made'}: {_as_line(folder, made)}")


@click.command("restore")
@click.argument("folder", metavar="BACKUP", type=click.Path(path_type=Path))
@with_settings
def restore_command(settings: Settings, *, folder: Path) -> None:
    """Check a backup and make a data folder of it; --data must name one that is empty or not there."""
    with progress("restoring", of_bytes=True) as tell:
        made = restore(folder, settings.data, tell)
    click.echo(f"restored to {settings.data}: {_as_line(folder, made)}")


def _as_line(folder: Path, made: Manifest) -> str:
    megabytes = sum(size for size, _ in made.files.values()) / 1e6
    return f"{folder} of {made.made_at:%Y-%m-%d %H:%M:%S} UTC, {megabytes:.1f} MB, log of {made.log_size} entries, newest {made.log_head}"
