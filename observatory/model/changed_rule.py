"""Compare two catalogues by the rules that the judge goes by: each that changed, as it is kept and as it is told."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from observatory.model.catalogue import Service, Site

RuleName = Literal["hours", "critical", "low_traffic_block_minutes", "grade", "holidays", "menus"]
"""By what the judge goes, and of which menus figures are published; the catalogue's other words say who is observed."""
AT_ONCE: tuple[RuleName, ...] = ("menus",)
"""What is told and not dated: a menu that left has no figures any more, of any day."""
ALL_SERVICES = ""
"""In place of a service, of what holds for all: holidays."""
Told = str | int | list[str]


@dataclass(frozen=True, slots=True)
class ChangedRule:
    """A rule of a service, or of all of them, with its value before and after."""

    service_id: str
    rule: RuleName
    before: str
    """As the register keeps it: JSON, but hours as they are written."""
    after: str
    told: tuple[Told, Told]
    """The same as people wrote it: menus by their ids."""


def rules_changed(before: Service, after: Service) -> Iterator[ChangedRule]:
    """Yield what changed of the rules of a service; menus are known by their indexes, which outlive them."""
    if before.hours != after.hours:
        yield ChangedRule(after.id, "hours", before.hours, after.hours, (before.hours, after.hours))
    old, new = _critical(before), _critical(after)
    if old.keys() != new.keys():
        told = list(old.values()), list(new.values())
        yield ChangedRule(after.id, "critical", json.dumps(sorted(old)), json.dumps(sorted(new)), told)
    menus = [menu.id for menu in before.menus], [menu.id for menu in after.menus]
    if set(menus[0]) != set(menus[1]) and not before.removed:
        yield ChangedRule(after.id, "menus", json.dumps(menus[0]), json.dumps(menus[1]), menus)
    blocks = before.low_traffic_block_minutes, after.low_traffic_block_minutes
    if blocks[0] != blocks[1]:
        yield ChangedRule(after.id, "low_traffic_block_minutes", json.dumps(blocks[0]), json.dumps(blocks[1]), blocks)
    if before.grade != after.grade:
        yield ChangedRule(after.id, "grade", json.dumps(before.grade), json.dumps(after.grade), (before.grade, after.grade))


def holidays_changed(before: Site, after: Site) -> Iterator[ChangedRule]:
    """Yield the change of the public holidays, if there is one; they are not written in any order."""
    days = [sorted(map(str, set(site.holidays))) for site in (before, after)]
    if days[0] != days[1]:
        yield ChangedRule(ALL_SERVICES, "holidays", json.dumps(days[0]), json.dumps(days[1]), (days[0], days[1]))


def told_of(change: ChangedRule, from_day: date) -> dict[str, Told | None]:
    """Return what the log tells of a change."""
    before, after = change.told
    service = None if change.service_id == ALL_SERVICES else change.service_id
    return {"after": after, "before": before, "from_day": from_day.isoformat(), "rule": change.rule, "service": service}


def _critical(service: Service) -> dict[int, str]:
    return {menu.index: menu.id for menu in service.menus if menu.critical}
