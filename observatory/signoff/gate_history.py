"""Gather what the log tells of releases, services and accounts, so that a gate finds it by what it asks."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar, cast
from zoneinfo import ZoneInfo

from observatory.errors import BadInput
from observatory.model.signoff import LogEntry
from observatory.signoff.gate_policy import IN_FORCE_AT_FIRST, GatePolicy
from observatory.signoff.leaves import KeysChanged, Logged, OfAccount, OfRelease, PolicyChanged, ServiceNamed, Told, read_leaf
from observatory.signoff.signed import Signed

T = TypeVar("T")
SEOUL = ZoneInfo("Asia/Seoul")
Leaves = tuple[Logged[Told], ...]


@dataclass(frozen=True, slots=True)
class History:
    """The leaves of a log up to a size, in order. Whoever reads the same log has the same history."""

    size: int = 0
    services: Mapping[str, Leaves] = field(default_factory=dict)
    """By id of the service."""
    accounts: Mapping[str, Leaves] = field(default_factory=dict)
    """By mark of the account."""
    policies: tuple[Logged[PolicyChanged], ...] = ()
    keys: tuple[Logged[KeysChanged], ...] = ()
    """Of the observatory, oldest first."""
    zone: ZoneInfo = SEOUL
    """In which the day of a condition ends."""
    unreadable: tuple[int, ...] = ()
    """Indexes of leaves nobody here wrote, or that were changed since: what they said might be a no, so nothing is decided beside them."""
    witnessed_size: int | None = None
    """How much of the log outside witnesses have confirmed; None: nobody asks for witnesses."""

    def after(self, entries: Iterable[LogEntry], size: int, changed: Iterable[int] = ()) -> "History":
        """Return the history with the entries that follow; `changed` are indexes of others that are no longer what was appended."""
        services, accounts = dict(self.services), dict(self.accounts)
        policies, keys, unreadable = [*self.policies], [*self.keys], [*self.unreadable, *changed]
        for entry in entries:
            leaf = _leaf(entry, unreadable)
            if leaf is None:
                continue
            if isinstance(leaf.told, PolicyChanged):
                policies.append(cast(Logged[PolicyChanged], leaf))
            elif isinstance(leaf.told, KeysChanged):
                keys.append(cast(Logged[KeysChanged], leaf))
            elif isinstance(leaf.told, OfAccount):
                accounts[leaf.told.account] = (*accounts.get(leaf.told.account, ()), leaf)
            else:
                service = _service_of(leaf.told)
                services[service] = (*services.get(service, ()), leaf)
        return History(size, services, accounts, tuple(policies), tuple(keys), self.zone, tuple(unreadable), self.witnessed_size)

    def readable_part(self) -> "History":
        """Return what can be read of it, for whoever shows and does not decide."""
        return replace(self, unreadable=()) if self.unreadable else self

    def about(self, service: str, kind: type[T]) -> list[Logged[T]]:
        """Return what leaves of one kind tell of a service, in order."""
        return [*_of_kind(self.services.get(service, ()), kind)]

    def newest_about(self, service: str) -> int:
        """Return the index of the last leaf about a service, -1 without one."""
        leaves = self.services.get(service)
        return leaves[-1].index if leaves else -1

    def of_account(self, mark: str, kind: type[T], before: int) -> list[Logged[T]]:
        """Return what leaves of one kind before an index tell of an account, in order."""
        return [leaf for leaf in _of_kind(self.accounts.get(mark, ()), kind) if leaf.index < before]

    def agency_of(self, service: str, before: int) -> str:
        """Return the agency a service belonged to before an index, empty if no leaf says so."""
        named = [leaf.told.agency_id for leaf in self.about(service, ServiceNamed) if leaf.index < before]
        return named[-1] if named else ""

    def policy_at(self, index: int) -> GatePolicy:
        """Return the rules that were in force at an index: what is changed later holds for what is frozen later."""
        return next((leaf.told.policy for leaf in reversed(self.policies) if leaf.index < index), IN_FORCE_AT_FIRST)

    def statement_key_at(self, index: int) -> bytes | None:
        """Return the key with which the observatory signed statements at an index, None before its first."""
        return next((leaf.told.statement_key for leaf in reversed(self.keys) if leaf.index < index), None)


def _leaf(entry: LogEntry, unreadable: list[int]) -> Logged[Told] | None:
    try:
        return read_leaf(entry)
    except BadInput:
        unreadable.append(entry.index)
        return None


def _of_kind(leaves: Leaves, kind: type[T]) -> Iterator[Logged[T]]:
    return (cast(Logged[T], leaf) for leaf in leaves if isinstance(leaf.told, kind))


def _service_of(told: OfRelease | ServiceNamed) -> str:
    if isinstance(told, Signed):
        return told.signoff.release.service_id
    return told.id if isinstance(told, ServiceNamed) else told.service
