"""However telemetry is split, shuffled, repeated and grouped on its way, the same is stored."""

import tempfile
from collections import Counter as Tally
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from observatory.store.opening import open_telemetry, prepare_folder
from observatory.store.telemetry import Batch
from tests.store.counted import DAY_START, RECEIVED, Key, a_key, as_dict, counters

keys = st.tuples(st.integers(DAY_START, DAY_START + 3), st.integers(1, 2), st.integers(0, 2), st.sampled_from([1, 3, 64]))
records = st.lists(st.tuples(keys, st.integers(-345, -343)), min_size=1, max_size=40)


def batch_of(some: list[tuple[Key, int]], key: bytes) -> Batch:
    """Return a batch of single records: each is one of its row and one in its bucket."""
    histograms: dict[Key, Tally[int]] = {}
    for row, bucket in some:
        histograms.setdefault(row, Tally())[bucket] += 1
    return Batch(
        counters((row, 12 * sum(histogram.values()), histogram) for row, histogram in histograms.items()), RECEIVED, key and a_key(key)
    )


@dataclass(frozen=True, slots=True)
class Stored:
    """All that can be asked of a store, as plain values."""

    rows: list[dict[Key, tuple[tuple[int, ...], dict[int, int]]]]
    request_totals: list[tuple[int, int, int, int, int, int]]
    load_totals: list[tuple[int, int, int, int, int]]
    last_minutes: dict[tuple[int, int], int]
    waiting: list[tuple[int, int, int]]


def stored_by(calls: list[list[Batch]], *, flushed: bool = False) -> Stored:
    """Return what is in a fresh store after these calls, `flushed` after each or only after the last."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare_folder(folder)
        with closing(open_telemetry(folder)) as store:
            for call in calls:
                store.add(call)
                if flushed:
                    store.flush()
            store.flush()
            return Stored(
                [records_only(as_dict(store.minutes(service, DAY_START, DAY_START + 4))) for service in (1, 2)],
                store.request_totals(),
                store.load_totals(),
                store.last_minutes(),
                [(one.service, one.first_minute, one.last_minute) for one in store.unjudged()],
            )


def records_only(rows: dict[Key, tuple[tuple[int, ...], dict[int, int]]]) -> dict[Key, tuple[tuple[int, ...], dict[int, int]]]:
    """Leave out the counters that `counters` gives each row once, whatever its size."""
    return {key: ((*values[:4], *values[5:8]), histogram) for key, (values, histogram) in rows.items()}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(records, st.data())
def test_any_split_order_repetition_and_grouping_stores_the_same(sent: list[tuple[Key, int]], data: st.DataObject) -> None:
    whole = stored_by([[batch_of([record], bytes([number])) for number, record in enumerate(sent)]])
    bodies: list[Batch] = []
    rest = list(sent)
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        bodies.append(batch_of(rest[:size], bytes([len(bodies)])))
        rest = rest[size:]
    repeated = bodies + data.draw(st.lists(st.sampled_from(bodies), max_size=5))
    shuffled = data.draw(st.permutations(repeated))
    cut = data.draw(st.integers(0, len(shuffled)))
    assert stored_by([list(shuffled[:cut]), list(shuffled[cut:])], flushed=data.draw(st.booleans())) == whole
