"""Make the documents of a service from both stores: its present, its last hours, its past days, and its figures by window."""

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from observatory import __version__
from observatory.flows.current_states import standing_of
from observatory.flows.figures import day_marks, figures_of, observed_since
from observatory.judge.account import Account
from observatory.judge.dated import always
from observatory.judge.days import civil_day, minute_of, moment_of
from observatory.judge.figures import Stamp, service_figures
from observatory.judge.method import IN_FORCE
from observatory.judge.service_rules import Rules
from observatory.judge.windows import custom_window, last_day_of_minutes, named_window
from observatory.model.catalogue import OTHER_MENU_INDEX, Service
from observatory.model.figure import ServiceFigures, Window
from observatory.model.incident import Incident, MinuteClass
from observatory.readmodel.daily_load import daily_load_times
from observatory.readmodel.documents import Card, Past, Present, Recent
from observatory.readmodel.incident_so_far import so_far
from observatory.readmodel.ready import digest_of
from observatory.readmodel.site_state import SiteState
from observatory.rollup import latency
from observatory.store.register import RegisterStore
from observatory.store.telemetry import TelemetryReader

DAYS_SHOWN = 90


@dataclass(frozen=True, slots=True)
class Maker:
    """Reads strips, minutes, accounts and incidents; whoever only reads what is published never does."""

    register: RegisterStore
    telemetry: TelemetryReader

    def present(self, service: Service, site: SiteState) -> tuple[Present, int]:
        """Return how a service stands now, and from which minute on the clock alone may change that."""
        standing = standing_of(service, self.register, self.telemetry, site.now)
        lasting = [so_far(found, service, self.register, self.telemetry, site.now) for found in standing.lasting]
        today = day_marks(service, self.register, self.telemetry, site.now, 1)[0]
        minutes = {each.id: (each.down_minutes, each.partial_minutes) for each in lasting}
        failing_id = next((each.id for each in lasting if each.menu_id is None), None)
        return Present(standing.states, today, failing_id, minutes), standing.until_minute

    def recent(self, service: Service, site: SiteState) -> Recent:
        """Return the figures of the last 24 hours and of today."""
        midnight = moment_of(civil_day(site.today, site.zone).span.first)
        return Recent(
            figures_day=self.figures(service, self.window_of_a_day(service, site), site),
            figures_today=self.figures(service, custom_window(midnight, site.now + timedelta(minutes=1)), site),
        )

    def past(self, service: Service, site: SiteState) -> Past:
        """Return what the last 90 days before today left behind."""
        first_day = site.today - timedelta(days=DAYS_SHOWN - 1)
        load_times = self.telemetry.load_times(service.index, first_day, site.today)
        return Past(
            figures=self.figures(service, named_window("30d", site.zone, site.now), site),
            days=day_marks(service, self.register, self.telemetry, site.now, DAYS_SHOWN)[:-1],
            load_times=daily_load_times(load_times, first_day, site.today),
        )

    def figures(self, service: Service, window: Window, site: SiteState) -> ServiceFigures:
        """Return the figures of any window."""
        return figures_of(service, window, self.register, self.telemetry, site.now)

    def window_of_a_day(self, service: Service, site: SiteState) -> Window:
        """Return the window `24h`: full hours, but up to the present minute while the service was observed for less."""
        full = named_window("24h", site.zone, site.now)
        since = observed_since(service, self.register, self.telemetry)
        return full if since is not None and since <= full.start else last_day_of_minutes(site.now)

    def version_of_past(self, service: Service, site: SiteState) -> str:
        """Return what the past of a service is made of, as a text."""
        begin, midnight = (civil_day(day, site.zone).span.first for day in (site.today - timedelta(days=DAYS_SHOWN), site.today))
        judged = self.telemetry.day_revisions(service.index, site.today - timedelta(days=DAYS_SHOWN), site.today)
        left_out = self.telemetry.left_out(service.index, site.today - timedelta(days=DAYS_SHOWN), site.today)
        with self.register.look() as books:
            found, chosen = books.incidents.of_all_subjects(service.id, moment_of(begin)), books.services.source_choices(service.id)
        begun = [each for each in found if minute_of(each.started_at) < midnight]
        told = (__version__, site.today, sorted(judged.items()), sorted(left_out.items()), begun, chosen, service, site.catalogue.site)
        return digest_of(told)


def nothing_ready(service: Service, site: SiteState) -> Card:
    """Return what lists say of a service that was not made ready yet."""
    rules = Rules(service, site.zone, {}, IN_FORCE, always(1), always(frozenset()), always(service.grade))
    nothing = Account(np.zeros(len(MinuteClass), np.int64), 0, 0, (), (), 0, IN_FORCE)
    window = named_window("30d", site.zone, site.now)
    accounts = dict.fromkeys([OTHER_MENU_INDEX, *(menu.index for menu in service.menus)], nothing)
    figures = service_figures(rules, window, accounts, {}, None, latency.percentile, Stamp(site.now, 0, None, site.now))
    return Card(
        state="unknown",
        state_since=None,
        menus={},
        disagreement=False,
        disagreeing=(),
        figures=replace(figures, menus=()),
        figures_day=None,
        failing_since=None,
    )


def card_of(service: Service, present: Present, recent: Recent, past: Past, failing: Incident | None) -> Card:
    """Return what lists say of a service."""
    whole, *menus = present.states
    says_nothing = not (past.figures.measured_minutes or past.figures.load_time.n)
    return Card(
        state=whole.state,
        state_since=whole.since,
        menus={menu.id: state.state for menu, state in zip(service.menus, menus, strict=True)},
        disagreement=whole.disagreement,
        disagreeing=tuple(menu.id for menu, state in zip(service.menus, menus, strict=True) if state.disagreement),
        figures=replace(past.figures, menus=()),
        figures_day=replace(recent.figures_day, menus=()) if says_nothing else None,
        failing_since=failing.started_at if failing is not None else None,
    )
