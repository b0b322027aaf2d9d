"""Every table of the data folder says in the README how long its rows are kept."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from observatory.settings import Settings

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(\w+\.sqlite)` \| ((?:`\w+`(?:, )?)+) \| \S", re.MULTILINE)


@pytest.mark.usefixtures("app")
def test_the_readme_says_of_every_table_how_long_it_is_kept(settings: Settings) -> None:
    stored = {(file.name, table) for file in settings.data.glob("*.sqlite") for table in tables_of(file)}
    documented = {(file, table) for file, tables in ROW.findall(README) for table in re.findall(r"\w+", tables)}
    assert stored == documented


def tables_of(file: Path) -> list[str]:
    """Return the tables of a file, without those of SQLite and of its migrations."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    return [name for (name,) in rows if not name.startswith(("sqlite_", "_"))]
