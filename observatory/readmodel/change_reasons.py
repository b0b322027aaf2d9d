"""Say in both languages why something changed of what was published: of a day, of a rule that an entry of the log tells of."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast

from observatory.flows.catalogue import RULE_CHANGED
from observatory.flows.judging_again import METHOD_CHANGED
from observatory.flows.server_source import CHOSEN, EVER
from observatory.model.changed_rule import AT_ONCE, RuleName
from observatory.model.day_change import ChangeReason
from observatory.model.signoff import LogEntry
from observatory.model.text import Text

LOGGED_KINDS = (RULE_CHANGED, CHOSEN, METHOD_CHANGED)
DAYS_NAMED_MAX = 12

DAY_REASONS: Mapping[ChangeReason, Text] = {
    "late": Text("그날이 지난 뒤에 기록이 더 왔습니다.", "Records of that day came after it was over."),
    "imported": Text(
        "지난 기록을 운영자가 파일에서 가져왔습니다. 72시간보다 오래되어 다른 길로는 받지 않습니다. "
        "그 뒤로 기록이 없는 날은 '알 수 없음'으로 셉니다.",
        "The operator imported history from files; records older than 72 hours are taken in no other way. Days after it without records "
        "count as not known.",
    ),
    "begun": Text(
        "관측을 시작하기 전의 기록이 늦게 와서, 그때부터 관측한 것으로 셉니다. "
        "그 뒤로 기록이 없는 시간은 '아직 관측 전'이 아니라 '알 수 없음'입니다.",
        "Records of before the service was observed came, so it counts as observed from then on: time after them without records is not "
        "known, and no longer not observed yet.",
    ),
    "again": Text(
        "새 기록 없이 다시 판정했습니다. 감사자의 정정, 점검 안내, 바뀐 규칙이나 방법, 또는 앞뒤 날의 기록 때문입니다.",
        "The day was judged again without new records of its own: because of an auditor's correction, maintenance, a changed rule or "
        "method, or records of the days around it.",
    ),
    "untold": Text(
        "다시 판정했습니다. 기록이 더 왔거나 감사자가 정정했습니다.",
        "The day was judged again: more records came, or an auditor corrected it.",
    ),
}
WAITS = Text(
    "늦게 온 기록에 따르면 더 나아질 시간입니다. 감사자가 그 기록을 인정할 때까지 그대로 둡니다.",
    "Records that came late would make these minutes better. They stay as they are until an auditor says that the records hold.",
)
RULE_NAMES: Mapping[RuleName, Text] = {
    "hours": Text("운영 시간", "Service hours"),
    "critical": Text("필수 메뉴", "Essential menus"),
    "low_traffic_block_minutes": Text("이용이 적을 때 묶어서 보는 시간(분)", "Minutes counted as one block where there is little traffic"),
    "grade": Text("등급", "Grade"),
    "holidays": Text("공휴일", "Public holidays"),
    "menus": Text("메뉴", "Menus"),
}


@dataclass(frozen=True, slots=True)
class LoggedRule:
    """What an entry of the log says of a rule."""

    service_id: str | None
    """None: of all services."""
    from_day: date | None
    """None: from the moment of the entry on."""
    reason: Text
    of_method: bool = False


def rule_of_entry(entry: LogEntry) -> LoggedRule | None:
    """Return what an entry of LOGGED_KINDS says; None if it cannot be read, which nobody's but an edited one is."""
    readers: dict[str, Callable[[dict[str, object]], LoggedRule]] = {RULE_CHANGED: _of_rule, CHOSEN: _of_source, METHOD_CHANGED: _of_method}
    try:
        return readers[entry.kind](json.loads(entry.body))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _of_rule(told: dict[str, object]) -> LoggedRule:
    rule, from_day = cast(RuleName, told["rule"]), date.fromisoformat(str(told["from_day"]))
    name, change = RULE_NAMES[rule], _moved(rule, told["before"], told["after"])
    if rule in AT_ONCE:
        reason = Text(
            f"{name.ko}: {change}. 빠진 메뉴의 수치는 더 이상 보이지 않지만, 서비스 전체의 수치에는 남습니다.",
            f"{name.en}: {change}. Figures of a menu that left are no longer shown; in those of the service it stays.",
        )
        return LoggedRule(cast(str | None, told["service"]), None, reason)
    reason = Text(
        f"{name.ko}: {change}. {from_day}부터 적용하며, 그 전은 다시 판정하지 않습니다.",
        f"{name.en}: {change}. In force from {from_day} on; nothing before is judged again by it.",
    )
    return LoggedRule(cast(str | None, told["service"]), from_day, reason)


def _moved(rule: RuleName, before: object, after: object) -> str:
    if rule == "holidays":
        days = {str(day) for day in cast(list[str], before)}, {str(day) for day in cast(list[str], after)}
        signed = [f"+{day}" for day in sorted(days[1] - days[0])] + [f"-{day}" for day in sorted(days[0] - days[1])]
        return ", ".join(signed[:DAYS_NAMED_MAX]) + (" …" if len(signed) > DAYS_NAMED_MAX else "")
    shown = [", ".join(map(str, value)) or "-" if isinstance(value, list) else str(value) for value in (before, after)]
    return " → ".join(shown)


def _of_source(told: dict[str, object]) -> LoggedRule:
    from_day, source = date.fromisoformat(str(told["from_day"])), str(told["source"])
    reason = Text(
        f"서버 기록은 이제 {source}(으)로 판정합니다. {from_day}부터 적용하며, 그 전은 다시 판정하지 않습니다.",
        f"The server source that tells of it is {source}, from {from_day} on; nothing before is judged again by it.",
    )
    if from_day == EVER:
        reason = Text(
            f"서버 기록은 {source}(으)로 판정합니다. 처음 정해졌습니다.", f"The server source that tells of it is {source}: it was chosen."
        )
    return LoggedRule(str(told["service"]), None if from_day == EVER else from_day, reason)


def _of_method(told: dict[str, object]) -> LoggedRule:
    before, after = str(told["from"]), str(told["to"])
    reason = Text(
        f"판정 방법이 {before}에서 {after}(으)로 바뀌어, 남아 있는 모든 시간을 다시 판정합니다.",
        f"The method is {after} instead of {before}: all that is kept of every minute is judged again.",
    )
    return LoggedRule(None, None, reason, of_method=True)
