"""Freeze a release: from now on one digest is what is tested, signed and let through the gate; and note what a service says it runs."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from observatory.errors import Conflict, phrase
from observatory.flows.catalogue import observed_service
from observatory.flows.release_history import read_about
from observatory.model.release import ReleaseFrozen, ReleaseObserved
from observatory.model.signoff import NewEntry
from observatory.model.visible_text import refuse_all_but_a_line
from observatory.signoff.gate_history import History
from observatory.signoff.leaves import RELEASE_FROZEN, RELEASE_OBSERVED, Logged, body_of
from observatory.store.register import Books, RegisterStore

T = TypeVar("T")
FROZEN_BEFORE = phrase("cannot freeze this digest again: it is release %(version)r")


@dataclass(frozen=True, slots=True)
class FrozenRelease:
    """A release as it stands in the log."""

    index: int
    """Of its leaf."""
    service_id: str
    version: str
    digest: str
    environment: str
    url: str
    frozen_at: datetime
    by: str
    """The mark of who delivers it, or `host`."""


@dataclass(frozen=True, slots=True)
class ObservedRelease:
    """What a service says it runs."""

    version: str
    digest: str
    environment: str
    since: datetime
    """When it first said so."""


def freeze_release(register: RegisterStore, release: ReleaseFrozen, now: datetime) -> FrozenRelease:
    """Freeze a release for ever. Raises NotFound for a service nobody observes, Conflict if this digest is frozen for the environment."""
    observed_service(register, release.service)
    for noun, text in (("release version", release.version), ("address", release.url)):
        refuse_all_but_a_line(noun, text)
    with register.change() as books:
        for known in _about(books, release.service, ReleaseFrozen):
            if (known.told.digest, known.told.environment) == (release.digest, release.environment):
                raise Conflict(FROZEN_BEFORE, phrase("a new state of a service has a new digest"), version=known.told.version)
        entry = books.log.append(NewEntry(RELEASE_FROZEN, body_of(release), now))
    return _frozen(Logged(entry.index, entry.recorded_at, release))


def observe_release(register: RegisterStore, observed: ReleaseObserved, now: datetime) -> bool:
    """Note what a service says it runs; False if it said the same before. At any number of calls one change is noted once."""
    with register.change() as books:
        known = [each.told for each in _about(books, observed.service, ReleaseObserved)]
        if [each for each in known if each.environment == observed.environment][-1:] == [observed]:
            return False
        books.log.append(NewEntry(RELEASE_OBSERVED, body_of(observed), now))
    return True


def frozen_releases(history: History, service_id: str) -> list[FrozenRelease]:
    """Return what was frozen of a service, newest first."""
    return [_frozen(each) for each in reversed(history.about(service_id, ReleaseFrozen))]


def running_release(history: History, service_id: str, environment: str) -> ObservedRelease | None:
    """Return what a service says it runs in an environment, None if it never said anything."""
    found = [each for each in history.about(service_id, ReleaseObserved) if each.told.environment == environment]
    return ObservedRelease(found[-1].told.version, found[-1].told.digest, environment, found[-1].at) if found else None


def _about(books: Books, service_id: str, kind: type[T]) -> list[Logged[T]]:
    return read_about(books, service_id, (RELEASE_FROZEN, RELEASE_OBSERVED)).about(service_id, kind)


def _frozen(leaf: Logged[ReleaseFrozen]) -> FrozenRelease:
    told = leaf.told
    return FrozenRelease(leaf.index, told.service, told.version, told.digest, told.environment, told.url, leaf.at, told.by)
