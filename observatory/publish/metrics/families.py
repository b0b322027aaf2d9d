"""List every metric of the observed services: its name, type, labels and meaning.

Names are without the prefix `observatory_`. Dashboards and alerts are checked against this list.
"""

from observatory.publish.metrics.exposition import PREFIX, Family, MetricType

SERVICE = ("service_id",)
MENU = ("service_id", "menu_id")
STATE = ("service_id", "state")
TRAFFIC = ("service_id", "menu_id", "source")

METRICS: tuple[tuple[str, MetricType, tuple[str, ...], str], ...] = (
    ("build_info", "gauge", ("version", "revision", "method"), "What computes these figures; always 1."),
    (
        "service_info",
        "gauge",
        ("service_id", "agency_id", "grade", "service_namespace", "service_name"),
        "An observed service and its first telemetry identity; always 1.",
    ),
    ("menu_info", "gauge", ("service_id", "menu_id", "critical"), "A menu of an observed service; always 1."),
    ("menu_page_load_threshold_seconds", "gauge", MENU, "A longer load time counts as slow."),
    ("service_state", "gauge", STATE, "State of a service: 1 for the present one."),
    ("menu_up", "gauge", MENU, "Whether a menu works; absent while unknown."),
    ("incident_open_start_timestamp_seconds", "gauge", SERVICE, "Begin of the failure that lasts; absent while none does."),
    ("probe_disagreement", "gauge", SERVICE, "Whether only one of users and checks sees a failure just now."),
    ("availability_30d_ratio", "gauge", SERVICE, "Availability of the last 30 full local days; absent while unknown."),
    ("coverage_30d_ratio", "gauge", SERVICE, "Share of those days that was measured."),
    ("downtime_30d_seconds", "gauge", SERVICE, "Downtime of those days."),
    ("failures_30d", "gauge", SERVICE, "Failures that began in those days; absent if observed too short to say."),
    ("slo_objective_ratio", "gauge", SERVICE, "Availability a service of this grade has to reach; absent without a target."),
    ("max_repair_seconds", "gauge", SERVICE, "Longest repair a service of this grade may need; absent without a target."),
    ("signoff_state", "gauge", STATE, "What the executive's sign-off amounts to: 1 for the present state."),
    ("signoff_info", "gauge", ("service_id", "certificate"), "The newest sign-off by its certificate, at /c/CERTIFICATE: 1."),
    (
        "signoff_expiry_timestamp_seconds",
        "gauge",
        SERVICE,
        "When the newest sign-off ends by itself; absent without a pass or conditional one.",
    ),
    (
        "observed_seconds_total",
        "counter",
        STATE,
        "Time by what its final minutes were, since the service was first made ready for readers.",
    ),
    ("incidents_total", "counter", ("service_id", "severity"), "Failures that ended since the service was first made ready for readers."),
    ("requests_total", "counter", TRAFFIC, "Requests and checks that count, good and bad."),
    ("request_failures_total", "counter", TRAFFIC, "Those of them that failed."),
    ("requests_throttled_total", "counter", TRAFFIC, "Requests answered with 429: neither good nor bad."),
    ("menu_server_response_seconds", "summary", MENU, "Time to answer, as the service's own server measured it."),
    ("menu_page_load_seconds", "summary", MENU, "Time to load a page, as browsers measured it."),
    ("last_telemetry_timestamp_seconds", "gauge", ("service_id", "source"), "Begin of the newest minute with telemetry."),
)


def new_families() -> dict[str, Family]:
    """Return an empty family for every metric, by name, in the order in which they are shown."""
    return {name: Family(name, metric_type, meaning, labels) for name, metric_type, labels, meaning in METRICS}


def sample_names() -> set[str]:
    """Return the names of samples as Prometheus knows them."""
    suffixes = {"summary": ("_sum", "_count")}
    return {PREFIX + name + suffix for name, metric_type, _, _ in METRICS for suffix in suffixes.get(metric_type, ("",))}
