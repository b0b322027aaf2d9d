"""Series of a group that fails, in SQLite's store."""

import sqlite3
from dataclasses import replace

import pytest

from observatory.model.minute import MinuteCounters
from observatory.rollup.points.updates import SeriesBook, SeriesUpdates
from observatory.store.telemetry import TelemetryStore
from tests.moments import NOW
from tests.rollup.data_points import placed
from tests.store.counted import a_batch_no_table_takes, add
from tests.store.series import a_batch, a_state, counted_of, requests


def test_series_of_a_group_that_fails_are_as_they_were(telemetry: TelemetryStore) -> None:
    add(telemetry, [a_batch(a_state(100, 0))])
    with pytest.raises(sqlite3.IntegrityError):
        add(telemetry, [a_batch(a_state(103, 30)), a_batch_no_table_takes(), a_batch(a_state(110, 60))])
    with pytest.raises(ZeroDivisionError):
        add(telemetry, [a_batch(a_state(103, 30)), replace(a_batch(), series=Broken([placed(a_state(1, 1))], NOW, None))])
    assert requests(telemetry) == 0
    tried_again = a_batch(a_state(103, 30))
    add(telemetry, [tried_again])
    assert (requests(telemetry), counted_of(tried_again).rolled.accepted) == (3, 1)


class Broken(SeriesUpdates):
    """Points that hit a bug of ours."""

    def resolve(self, book: SeriesBook) -> MinuteCounters:
        raise ZeroDivisionError(book)
