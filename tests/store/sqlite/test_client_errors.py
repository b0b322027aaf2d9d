"""A folder of before does not tell how many client errors are usual, and says so."""

import sqlite3
import zlib
from contextlib import closing
from datetime import date
from pathlib import Path

import numpy as np
from sqlite_utils import Database

from observatory.store.opening import open_telemetry, prepare_folder
from observatory.store.sqlite.telemetry.blobs import STRIP_COLUMNS, STRIP_HEADER, strip_of_blob
from observatory.store.sqlite.telemetry.schema import telemetry_migrations
from tests.store.counted import DAY, DAY_START, a_strip

BEFORE = "0010_client_errors"


def as_second_version_wrote_it() -> bytes:
    strip = a_strip(menu=11)
    columns = [np.asarray(getattr(strip, name)).astype(kind).tobytes() for name, kind in STRIP_COLUMNS if name != "client_error"]
    votes = strip.votes.astype("<i4").tobytes()
    return STRIP_HEADER.pack(2, len(strip), len(strip.votes)) + zlib.compress(b"".join(columns) + votes)


def a_folder_of_before(folder: Path, *, strips: int = 0, minutes: int = 0) -> Path:
    prepare_folder(folder)
    (folder / "telemetry.sqlite").unlink(missing_ok=True)
    with closing(sqlite3.connect(folder / "telemetry.sqlite")) as old:
        telemetry_migrations.apply(Database(old), stop_before=BEFORE)
        strip = (
            "INSERT INTO strip (service, day, menu, first_minute, end_minute, source, settled, minutes) VALUES (1, ?, 11, ?, ?, 3, 0, ?)"
        )
        old.executemany(strip, [(DAY.isoformat(), DAY_START, DAY_START + 1440, as_second_version_wrote_it())] * strips)
        minute = "INSERT INTO minute (service, menu, source, minute, counters, histogram) VALUES (1, 11, 3, ?, x'', x'')"
        old.executemany(minute, [(DAY_START + each,) for each in range(minutes)])
        old.commit()
    return folder


def counted_from(folder: Path) -> int:
    with closing(open_telemetry(folder)) as store:
        return store.client_errors_from()


def test_a_new_folder_has_always_counted_them(tmp_path: Path) -> None:
    prepare_folder(tmp_path / "new")
    assert counted_from(tmp_path / "new") == 0


def test_a_folder_of_before_counts_them_from_the_end_of_what_it_has(tmp_path: Path) -> None:
    assert counted_from(a_folder_of_before(tmp_path / "empty")) == 0
    assert counted_from(a_folder_of_before(tmp_path / "unjudged", minutes=3)) == DAY_START + 3
    assert counted_from(a_folder_of_before(tmp_path / "judged", strips=1, minutes=3)) == DAY_START + 1440


def test_a_strip_of_before_has_none(tmp_path: Path) -> None:
    with closing(open_telemetry(a_folder_of_before(tmp_path / "old", strips=1))) as store:
        (read,) = store.strips(1, DAY, date(DAY.year + 1, 1, 1))
    written = a_strip(menu=11)
    assert not read.client_error.any()
    assert np.array_equal(read.throttled, written.throttled)
    assert np.array_equal(read.votes, written.votes)
    assert strip_of_blob(1, 11, DAY, DAY_START, 3, as_second_version_wrote_it(), settled=False).client_error.dtype == np.uint32
