"""Describe work on a service that was announced: what was said of it, when, and what was said anew."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

from observatory.errors import BadInput, phrase
from observatory.model.text import Text
from observatory.model.visible_text import refuse_longer

LASTS_MAX = timedelta(days=7)
TITLE_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True)
class Announcement:
    """What was said at a moment: work from `start` to `end`, half-open, in whole minutes."""

    at: datetime
    """When it became an entry of the log."""
    start: datetime
    end: datetime
    title: Text
    menu_ids: tuple[str, ...] = ()
    """Menus that are worked on; none: the service as a whole."""

    def __post_init__(self) -> None:
        if any(moment.second or moment.microsecond for moment in (self.start, self.end)):
            raise BadInput(phrase("cannot announce maintenance of parts of a minute"), phrase("give start and end in whole minutes"))
        if not timedelta() < self.end - self.start <= LASTS_MAX:
            raise BadInput(
                phrase("cannot announce maintenance from %(start)s to %(end)s"),
                phrase("let it end after it starts, and within %(days)d days"),
                start=f"{self.start:%Y-%m-%dT%H:%MZ}",
                end=f"{self.end:%Y-%m-%dT%H:%MZ}",
                days=LASTS_MAX.days,
            )
        if not any(written.strip() for written in self.title):
            raise BadInput(
                phrase("cannot announce maintenance without a title"),
                phrase("give one in Korean, English or both, up to %(max)d characters"),
                max=TITLE_LENGTH_MAX,
            )
        refuse_longer("title", self.title, TITLE_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Announced work on a service. A change is one more announcement; nothing that was said is taken back."""

    id: str
    service_id: str
    announcements: tuple[Announcement, ...]
    """At least one, the newest last."""
    cancelled_at: datetime | None = None

    @property
    def newest(self) -> Announcement:
        """What holds now."""
        return self.announcements[-1]

    @property
    def start(self) -> datetime:
        """When it starts."""
        return self.newest.start

    @property
    def end(self) -> datetime:
        """When it is to end, also if it was cancelled."""
        return self.newest.end

    @property
    def title(self) -> Text:
        """What it is called."""
        return self.newest.title

    @property
    def menu_ids(self) -> tuple[str, ...]:
        """Menus that are worked on; none: the service as a whole."""
        return self.newest.menu_ids

    @property
    def announced_at(self) -> datetime:
        """When it was last spoken of."""
        return self.newest.at

    def is_running(self, now: datetime) -> bool:
        """Return whether it is being worked on."""
        return self.cancelled_at is None and self.start <= now < self.end

    def is_over(self, now: datetime) -> bool:
        """Return whether nothing of it is still to come."""
        return self.cancelled_at is not None or self.end <= now


def new_ids(service_id: str, starts: Sequence[datetime], taken: Collection[str]) -> list[str]:
    """Return a name for maintenance at each of these moments; a second one of the same minute gets a number."""
    ids: list[str] = []
    for start in starts:
        name = f"{service_id}-maintenance-{start.astimezone(UTC):%Y%m%dT%H%M}"
        numbered = (name if number == 1 else f"{name}-{number}" for number in count(1))
        ids.append(next(each for each in numbered if each not in taken and each not in ids))
    return ids
