"""`observatory check-store`: whatever was changed behind the observatory's back in what is read is found, and put right."""

import random
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from observatory import clock
from observatory.cli import observatory
from observatory.errors import BadSettings
from observatory.store.opening import own_folder
from observatory.workers.make_ready import MakeReady
from tests.moments import NOW
from tests.observed import observed_town, parts_of

PLANTED = 100
AT_ONCE = 20

Plant = Callable[[sqlite3.Connection, random.Random], str]
"""Changes something, and returns how the check has to name it."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder whose two services were made ready for readers."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with observed_town(tmp_path / "data") as app:
        step = MakeReady()
        while step(parts_of(app)):
            pass
    return tmp_path / "data"


def check_store(folder: Path, *arguments: str) -> Result:
    """Run `observatory check-store` on a folder; errors come as they are raised."""
    return CliRunner().invoke(observatory, ["check-store", "--data", str(folder), *arguments], catch_exceptions=False)


def one_account(connection: sqlite3.Connection, chance: random.Random) -> tuple[str, int, int, bytes]:
    rows = connection.execute("SELECT day, service, menu, minutes FROM day_account ORDER BY day, service, menu").fetchall()
    found: tuple[str, int, int, bytes] = chance.choice(rows)
    return found


def told_of_account(day: str, menu: int) -> str:
    return f"job-portal: day_account of {day}, menu {menu}, is not what its strip says"


def minutes_of_an_account(connection: sqlite3.Connection, chance: random.Random) -> str:
    day, service, menu, minutes = one_account(connection, chance)
    place = 2 * chance.randrange(len(minutes) // 2)
    changed = minutes[:place] + bytes([minutes[place] ^ 1]) + minutes[place + 1 :]
    connection.execute("UPDATE day_account SET minutes = ? WHERE day = ? AND service = ? AND menu = ?", (changed, day, service, menu))
    return told_of_account(day, menu)


def share_of_an_account(connection: sqlite3.Connection, chance: random.Random) -> str:
    day, service, menu, _ = one_account(connection, chance)
    connection.execute(
        "UPDATE day_account SET partial_share = partial_share + 1 WHERE day = ? AND service = ? AND menu = ?", (day, service, menu)
    )
    return told_of_account(day, menu)


def a_lost_account(connection: sqlite3.Connection, chance: random.Random) -> str:
    day, service, menu, _ = one_account(connection, chance)
    connection.execute("DELETE FROM day_account WHERE day = ? AND service = ? AND menu = ?", (day, service, menu))
    return told_of_account(day, menu)


def numbers_in(told: object, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    """Yield where in a document there are numbers that say something."""
    if isinstance(told, dict):
        for name, value in told.items():
            if name != "revision":
                yield from numbers_in(value, (*path, name))
    elif isinstance(told, list):
        for index, value in enumerate(told):
            yield from numbers_in(value, (*path, index))
    elif isinstance(told, int | float) and not isinstance(told, bool):
        yield path


def a_number_of_a_document(connection: sqlite3.Connection, chance: random.Random) -> str:
    rows = connection.execute("SELECT service, name, document FROM published WHERE name NOT IN ('counted') ORDER BY 1, 2").fetchall()
    service, name, document = chance.choice([row for row in rows if any(numbers_in(msgspec.json.decode(row[2])))])
    told = msgspec.json.decode(document)
    *way, last = chance.choice(list(numbers_in(told)))
    place = told
    for step in way:
        place = place[step]
    place[last] += 1
    connection.execute("UPDATE published SET document = ? WHERE service = ? AND name = ?", (msgspec.json.encode(told), service, name))
    return f"{('job-portal', 'library')[service - 1]}: published {name} is not what would be made"


def a_lost_document(connection: sqlite3.Connection, chance: random.Random) -> str:
    service, name = chance.choice(
        connection.execute("SELECT service, name FROM published WHERE name NOT IN ('present', 'counted')").fetchall()
    )
    connection.execute("DELETE FROM published WHERE service = ? AND name = ?", (service, name))
    return f"{('job-portal', 'library')[service - 1]}: published {name} is not what would be made"


PLANTS: tuple[Plant, ...] = (minutes_of_an_account, share_of_an_account, a_lost_account, a_number_of_a_document, a_lost_document)


def plant(folder: Path, chance: random.Random, kinds: tuple[Plant, ...], count: int) -> set[str]:
    """Change so many things in the file as somebody with sqlite3 would; return how the check has to name them."""
    connection = sqlite3.connect(folder / "telemetry.sqlite")
    with connection:
        told: set[str] = set()
        while len(told) < count:
            told.add(chance.choice(kinds)(connection, chance))
    connection.close()
    return told


def test_what_nobody_touched_is_said_to_be_so(folder: Path) -> None:
    result = check_store(folder)
    assert (result.exit_code, result.stdout) == (0, "ok: 2 services checked\n")


@pytest.mark.parametrize("number", range(PLANTED // AT_ONCE))
def test_each_planted_difference_is_found_and_repaired(folder: Path, number: int) -> None:
    chance = random.Random(number)  # what is planted is to be the same again
    told = plant(folder, chance, PLANTS[:3], AT_ONCE - 5)
    found = check_store(folder)
    assert found.exit_code == 1
    assert told <= set(found.stdout.splitlines())
    repaired = check_store(folder, "--repair")
    assert repaired.exit_code == 0
    assert told <= set(repaired.stdout.splitlines())
    told = plant(folder, chance, PLANTS[3:], 5)
    found = check_store(folder)
    assert (found.exit_code, set(found.stdout.splitlines()[:-1])) == (1, told)
    assert check_store(folder, "--repair").stdout.splitlines()[-1] == "2 services checked, 5 repaired"
    assert check_store(folder).stdout == "ok: 2 services checked\n"


def test_nothing_is_repaired_beside_a_server(folder: Path) -> None:
    with own_folder(folder):
        with pytest.raises(BadSettings):
            check_store(folder, "--repair")
        assert check_store(folder).exit_code == 0
