"""Write arrays as bytes for a column, and read them back. All little-endian; a layout never changes, a new one gets a new version."""

import struct
import zlib
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from observatory.model.day import DayStrip
from observatory.model.minute import BUCKET_COUNT_MAX, COUNTER_COUNT, Counter
from observatory.rollup.sums import Rows
from observatory.store.telemetry import KEY_BYTES

COUNTERS_BYTES = 8 * COUNTER_COUNT
COUNTERS_OF_SECOND_VERSION = 9
"""Counters there were until version 2 of rows: what was written then lacks the later ones, which are 0."""

MINUTE_ENTRY = np.dtype([("bucket", "<i2"), ("count", "<u4")])

ROWS_VERSION = 3
ROWS_HEADER = struct.Struct("<BII")
"""Version, number of rows, number of buckets."""
ROWS_KINDS = struct.Struct("3s3s3s3s")
"""After the header, as |u1, <u2, <u4, <u8 or <i8: the kinds of counters, of those that are times, of row numbers and of counts."""
ROWS_KINDS_OF_SECOND_VERSION = struct.Struct("3s3s3s")
"""There all counters were of one kind."""
TIMES = np.array([Counter.DURATION_US, Counter.FAILED_WAIT_US], np.intp)
NUMBERS = np.setdiff1d(np.arange(COUNTER_COUNT), TIMES)
"""The other counters: small as a rule, so they are kept apart from microseconds."""
ROW = np.dtype([("minute", "<i8"), ("service", "<i4"), ("menu", "<i4"), ("source", "<i2")])
ROW_BUCKET = np.dtype([("row", "<u4"), ("bucket", "<i2"), ("count", "<u4")])
"""In version 1."""

RECEIVED = np.dtype("<i8")
"""Milliseconds since 1970 UTC."""

STRIP_VERSION = 3
STRIP_HEADER = struct.Struct("<BHI")
"""Version, number of minutes, number of votes."""
STRIP_COLUMNS = (
    ("count", "<u4"),
    ("bad", "<u4"),
    ("slow", "<u4"),
    ("throttled", "<u4"),
    ("client_error", "<u4"),
    ("probe_ok", "u1"),
    ("probe_failed", "u1"),
    ("verdict", "u1"),
    ("minute_class", "u1"),
)
LATER_STRIP_COLUMNS = {1: ("throttled", "client_error"), 2: ("client_error",), STRIP_VERSION: ()}
"""Those a version does not have yet: they are 0."""
VOTE_KIND = "<i4"
ZLIB_LEVEL = 1


def counters_to_blobs(values: NDArray[np.int64]) -> list[bytes]:
    """Return one blob for each row of an array of shape (rows, COUNTER_COUNT), without the zeros at its end."""
    data = values.astype("<i8", copy=False).tobytes()
    return [data[start : start + COUNTERS_BYTES].rstrip(b"\0") for start in range(0, len(data), COUNTERS_BYTES)]


def counters_of_blobs(blobs: Sequence[bytes]) -> NDArray[np.int64]:
    """Return the array of shape (rows, COUNTER_COUNT) whose rows these blobs are; what they lack is zero."""
    data = b"".join([blob.ljust(COUNTERS_BYTES, b"\0") for blob in blobs])
    return np.frombuffer(data, "<i8").reshape(len(blobs), COUNTER_COUNT).astype(np.int64)


def histograms_to_blobs(
    rows: int, bucket_row: NDArray[np.int32], bucket: NDArray[np.int16], bucket_count: NDArray[np.int64]
) -> list[bytes]:
    """Return one blob for each of `rows` rows; entries are sorted by row, as in `MinuteCounters`."""
    entries = np.empty(len(bucket), MINUTE_ENTRY)
    entries["bucket"] = bucket
    entries["count"] = bucket_count
    data = entries.tobytes()
    bounds = (np.searchsorted(bucket_row, np.arange(rows + 1)) * MINUTE_ENTRY.itemsize).tolist()
    return [data[start:end] for start, end in pairwise(bounds)]


def histograms_of_blobs(blobs: Sequence[bytes]) -> tuple[NDArray[np.int32], NDArray[np.int16], NDArray[np.int64]]:
    """Return row, bucket and count of every entry of these blobs, blob i being row i."""
    lengths = np.fromiter(map(len, blobs), np.int64, len(blobs)) // MINUTE_ENTRY.itemsize
    entries = np.frombuffer(b"".join(blobs), MINUTE_ENTRY)
    bucket_row = np.repeat(np.arange(len(blobs), dtype=np.int32), lengths)
    return bucket_row, entries["bucket"].astype(np.int16), entries["count"].astype(np.int64)


def rows_to_blob(rows: Rows) -> bytes:
    """Return rows as one blob: their keys, their buckets, their counters; numbers as narrow as all of a kind allow."""
    keys = np.empty(len(rows.keys), ROW)
    for column, name in enumerate(("minute", "service", "menu", "source")):
        keys[name] = rows.keys[:, column]
    counters = rows.values[:, NUMBERS], rows.values[:, TIMES]
    narrow = [_narrowed(column) for column in (*counters, rows.bucket_row, np.minimum(rows.bucket_count, BUCKET_COUNT_MAX))]
    header = ROWS_HEADER.pack(ROWS_VERSION, len(keys), len(rows.bucket)) + ROWS_KINDS.pack(
        *(column.dtype.str.encode() for column in narrow)
    )
    return b"".join((header, keys.tobytes(), rows.bucket.astype("<i2").tobytes(), *(column.tobytes() for column in narrow)))


def _narrowed(column: NDArray[np.int64]) -> NDArray[np.integer]:
    """Return the same numbers in the narrowest kind that holds them all."""
    most = int(column.max(initial=0))
    kind = np.min_scalar_type(most) if column.min(initial=0) >= 0 else np.dtype(np.int64)
    return column.astype(kind.newbyteorder("<"))


def rows_of_blob(blob: bytes) -> Rows:
    """Return the rows of such a blob. Raises ValueError for one of a newer release."""
    version, size, bucket_count = ROWS_HEADER.unpack_from(blob)
    if version == 1:
        return _rows_of_first_version(blob, size, bucket_count)
    if version == 2:
        kinds, widths = ROWS_KINDS_OF_SECOND_VERSION, [COUNTERS_OF_SECOND_VERSION]
    elif version == ROWS_VERSION:
        kinds, widths = ROWS_KINDS, [len(NUMBERS), len(TIMES)]
    else:
        raise ValueError(f"journal entry of version {version}, {ROWS_VERSION} is known")
    told = (ROW, "<i2", *(kind.decode() for kind in kinds.unpack_from(blob, ROWS_HEADER.size)))
    at = ROWS_HEADER.size + kinds.size
    columns = []
    for kind, count in zip(told, (size, bucket_count, *(size * width for width in widths), bucket_count, bucket_count), strict=True):
        columns.append(np.frombuffer(blob, np.dtype(kind), count, at))
        at += columns[-1].nbytes
    keys, bucket, *counters, bucket_row, counts = columns
    values = _all_counters(counters[0], size) if version == 2 else _values_of(*counters)
    return Rows(_keys_of(keys), values, bucket_row.astype(np.int64), bucket, counts.astype(np.int64))


def _values_of(numbers: NDArray[np.integer], times: NDArray[np.integer]) -> NDArray[np.int64]:
    values = np.empty((len(times) // len(TIMES), COUNTER_COUNT), np.int64)
    values[:, NUMBERS] = numbers.reshape(-1, len(NUMBERS))
    values[:, TIMES] = times.reshape(-1, len(TIMES))
    return values


def _all_counters(values: NDArray[np.integer], size: int) -> NDArray[np.int64]:
    """Return the counters of so many rows, the later ones 0 where they are not there yet."""
    known = values.reshape(size, -1) if size else values.reshape(0, COUNTER_COUNT)
    return np.pad(known.astype(np.int64), ((0, 0), (0, COUNTER_COUNT - known.shape[1])))


def _rows_of_first_version(blob: bytes, size: int, bucket_count: int) -> Rows:
    values_at = ROWS_HEADER.size + size * ROW.itemsize
    keys = np.frombuffer(blob, ROW, size, ROWS_HEADER.size)
    values = np.frombuffer(blob, "<i8", size * COUNTERS_OF_SECOND_VERSION, values_at)
    buckets = np.frombuffer(blob, ROW_BUCKET, bucket_count, values_at + values.nbytes)
    return Rows(
        _keys_of(keys),
        _all_counters(values, size),
        buckets["row"].astype(np.int64),
        buckets["bucket"].astype(np.int16),
        buckets["count"].astype(np.int64),
    )


def _keys_of(rows: NDArray[np.void]) -> NDArray[np.int64]:
    return np.stack([rows[name] for name in ROW.names or ()], axis=1, dtype=np.int64)


def keys_to_blob(received_ms: Mapping[bytes, int]) -> bytes:
    """Return keys, one after the other, and after them when each was received."""
    return b"".join((*received_ms, np.fromiter(received_ms.values(), RECEIVED, len(received_ms)).tobytes()))


def keys_of_blob(blob: bytes) -> bytes:
    """Return the keys, one after the other."""
    return blob[: len(blob) // (KEY_BYTES + RECEIVED.itemsize) * KEY_BYTES]


def received_of_blob(blob: bytes) -> dict[bytes, int]:
    """Return when each key was received."""
    keys = keys_of_blob(blob)
    received_ms = np.frombuffer(blob, RECEIVED, offset=len(keys)).tolist()
    return {keys[at : at + KEY_BYTES]: received for at, received in zip(range(0, len(keys), KEY_BYTES), received_ms, strict=True)}


def load_to_blob(bucket: NDArray[np.int16], bucket_count: NDArray[np.int64]) -> bytes:
    """Return the histogram of a day's load times: all buckets, then all counts."""
    return bucket.astype("<i2").tobytes() + bucket_count.astype("<i8").tobytes()


def load_of_blob(blob: bytes) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
    """Return buckets and counts of such a histogram."""
    size = len(blob) // 10
    return np.frombuffer(blob, "<i2", size).astype(np.int16), np.frombuffer(blob, "<i8", size, 2 * size).astype(np.int64)


def strip_to_blob(strip: DayStrip) -> bytes:
    """Return the arrays of a strip, one after the other, compressed behind a small header."""
    columns = b"".join(np.asarray(getattr(strip, name)).astype(kind).tobytes() for name, kind in STRIP_COLUMNS)
    votes = strip.votes.astype(VOTE_KIND).tobytes()
    return STRIP_HEADER.pack(STRIP_VERSION, len(strip), len(strip.votes)) + zlib.compress(columns + votes, ZLIB_LEVEL)


def strip_of_blob(service: int, menu: int, day: date, first_minute: int, source: int, blob: bytes, *, settled: bool) -> DayStrip:
    """Return the strip whose arrays and votes these are. Raises ValueError for a layout of a newer release."""
    version, minutes, vote_count = STRIP_HEADER.unpack_from(blob)
    if version not in LATER_STRIP_COLUMNS:
        raise ValueError(f"cannot read the strip of {day}: layout {version} is unknown")
    data = zlib.decompress(blob[STRIP_HEADER.size :])
    arrays, offset = {name: np.zeros(minutes, np.uint32) for name in LATER_STRIP_COLUMNS[version]}, 0
    for name, kind in STRIP_COLUMNS:
        if name in LATER_STRIP_COLUMNS[version]:
            continue
        array = np.frombuffer(data, kind, minutes, offset)
        arrays[name] = array.astype(array.dtype.newbyteorder("="))
        offset += array.nbytes
    votes = np.frombuffer(data, VOTE_KIND, 3 * vote_count, offset).reshape(vote_count, 3).astype(np.int32)
    return DayStrip(service, menu, day, first_minute, votes=votes, source=source, settled=settled, **arrays)
