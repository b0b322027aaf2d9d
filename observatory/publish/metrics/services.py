"""Fill the metric families of the observed services from the read model and the totals of the stores.

Ids only in labels, no timestamps on samples; what is unknown has no sample.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
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
from observatory.publish.metrics.since_start import ENDED, MINUTE_CLASS_NAMES, ServiceCounts
from observatory.readmodel.summary import ServiceSummary
from observatory.store.telemetry import TelemetryReader

STATES: tuple[State, ...] = get_args(State)
SIGNOFF_STATES: tuple[SignOffState, ...] = get_args(SignOffState)
WORKING: Mapping[State, int] = {"up": 1, "degraded": 1, "recovering": 1, "partial": 0, "down": 0}
"""Whether a menu in this state works; the other states do not say."""
REVISION = ""
"""The commit this was built from is not known to an installed package; Prometheus takes an empty label for none."""

Families = dict[str, Family]


def service_families(services: Sequence[ServiceSummary], counts: Mapping[str, ServiceCounts], telemetry: TelemetryReader) -> Families:
    """Return every family about these services, by name; `counts` by service id."""
    families = new_families()
    families["build_info"].add(1, __version__, REVISION, IN_FORCE.version)
    for known in services:
        _add_identity(families, known.service)
        _add_state(families, known)
        _add_figures(families, known)
        _add_signoff(families, known)
        _add_counts(families, known.service.id, counts[known.service.id])
    _add_traffic(families, services, telemetry)
    _add_load_times(families, services, telemetry)
    _add_newest(families, services, telemetry)
    return families


def _add_identity(families: Families, service: Service) -> None:
    namespace, name = (service.telemetry[0].namespace, service.telemetry[0].name) if service.telemetry else ("", "")
    families["service_info"].add(1, service.id, service.agency_id, str(service.grade), namespace, name)
    for menu in service.menus:
        families["menu_info"].add(1, service.id, menu.id, "true" if menu.critical else "false")
        families["menu_page_load_threshold_seconds"].add(menu.slow_ms / 1000, service.id, menu.id)
    if target := TARGETS.get(service.grade):
        families["slo_objective_ratio"].add(target.availability_permyriad / 10_000, service.id)
        families["max_repair_seconds"].add(target.repair_minutes * 60, service.id)


def _add_state(families: Families, known: ServiceSummary) -> None:
    service_id = known.service.id
    families["service_state"].add_states(known.state, STATES, service_id)
    for row in known.menus:
        families["menu_up"].add(WORKING.get(row.state), service_id, row.menu.id)
    families["probe_disagreement"].add(int(known.disagreement), service_id)
    lasting = [incident for incident in known.incidents if incident.menu_id is None and incident.ended_at is None]
    if lasting:
        families["incident_open_start_timestamp_seconds"].add(int(lasting[0].started_at.timestamp()), service_id)


def _add_figures(families: Families, known: ServiceSummary) -> None:
    figures, service_id = known.figures, known.service.id
    percent, downtime = figures.availability_percent, figures.downtime_minutes
    families["availability_30d_ratio"].add(None if percent is None else round(percent / 100, 5), service_id)
    families["coverage_30d_ratio"].add(figures.coverage, service_id)
    families["downtime_30d_seconds"].add(None if downtime is None else downtime * 60, service_id)
    families["failures_30d"].add(figures.failures, service_id)


def _add_signoff(families: Families, known: ServiceSummary) -> None:
    families["signoff_state"].add_states(known.signoff_state, SIGNOFF_STATES, known.service.id)
    if known.signoff is not None and known.signoff.decision != "fail":
        families["signoff_expiry_timestamp_seconds"].add(int(known.signoff.not_after.timestamp()), known.service.id)


def _add_counts(families: Families, service_id: str, counts: ServiceCounts) -> None:
    for name, minutes in zip(MINUTE_CLASS_NAMES, counts.minutes, strict=True):
        families["observed_seconds_total"].add(minutes * 60, service_id, name)
    for severity in ENDED:
        families["incidents_total"].add(counts.ended[severity], service_id, severity)


def _add_traffic(families: Families, services: Sequence[ServiceSummary], telemetry: TelemetryReader) -> None:
    service_ids = {known.service.index: known.service.id for known in services}
    menu_ids = {menu.index: menu.id for known in services for menu in known.service.menus} | {OTHER_MENU_INDEX: OTHER_MENU_ID}
    totals: defaultdict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for service, menu, source, *counted in telemetry.request_totals():
        if service in service_ids and menu in menu_ids:
            total = totals[service_ids[service], menu_ids[menu], source_name(source)]
            total[:] = [old + new for old, new in zip(total, counted, strict=True)]
    for key in sorted(totals):
        for name, value in zip(("requests_total", "request_failures_total", "requests_throttled_total"), totals[key], strict=True):
            families[name].add(value, *key)


def _add_load_times(families: Families, services: Sequence[ServiceSummary], telemetry: TelemetryReader) -> None:
    totals = {(service, menu, source): (timed, spent_us) for service, menu, source, timed, spent_us in telemetry.load_totals()}
    for known in services:
        service = known.service
        trusted = _trusted_source(service, {source for index, _, source in totals if index == service.index})
        for menu in service.menus:
            for name, source in (("menu_server_response_seconds", trusted), ("menu_page_load_seconds", Source.BROWSER)):
                timed, spent_us = totals.get((service.index, menu.index, source), (0, 0))
                if timed:
                    families[name].add(spent_us / 1_000_000, service.id, menu.id, suffix="_sum")
                    families[name].add(timed, service.id, menu.id, suffix="_count")


def _add_newest(families: Families, services: Sequence[ServiceSummary], telemetry: TelemetryReader) -> None:
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


def source_name(source: int) -> str:
    """Return the label of a source; operators' vantages are one source to whoever reads metrics, agencies' another."""
    if source >= Source.AGENCY_PROBE:
        return "agency-probe"
    if source >= Source.PROBE:
        return "probe"
    return "browser" if source == Source.BROWSER else SERVER_SOURCE_NAMES[SERVER_SOURCES.index(Source(source))]
