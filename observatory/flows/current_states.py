"""Say how a service and its menus stand now, of what was judged, and until when the clock alone changes nothing of that."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from observatory.judge.current_state import KNOWN_FOR_MINUTES, CurrentState, current_state, in_disagreement, last_minutes
from observatory.judge.days import civil_day, day_of, minute_of
from observatory.judge.service_rules import Rules
from observatory.judge.timeline import SERVICE
from observatory.model.catalogue import Service
from observatory.model.day import DayStrip
from observatory.model.incident import Incident
from observatory.store.register import RegisterStore
from observatory.store.service_history import rules_of
from observatory.store.telemetry import TelemetryReader


@dataclass(frozen=True, slots=True)
class Standing:
    """How a service stands."""

    states: tuple[CurrentState, ...]
    """Of the service, and after that of each of its menus."""
    until_minute: int
    """From this minute on time alone may change a state, if nothing is judged before: today ends, if nothing else does."""
    lasting: tuple[Incident, ...]
    """What goes on, of the service or a menu, as it was found."""


def standing_of(service: Service, register: RegisterStore, telemetry: TelemetryReader, now: datetime) -> Standing:
    """Return how a service stands in the minute of `now`."""
    minute, rules = minute_of(now), rules_of(service, register)
    today, closed_since = day_of(minute, rules.zone), rules.hours.closed_since(minute)
    strips = telemetry.strips(service.index, today - timedelta(days=1), today + timedelta(days=1))
    with register.look() as books:
        newest = books.incidents.newest(service.id)

    def stand(menu_id: str | None, index: int) -> CurrentState:
        of_subject = [strip for strip in strips if strip.menu == index]
        disagreement = closed_since is None and in_disagreement(of_subject, minute, rules.blocks.on(today), rules.method)
        maintained = next((span for span in rules.maintenance_of(index) if span.first <= minute < span.end), None)
        state = current_state(menu_id, of_subject, newest.get(menu_id), minute, rules.method, closed_since, maintained)
        return replace(state, disagreement=disagreement)

    states = (stand(None, SERVICE), *(stand(menu.id, menu.index) for menu in service.menus))
    turns = [minute + 1] if any(state.disagreement for state in states) else _turns(rules, strips, minute)
    until = min(turn for turn in turns if turn > minute)
    return Standing(states, until, tuple(each for each in newest.values() if each.ended_at is None))


def _turns(rules: Rules, strips: Sequence[DayStrip], minute: int) -> Iterator[int]:
    """Yield minutes at which time alone may change how a service stands."""
    today = civil_day(day_of(minute, rules.zone), rules.zone)
    yield today.span.end
    yield from (turn for _, span in rules.maintenance for turn in (span.first, span.end))
    yield from _opening_turns(rules, minute)
    for subject in {strip.menu for strip in strips}:
        of_subject = (strip for strip in strips if strip.menu == subject)
        yield from (last + KNOWN_FOR_MINUTES for last in last_minutes(of_subject, minute))


def _opening_turns(rules: Rules, minute: int) -> Iterable[int]:
    """Return the first minute from which on the service is open and was not, or the other way round, before today ends."""
    today = civil_day(day_of(minute, rules.zone), rules.zone)
    closed = rules.hours.closed((today,))[minute - today.span.first :]
    return [minute + int((closed != closed[0]).argmax())] if len(closed) and (closed != closed[0]).any() else []
