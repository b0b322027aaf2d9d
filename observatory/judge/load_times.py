"""Sum minute rows by menu and source: counters and the histogram of load times.

Sums add up: 30 daily ones are the one of 30 days, whatever the order in which they came.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from observatory.judge.days import Span
from observatory.model.columns import SERVER_SOURCES, Source
from observatory.model.day import DayLoad
from observatory.model.minute import COUNTER_COUNT, Counter, MinuteCounters


@dataclass(frozen=True, slots=True)
class Load:
    """Counters of one menu and source, or of several taken together."""

    values: NDArray[np.int64]
    """Shape (COUNTER_COUNT,), as in `MinuteCounters.values`."""
    bucket: NDArray[np.int16]
    bucket_count: NDArray[np.int64]
    forgotten: int = 0
    """Of the good requests, those of which nothing is kept but that they were: nobody knows whether they had a load time."""

    def of(self, counter: Counter) -> int:
        """Return one of the counters."""
        return int(self.values[counter])


LoadKey = tuple[int, int]
"""(menu, source)"""

NOTHING = Load(np.zeros(COUNTER_COUNT, np.int64), np.empty(0, np.int16), np.empty(0, np.int64))


def of_rows(rows: MinuteCounters, span: Span) -> dict[LoadKey, Load]:
    """Return the sums over the rows of a span, by menu and source."""
    first, end = np.searchsorted(rows.minute, (span.first, span.end))
    keys, group = np.unique(rows.menu[first:end].astype(np.int64) << 16 | rows.source[first:end], return_inverse=True)
    values = np.zeros((len(keys), COUNTER_COUNT), np.int64)
    np.add.at(values, group, rows.values[first:end])
    entry_first, entry_end = np.searchsorted(rows.bucket_row, (first, end))
    entry_group = group[rows.bucket_row[entry_first:entry_end] - first]
    cells, cell = np.unique(entry_group << 16 | _shifted(rows.bucket[entry_first:entry_end]), return_inverse=True)
    counts = np.zeros(len(cells), np.int64)
    np.add.at(counts, cell, rows.bucket_count[entry_first:entry_end])
    bounds = np.searchsorted(cells >> 16, np.arange(len(keys) + 1))
    buckets = ((cells & 0xFFFF) - BUCKET_SHIFT).astype(np.int16)
    return {
        (int(key >> 16), int(key & 0xFFFF)): Load(values[index], buckets[start:stop], counts[start:stop])
        for index, (key, start, stop) in enumerate(zip(keys.tolist(), bounds[:-1], bounds[1:], strict=True))
    }


def add_up(load_times: Iterable[Load]) -> Load:
    """Return the sum of load times."""
    load_times = list(load_times)
    if not load_times:
        return NOTHING
    bucket, position = np.unique(np.concatenate([load.bucket for load in load_times]), return_inverse=True)
    counts = np.zeros(len(bucket), np.int64)
    np.add.at(counts, position, np.concatenate([load.bucket_count for load in load_times]))
    return Load(np.sum([load.values for load in load_times], axis=0), bucket, counts, sum(load.forgotten for load in load_times))


def merge(*parts: dict[LoadKey, Load]) -> dict[LoadKey, Load]:
    """Return the sums of all parts by menu and source."""
    keys = sorted({key for part in parts for key in part})
    return {key: add_up(part[key] for part in parts if key in part) for key in keys}


def of_day(load_times: Iterable[DayLoad]) -> dict[LoadKey, Load]:
    """Return the stored load times of one day by menu and source."""
    return {(load.menu, load.source): Load(load.values, load.bucket, load.bucket_count) for load in load_times}


def to_day(load_times: dict[LoadKey, Load], service: int, day: date, server_source: int) -> list[DayLoad]:
    """Return load times as a day keeps them; figures are made of those of `server_source`, of browsers and of probes."""
    return [
        DayLoad(service, menu, day, source, is_authoritative(source, server_source), load.values, load.bucket, load.bucket_count)
        for (menu, source), load in sorted(load_times.items(), key=lambda item: item[0])
    ]


def most_trusted(present: Iterable[int]) -> int:
    """Return the most trusted of the server sources that are present, 0 without any."""
    found = set(present)
    return next((int(source) for source in SERVER_SOURCES if source in found), 0)


def is_authoritative(source: int, server_source: int) -> bool:
    """Return whether figures are made of a source, on a day whose server source is `server_source`."""
    return source == server_source if source < Source.BROWSER else source < Source.AGENCY_PROBE


BUCKET_SHIFT = 1 << 15


def _shifted(bucket: NDArray[np.int16]) -> NDArray[np.int64]:
    return bucket.astype(np.int64) + BUCKET_SHIFT
