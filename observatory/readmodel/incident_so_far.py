"""Return an incident as it is published: no longer than the time that has passed."""

from dataclasses import replace
from datetime import datetime, timedelta

from observatory.judge import tally
from observatory.judge.days import day_of, minute_of
from observatory.judge.incidents import span_of
from observatory.model.catalogue import OTHER_MENU_INDEX, Service
from observatory.model.incident import Incident, MinuteClass
from observatory.store.register import RegisterStore
from observatory.store.service_history import rules_of
from observatory.store.telemetry import TelemetryReader


def so_far(found: Incident, service: Service, register: RegisterStore, telemetry: TelemetryReader, now: datetime) -> Incident:
    """Return an incident as it is published: one that goes on with the minutes of it that are over, as figures count them."""
    subject = next((menu.index for menu in service.menus if menu.id == found.menu_id), OTHER_MENU_INDEX)
    if found.ended_at is not None or (found.menu_id is not None and subject == OTHER_MENU_INDEX):
        return found
    zone, span = register.catalogue().site.zone, span_of(found, minute_of(now))
    strips = telemetry.strips(service.index, day_of(span.first, zone), day_of(span.end, zone) + timedelta(days=1))
    of_subject = tally.by_subject(strips).get(subject)
    if of_subject is None:
        return found
    minutes = tally.minutes_by_class(of_subject, span, rules_of(service, register).hours)
    return replace(found, down_minutes=int(minutes[MinuteClass.DOWN]), partial_minutes=int(minutes[MinuteClass.PARTIAL]))
