"""Compare what a day of a service was published as with what it is about to be: the lines of the public list of changes come of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256

from observatory.judge.day_accounts import account_of
from observatory.judge.load_times import NOTHING, Load, add_up
from observatory.judge.method import IN_FORCE
from observatory.judge.newly_observed import NewlyObserved
from observatory.judge.timeline import SERVICE
from observatory.model.catalogue import OTHER_MENU_INDEX
from observatory.model.columns import Source
from observatory.model.day import DayAccount, DayLoad, DayStrip
from observatory.model.day_change import ChangedMinutes, ChangedRequests, DayDigits, LoadTimeKind
from observatory.model.incident import MinuteClass
from observatory.model.minute import Counter

SHOWN_CLASSES = (
    MinuteClass.DOWN,
    MinuteClass.ISOLATED,
    MinuteClass.PARTIAL,
    MinuteClass.BLIP,
    MinuteClass.UNKNOWN,
    MinuteClass.MAINTENANCE,
)
MARK_BYTES = 16


@dataclass(frozen=True, slots=True)
class DayRecord:
    """All that figures are made of, of one day of a service."""

    accounts: Mapping[int, DayAccount]
    """By menu; 0 is the service as a whole."""
    minute_classes: Mapping[int, bytes]
    """Of every minute, by menu, where they are still kept."""
    loads: Sequence[DayLoad]


@dataclass(frozen=True, slots=True)
class ChangedSubject:
    """A day of a service (`menu` = 0) or menu of which some figure changes."""

    service: int
    menu: int
    day: date
    load_time_source: LoadTimeKind
    was: DayDigits
    now: DayDigits
    was_mark: bytes
    """Of all that figures are made of: another one if anything is another, shown or not."""
    now_mark: bytes


def record_of(accounts: Mapping[int, DayAccount], strips: Iterable[DayStrip], loads: Sequence[DayLoad]) -> DayRecord:
    """Return what is known of a day; where a subject has a strip, that is newer than its account."""
    kept = {strip.menu: strip for strip in strips}
    told = {menu: account_of(strip) for menu, strip in kept.items()}
    return DayRecord({**accounts, **told}, {menu: strip.minute_class.tobytes() for menu, strip in kept.items()}, loads)


def changed_subjects(service: int, day: date, before: DayRecord, after: DayRecord) -> list[ChangedSubject]:
    """Return the service and its menus as far as anything changes that figures are made of, the service first.

    Of a day of which nothing was known the service alone.
    """
    menus = {*before.accounts, *after.accounts, *(load.menu for load in (*before.loads, *after.loads))}
    subjects = sorted(menus | {SERVICE}) if before.accounts else [SERVICE]
    changed = (_changed(service, day, menu, before, after) for menu in subjects)
    return [each for each in changed if each.was_mark != each.now_mark]


def _changed(service: int, day: date, menu: int, before: DayRecord, after: DayRecord) -> ChangedSubject:
    kind: LoadTimeKind = "server" if _loads(before, menu, "server") or _loads(after, menu, "server") else "probe"
    accounts = before.accounts.get(menu), after.accounts.get(menu)
    loads = _loads(before, menu, kind), _loads(after, menu, kind)
    return ChangedSubject(
        service=service,
        menu=menu,
        day=day,
        load_time_source=kind,
        was=DayDigits(_minutes(accounts[0], accounts[1]), _requests(loads[0], kind)),
        now=DayDigits(_minutes(accounts[1], accounts[0]), _requests(loads[1], kind)),
        was_mark=_mark(accounts[0], before.minute_classes.get(menu), [*loads[0], *_of_no_menu(before, menu)]),
        now_mark=_mark(accounts[1], after.minute_classes.get(menu), [*loads[1], *_of_no_menu(after, menu)]),
    )


def as_observed(subject: ChangedSubject, begun: NewlyObserved) -> ChangedSubject:
    """Return a changed service with its unknown minutes as figures count them: those that are not observed are none."""
    was, now = subject.was.minutes, subject.now.minutes
    return replace(
        subject,
        was=replace(subject.was, minutes=replace(was, unknown=max(0, was.unknown - begun.unobserved_before))),
        now=replace(subject.now, minutes=replace(now, unknown=max(0, now.unknown - begun.unobserved))),
    )


def only_observed(service: int, begun: NewlyObserved, record: DayRecord) -> ChangedSubject:
    """Return the service on a day of which nothing changes but that minutes of which nobody tells count as unknown, and as observed."""
    same = _changed(service, begun.day, SERVICE, record, record)
    if SERVICE not in record.accounts:
        nothing = replace(same.now, minutes=ChangedMinutes(0, 0, 0, 0, begun.open_minutes))
        same = replace(same, was=nothing, now=nothing)
    return replace(as_observed(same, begun), was_mark=sha256(b"unobserved" + same.was_mark).digest()[:MARK_BYTES])


def same_loads(before: Sequence[DayLoad], after: Sequence[DayLoad]) -> bool:
    """Return whether two days' load times are the same, menu by menu and source by source."""
    return _mark(None, None, before) == _mark(None, None, after)


def _mark(account: DayAccount | None, minute_classes: bytes | None, loads: Sequence[DayLoad]) -> bytes:
    digest = sha256()
    if account is not None and not _says_nothing(account):
        digest.update(f"{account.minutes.tolist()} {account.partial_share} {account.evidence_from}\n".encode())
        digest.update(minute_classes or b"")
    for load in sorted(loads, key=lambda load: (load.menu, load.source)):
        digest.update(f"{load.menu} {load.source} {load.authoritative}\n".encode())
        digest.update(load.values.tobytes() + load.bucket.tobytes() + load.bucket_count.tobytes())
    return digest.digest()[:MARK_BYTES]


def _says_nothing(account: DayAccount) -> bool:
    return len(account) == int(account.minutes[[MinuteClass.UNKNOWN, MinuteClass.CLOSED]].sum())


def _loads(record: DayRecord, menu: int, kind: LoadTimeKind) -> list[DayLoad]:
    """Return the load times that figures of a subject are made of, but for requests of no menu."""
    return [
        load
        for load in record.loads
        if load.authoritative
        and load.source != Source.BROWSER
        and (load.source < Source.BROWSER) == (kind == "server")
        and (load.menu != SERVICE if menu == SERVICE else load.menu == menu)
    ]


def _of_no_menu(record: DayRecord, menu: int) -> list[DayLoad]:
    """Return the requests of no menu: of a service as a whole it is told how many there were."""
    server = (load for load in record.loads if load.authoritative and load.source < Source.BROWSER)
    return [load for load in server if load.menu == OTHER_MENU_INDEX] if menu == SERVICE else []


def _minutes(account: DayAccount | None, other: DayAccount | None) -> ChangedMinutes:
    """Return the minutes of a day; of one of which nothing was kept all that were open are unknown."""
    if account is not None:
        return ChangedMinutes(*(int(account.minutes[each]) for each in SHOWN_CLASSES))
    return ChangedMinutes(0, 0, 0, 0, len(other) - int(other.minutes[MinuteClass.CLOSED]) if other is not None else 0)


def _requests(loads: Sequence[DayLoad], kind: LoadTimeKind) -> ChangedRequests:
    whole = add_up(Load(load.values, load.bucket, load.bucket_count) for load in loads) if loads else NOTHING
    timed = whole.of(Counter.TIMED)
    mean_us = whole.of(Counter.DURATION_US) // timed if timed >= IN_FORCE.load_time_count_min else None
    served = kind == "server"
    return ChangedRequests(whole.of(Counter.COUNT) if served else 0, whole.of(Counter.BAD) if served else 0, mean_us)
