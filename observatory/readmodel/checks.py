"""Return what our own checks of a service come to, of every menu and place, and whether its own telemetry knows of them."""

from datetime import date, datetime, timedelta

from observatory.model.catalogue import Service
from observatory.model.check import COMPLETENESS_DAYS, TelemetryCompleteness, completeness_of
from observatory.readmodel.values import CheckSummary
from observatory.store.register import RegisterStore

LAST_WITHIN = timedelta(days=1)
"""A place that made no check for longer is not spoken of."""


def checks_of(service: Service, register: RegisterStore, now: datetime) -> tuple[CheckSummary, ...]:
    """Return it by menu, in the order of the catalogue, and by place."""
    with register.look() as books:
        seen = [each for each in books.probes.seen(service.index) if each.last_at > now - LAST_WITHIN]
        vantages = books.probes.vantages() if seen else {}
    return tuple(
        CheckSummary(menu, vantages[each.source], each.outcome, each.since, each.last_at, each.certificate_ends_at)
        for menu in service.menus
        if menu.probe is not None
        for each in seen
        if each.menu == menu.index
    )


def lately_complete(service: Service, register: RegisterStore, today: date) -> TelemetryCompleteness | None:
    """Return how many of our checks of the last days were seen again in the service's own telemetry."""
    with register.look() as books:
        return completeness_of(books.probes.sighted(service.index, today - timedelta(days=COMPLETENESS_DAYS - 1)))
