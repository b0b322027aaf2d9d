"""Hold the counters of one body among those of many that were made at once, cut out only where they are needed apart."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from observatory.model.minute import MinuteCounters


@dataclass(frozen=True, slots=True)
class CounterSpan:
    """Rows that stand together: those of one body, sorted and unique among themselves."""

    whole: MinuteCounters
    """Of several bodies, one after the other."""
    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    def cut(self) -> MinuteCounters:
        """Return these rows by themselves."""
        whole, start, end = self.whole, self.start, self.end
        if len(self) == len(whole):
            return whole
        first, last = np.searchsorted(whole.bucket_row, (start, end)).tolist()
        return MinuteCounters(
            minute=whole.minute[start:end],
            service=whole.service[start:end],
            menu=whole.menu[start:end],
            source=whole.source[start:end],
            values=whole.values[start:end],
            bucket_row=whole.bucket_row[first:last] - np.int32(start),
            bucket=whole.bucket[first:last],
            bucket_count=whole.bucket_count[first:last],
        )


def joined_spans(parts: Iterable[MinuteCounters | CounterSpan]) -> list[MinuteCounters]:
    """Return the same rows in the same order in as few pieces as possible: spans that follow each other are cut out at once."""
    pieces: list[MinuteCounters] = []
    whole, start, end = None, 0, 0
    for part in parts:
        if isinstance(part, CounterSpan) and part.whole is whole and part.start == end:
            end = part.end
            continue
        if whole is not None:
            pieces.append(CounterSpan(whole, start, end).cut())
        if isinstance(part, CounterSpan):
            whole, start, end = part.whole, part.start, part.end
        else:
            whole = None
            pieces.append(part)
    if whole is not None:
        pieces.append(CounterSpan(whole, start, end).cut())
    return pieces
