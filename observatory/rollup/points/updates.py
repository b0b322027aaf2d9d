"""Turn the data points of one body into counters, and into what is to be stored of their series."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from observatory.model.left_out import LeftOut
from observatory.model.minute import MinuteCounters
from observatory.rollup.minutes import RolledUp
from observatory.rollup.points.counters import PlacedPoint, reason_against, roll_up_points
from observatory.rollup.points.series import of_bytes, step, to_bytes

TOO_MANY_SERIES = "too_many_series"


class SeriesBook(Protocol):
    """What is stored of the cumulative series of all services, inside the transaction that counts their points."""

    def state(self, service: int, series: bytes) -> bytes | None:
        """Return what is stored of a series."""

    def keep(self, service: int, series: bytes, state: bytes) -> bool:
        """Store it; False if the service has as many series as it may and this is a new one."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What became of some points."""

    rolled: RolledUp
    rejected: dict[str, int]
    """Points by reason; those that are too late are in `rolled`."""


def count_deltas(placed: Sequence[PlacedPoint], received_at: datetime, oldest: datetime | None) -> Counted:
    """Count the points of delta series, each of which says by itself what is new."""
    good, rejected = [], _Reasons()
    for each in placed:
        reason = reason_against(each.durations, each.point.start_ns, each.point.time_ns)
        if reason:
            rejected.add(reason, each.service)
        elif each.durations.count:
            good.append(each)
    return _counted(placed, good, rejected, received_at, oldest)


@dataclass(slots=True, eq=False)
class SeriesUpdates:
    """The points of cumulative series of one body: what is new in them depends on what is stored when they are."""

    placed: Sequence[PlacedPoint]
    received_at: datetime
    oldest: datetime | None
    """None takes points of any age."""
    counted: Counted | None = None
    """What became of them, once they are stored; None if the body was a duplicate."""

    def __len__(self) -> int:
        return len(self.placed)

    def resolve(self, book: SeriesBook) -> MinuteCounters:
        """Count what is new and bring the book up to date. When the transaction is tried again, so is this."""
        groups: dict[tuple[int, bytes], list[PlacedPoint]] = {}
        for each in sorted(self.placed, key=lambda each: each.point.time_ns):
            groups.setdefault((each.service, each.point.series), []).append(each)
        new, rejected = [], _Reasons()
        for (service, series), group in groups.items():
            known = of_bytes(book.state(service, series))
            steps = []
            for each in group:
                taken = step(known, each.point)
                known = taken.known
                steps.append((each, taken))
            if not book.keep(service, series, to_bytes(known)):
                rejected.add(TOO_MANY_SERIES, service, len(group))
                continue
            for each, taken in steps:
                if taken.reason:
                    rejected.add(taken.reason, service)
                elif taken.new is not None:
                    new.append(replace(each, durations=taken.new))
        self.counted = _counted(self.placed, new, rejected, self.received_at, self.oldest)
        return self.counted.rolled.counters


@dataclass(slots=True)
class _Reasons:
    counts: dict[str, int] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)

    def add(self, reason: str, service: int, count: int = 1) -> None:
        self.counts[reason] = self.counts.get(reason, 0) + count
        self.left_out.append(LeftOut(service, "rejected", count))


def _counted(
    placed: Sequence[PlacedPoint], good: Sequence[PlacedPoint], rejected: _Reasons, received_at: datetime, oldest: datetime | None
) -> Counted:
    """Roll up the good ones; points without anything new are accepted too."""
    rolled = roll_up_points(good, received_at, oldest)
    accepted = len(placed) - sum(rejected.counts.values()) - rolled.too_late
    return Counted(rolled.with_left_out(rejected.left_out)._replace(accepted=accepted), rejected.counts)
