"""Remember what the checks of each menu come to at the place they are made from, and which certificate was shown there.

Written down where it changes, after the checks themselves are durable: what a kill leaves out, the next check says again.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from observatory.model.check import OUTCOMES, CheckSeen
from observatory.model.columns import NO_OUTCOME, ProbeDetails, ProbeRows
from observatory.rollup.attribution import Attributed
from observatory.store.register import RegisterStore

SAID_AGAIN_AFTER = timedelta(hours=6)
"""How often it is written down that checks are still made, where nothing else changed."""


def keep_seen(register: RegisterStore, source: int, rows: ProbeRows, attributed: Attributed, received_at: datetime) -> None:
    """Remember the last of what some checks of a place saw."""
    if rows.details is None:
        return
    newest = _newest(source, rows, rows.details, attributed, received_at)
    with register.look() as books:
        known = {
            each.menu: each
            for service in {one.service for one in newest.values()}
            for each in books.probes.seen(service)
            if each.source == source
        }
    changed = [after for menu, one in sorted(newest.items()) if (after := _after(known.get(menu), one)) != known.get(menu)]
    if changed:
        with register.change() as books:
            books.probes.keep_seen(changed)


def _newest(source: int, rows: ProbeRows, details: ProbeDetails, attributed: Attributed, received_at: datetime) -> dict[int, CheckSeen]:
    """Return what the newest check of each menu saw, as if nothing had been known before; of those of one moment the last one."""
    newest: dict[int, CheckSeen] = {}
    columns = attributed.service_index, attributed.menu_index, rows.checked_ms, details.outcome, details.certificate_s
    for service, menu, checked_ms, outcome, certificate_s in zip(*(column.tolist() for column in columns), strict=True):
        if menu <= 0 or outcome == NO_OUTCOME:
            continue
        at = min(datetime.fromtimestamp(checked_ms / 1000, UTC), received_at)
        if menu not in newest or newest[menu].last_at <= at:
            ends_at = datetime.fromtimestamp(certificate_s, UTC) if certificate_s else None
            newest[menu] = CheckSeen(service, menu, source, OUTCOMES[outcome], at, at, ends_at)
    return newest


def _after(known: CheckSeen | None, one: CheckSeen) -> CheckSeen:
    """Return what is known after a check."""
    if known is None:
        return one
    if one.last_at < max(known.since, known.last_at):
        return known
    one = replace(one, certificate_ends_at=one.certificate_ends_at or known.certificate_ends_at)
    if one.outcome == known.outcome:
        one = replace(one, since=known.since)
    if replace(one, last_at=known.last_at) == known and one.last_at < known.last_at + SAID_AGAIN_AFTER:
        return known
    return one
