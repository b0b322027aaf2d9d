"""Choose which server source tells of a service: once, and from then on until the catalogue declares another.

Sources that report beside it are cross-checks: one line of a second source must not take the place of all that was counted.
"""

from collections import Counter
from datetime import date, datetime, timedelta

from observatory.judge.days import Span, day_of, minute_of
from observatory.judge.load_times import most_trusted
from observatory.judge.service_rules import Rules
from observatory.judge.timeline import present_sources
from observatory.model.columns import Source
from observatory.model.signoff import NewEntry
from observatory.signoff.canonical_json import canonical
from observatory.store.observed_books import SourceChoice
from observatory.store.register import RegisterStore
from observatory.store.service_history import StoredHistory

CHOSEN = "service-source-chosen"
"""Kind of the log entry."""
EVER = date(1970, 1, 1)


def choose_source(rules: Rules, history: StoredHistory, changed: Span, register: RegisterStore, now: datetime) -> bool:
    """Choose a source for a service that has none, or the one its catalogue came to declare, and say so in the log.

    Returns whether there is a new choice. A declared one takes effect with the next day: what was judged stays.
    """
    if not rules.choices:
        source, from_day = rules.declared_source or _first_that_reported(history, changed, rules, now), EVER
    else:
        source, from_day = rules.declared_source, day_of(minute_of(now), rules.zone) + timedelta(days=1)
        source = 0 if source == rules.choices[-1][1] else source
    if source == 0:
        return False
    service_id = rules.service.id
    with register.change() as books:
        books.services.choose_source(SourceChoice(service_id, from_day, source))
        told = {"from_day": from_day.isoformat(), "service": service_id, "source": Source(source).name.lower().replace("_", "-")}
        books.log.append(NewEntry(CHOSEN, canonical(dict(told)), now))
    return True


def _first_that_reported(history: StoredHistory, changed: Span, rules: Rules, now: datetime) -> int:
    """Return the source of most days so far; before the first day, the most trusted that is there; 0 without any."""
    today, first_day = day_of(minute_of(now), rules.zone), history.first_day()
    strips = history.strips(first_day, today + timedelta(days=1)) if first_day is not None else []
    days = Counter({strip.day: strip.source for strip in strips if strip.source}.values())
    if days:
        return max(days, key=lambda source: (days[source], -source))
    return most_trusted(present_sources(history.minutes(changed), changed))
