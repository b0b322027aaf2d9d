"""Fill the metric families of the observed services from the read model and the totals of the stores.

Ids only in labels, no timestamps on samples; what is unknown has no sample.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import get_args

from observatory import __version__
from observatory.judge.method import IN_FORCE
from observatory.model.catalogue import OTHER_MENU_ID, OTHER_MENU_INDEX, SERVER_SOURCE_NAMES, Service
from observatory.model.columns import SERVER_SOURCES, Source
from observatory.model.figure import State
from observatory.model.signoff import SignOffState
from observatory.model.target import TARGETS
from observatory.publish.metrics.exposition import Family
from observatory.publish.metrics.families import new_families
from observatory.readmodel.counted import ENDED, MINUTE_CLASS_NAMES, NOTHING_COUNTED, Counted
from observatory.readmodel.values import ServiceCard
from observatory.store.telemetry import TelemetryReader

STATES: tuple[State, ...] = get_args(State)
SIGNOFF_STATES: tuple[SignOffState, ...] = get_args(SignOffState)
WORKING: Mapping[State, int] = {"up": 1, "degraded": 1, "recovering": 1, "partial": 0, "down": 0}
"""Whether a menu in this state works; the other states do not say."""
REVISION = ""
"""The commit this was built from is not known to an installed package; Prometheus takes an empty label for none."""

OBSERVED = (("observed_seconds_total", ""),)
INCIDENTS = (("incidents_total", ""),)
REQUESTS = (("requests_total", ""), ("request_failures_total", ""), ("requests_throttled_total", ""))
SERVER_RESPONSES = (("menu_server_response_seconds", "_sum"), ("menu_server_response_seconds", "_count"))
PAGE_LOADS = (("menu_page_load_seconds", "_sum"), ("menu_page_load_seconds", "_count"))
NO_REQUESTS = (0, 0, 0)
NOT_TIMED = (0, 0)

Families = dict[str, Family]


class ServiceLines:
    """The samples of services, as text; what a card says, and what stands before a number, is written once. Any number of threads."""

    def __init__(self) -> None:
        self._of_cards: dict[int, tuple[ServiceCard, dict[str, list[str]]]] = {}
        self._before: dict[tuple[object, ...], tuple[str, ...]] = {}

    def families(self, services: Sequence[ServiceCard], counts: Mapping[str, Counted], telemetry: TelemetryReader) -> Families:
        """Return every family about these services, by name; `counts` by service id."""
        families = new_families()
        families["build_info"].add(1, __version__, REVISION, IN_FORCE.version)
        for known in services:
            for name, lines in self._of_card(known).items():
                families[name].lines += lines
            self._add_counts(families, known.service.id, counts.get(known.service.id, NOTHING_COUNTED))
        self._add_traffic(families, services, telemetry)
        self._add_load_times(families, services, telemetry)
        _add_newest(families, services, telemetry)
        return families

    def _of_card(self, known: ServiceCard) -> dict[str, list[str]]:
        """Return what a card says: as long as it is the same, so are its lines."""
        kept = self._of_cards.get(known.service.index)
        if kept is None or kept[0] is not known:
            families = new_families()
            for add in (_add_state, _add_figures, _add_signoff):
                add(families, known)
            _add_identity(families, known.service)
            kept = known, {name: family.lines for name, family in families.items() if family.lines}
            self._of_cards[known.service.index] = kept
        return kept[1]

    def _labelled(self, families: Families, names: tuple[tuple[str, str], ...], *labels: str) -> tuple[str, ...]:
        """Return what stands before the values of samples of these names and suffixes that have the same labels."""
        key = (names, *labels)
        kept = self._before.get(key)
        if kept is None:
            kept = self._before[key] = tuple(families[name].before(*labels, suffix=suffix) for name, suffix in names)
        return kept

    def _add_counts(self, families: Families, service_id: str, counts: Counted) -> None:
        observed, ended = families["observed_seconds_total"].lines, families["incidents_total"].lines
        for name, minutes in zip(MINUTE_CLASS_NAMES, counts.minutes, strict=True):
            (before,) = self._labelled(families, OBSERVED, service_id, name)
            observed.append(f"{before}{minutes * 60}")
        for severity in ENDED:
            (before,) = self._labelled(families, INCIDENTS, service_id, severity)
            ended.append(f"{before}{counts.ended[severity]}")

    def _add_traffic(self, families: Families, services: Sequence[ServiceCard], telemetry: TelemetryReader) -> None:
        service_ids = {known.service.index: known.service.id for known in services}
        menu_ids = {menu.index: menu.id for known in services for menu in known.service.menus} | {OTHER_MENU_INDEX: OTHER_MENU_ID}
        totals: dict[tuple[str, str, str], tuple[int, int, int]] = {}
        for service, menu, source, count, bad, throttled in telemetry.request_totals():
            if service in service_ids and menu in menu_ids:
                key = (service_ids[service], menu_ids[menu], source_name(source))
                pooled = totals.get(key, NO_REQUESTS)  # Vantages are one source to whoever reads metrics.
                totals[key] = pooled[0] + count, pooled[1] + bad, pooled[2] + throttled
        counted, failed, turned_away = (families[name].lines for name, _ in REQUESTS)
        for key, (count, bad, throttled) in totals.items():
            before = self._labelled(families, REQUESTS, *key)
            counted.append(f"{before[0]}{count}")
            failed.append(f"{before[1]}{bad}")
            turned_away.append(f"{before[2]}{throttled}")

    def _add_load_times(self, families: Families, services: Sequence[ServiceCard], telemetry: TelemetryReader) -> None:
        totals: defaultdict[int, dict[tuple[int, int], tuple[int, int]]] = defaultdict(dict)
        for index, menu_index, source, timed, spent_us in telemetry.load_totals():
            totals[index][menu_index, source] = timed, spent_us
        for known in services:
            service, of_service = known.service, totals[known.service.index]
            trusted = _trusted_source(service, {source for _, source in of_service})
            for menu in service.menus:
                for names, source in ((SERVER_RESPONSES, trusted), (PAGE_LOADS, Source.BROWSER)):
                    timed, spent_us = of_service.get((menu.index, source), NOT_TIMED)
                    if timed:
                        before = self._labelled(families, names, service.id, menu.id)
                        families[names[0][0]].lines += (f"{before[0]}{spent_us / 1_000_000!r}", f"{before[1]}{timed}")


def _add_identity(families: Families, service: Service) -> None:
    namespace, name = (service.telemetry[0].namespace, service.telemetry[0].name) if service.telemetry else ("", "")
    families["service_info"].add(1, service.id, service.agency_id, str(service.grade), namespace, name)
    for menu in service.menus:
        families["menu_info"].add(1, service.id, menu.id, "true" if menu.critical else "false")
        families["menu_page_load_threshold_seconds"].add(menu.slow_ms / 1000, service.id, menu.id)
    if target := TARGETS.get(service.grade):
        families["slo_objective_ratio"].add(target.availability_permyriad / 10_000, service.id)
        families["max_repair_seconds"].add(target.repair_minutes * 60, service.id)


def _add_state(families: Families, known: ServiceCard) -> None:
    service_id = known.service.id
    families["service_state"].add_states(known.state, STATES, service_id)
    for row in known.menus:
        families["menu_up"].add(WORKING.get(row.state), service_id, row.menu.id)
    families["probe_disagreement"].add(int(known.disagreement), service_id)
    if known.failing_since is not None:
        families["incident_open_start_timestamp_seconds"].add(int(known.failing_since.timestamp()), service_id)


def _add_figures(families: Families, known: ServiceCard) -> None:
    figures, service_id = known.figures, known.service.id
    percent, downtime = figures.availability_percent, figures.downtime_minutes
    families["availability_30d_ratio"].add(None if percent is None else round(percent / 100, 5), service_id)
    families["coverage_30d_ratio"].add(figures.coverage, service_id)
    families["downtime_30d_seconds"].add(None if downtime is None else downtime * 60, service_id)
    families["failures_30d"].add(figures.failures, service_id)


def _add_signoff(families: Families, known: ServiceCard) -> None:
    families["signoff_state"].add_states(known.signoff_state, SIGNOFF_STATES, known.service.id)
    if known.signoff is not None and known.signoff.certificate:
        families["signoff_info"].add(1, known.service.id, known.signoff.certificate)
    if known.signoff is not None and known.signoff.decision != "fail":
        families["signoff_expiry_timestamp_seconds"].add(int(known.signoff.not_after.timestamp()), known.service.id)


def _add_newest(families: Families, services: Sequence[ServiceCard], telemetry: TelemetryReader) -> None:
    service_ids = {known.service.index: known.service.id for known in services}
    newest: dict[tuple[str, str], int] = {}
    for (service, source), minute in telemetry.last_minutes().items():
        if service in service_ids:
            key = (service_ids[service], source_name(source))
            newest[key] = max(minute, newest.get(key, minute))
    for key in sorted(newest):
        families["last_telemetry_timestamp_seconds"].add(newest[key] * 60, *key)


def _trusted_source(service: Service, seen: set[int]) -> int:
    """Return the server source the catalogue names, else the most trusted that was ever seen; 0 without any."""
    if service.server_source:
        return SERVER_SOURCES[SERVER_SOURCE_NAMES.index(service.server_source)]
    return next((source for source in SERVER_SOURCES if source in seen), 0)


@lru_cache(maxsize=1024)
def source_name(source: int) -> str:
    """Return the label of a source; operators' vantages are one source to whoever reads metrics, agencies' another."""
    if source >= Source.AGENCY_PROBE:
        return "agency-probe"
    if source >= Source.PROBE:
        return "probe"
    return "browser" if source == Source.BROWSER else SERVER_SOURCE_NAMES[SERVER_SOURCES.index(Source(source))]
