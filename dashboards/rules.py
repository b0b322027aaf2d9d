"""Nothing comes in; the Prometheus recording rules and alerts go out, as groups of plain values."""

from dataclasses import dataclass

SERVER_SOURCES = 'source!~"browser|probe"'
"""What services measured themselves; sources are never added together."""
RATE_WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
COVERAGE_ENOUGH = 0.9
"""Below it a service was measured too little to be judged by its availability."""
REPAIR_AT_RISK = 0.75
SILENT_SECONDS = 900
STALLED_SECONDS = 600
EXPIRES_SOON_SECONDS = 14 * 86400
UNMATCHED_RATIO = 0.2


@dataclass(frozen=True, slots=True)
class Recording:
    """A query whose answer is kept under a name of its own."""

    name: str
    expr: str


@dataclass(frozen=True, slots=True)
class Alert:
    """A query that should find nothing, and what it means in both languages when it does."""

    name: str
    expr: str
    severity: str
    """page: somebody gets up; ticket: somebody looks tomorrow; none: shows that alerting itself works."""
    text_en: str
    text_ko: str
    lasting: str = "0m"


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that are evaluated one after the other."""

    name: str
    interval: str
    rules: tuple[Recording | Alert, ...]


def groups() -> tuple[Group, ...]:
    """Return every group; recordings first, since alerts stand on them."""
    return (
        Group("observatory-requests", "1m", _recordings()),
        Group("observatory-services", "30s", (*_state_alerts(), *_repair_alerts(), *_service_level_alerts(), *_telemetry_alerts())),
        Group("observatory-error-budget", "1m", _budget_alerts()),
        Group("observatory-signoffs", "5m", _signoff_alerts()),
        Group("observatory-itself", "30s", _self_alerts()),
    )


def by_service(metric: str) -> str:
    """Return a metric of services without the labels of whoever scraped it, so that two scrapers are not two alerts."""
    return f"max by (service_id) (observatory_{metric})"


def requests_rate(window: str) -> str:
    """Return the name under which the rate of requests over a window is kept."""
    return f"service:observatory_requests:rate{window}"


def errors_ratio(window: str) -> str:
    """Return the name under which the share of failed requests over a window is kept."""
    return f"service:observatory_request_errors:ratio_rate{window}"


def _recordings() -> tuple[Recording, ...]:
    def summed(metric: str, window: str) -> str:
        return f"sum by (service_id, source) (rate(observatory_{metric}{{{SERVER_SOURCES}}}[{window}]))"

    rates = [Recording(requests_rate(window), summed("requests_total", window)) for window in RATE_WINDOWS]
    ratios = [
        Recording(errors_ratio(window), f"{summed('request_failures_total', window)} / ({requests_rate(window)} > 0)")
        for window in RATE_WINDOWS
    ]
    return (*rates, *ratios)


def _state_alerts() -> tuple[Alert, ...]:
    return (
        Alert(
            "ServiceDown",
            by_service('service_state{state="down"}') + " == 1",
            "page",
            "{{ $labels.service_id }} is down.",
            "{{ $labels.service_id }} 서비스에 장애가 있습니다.",
        ),
        Alert(
            "ServicePartialOutage",
            by_service('service_state{state="partial"}') + " == 1",
            "page",
            "{{ $labels.service_id }} works only in part.",
            "{{ $labels.service_id }} 서비스에 일부 장애가 있습니다.",
        ),
    )


def _repair_alerts() -> tuple[Alert, ...]:
    failing_for = f"(time() - {by_service('incident_open_start_timestamp_seconds')})"
    allowed = by_service("max_repair_seconds")
    exceeded = f"{failing_for} > on (service_id) {allowed}"
    return (
        Alert(
            "RepairTimeAtRisk",
            f"{failing_for} > on (service_id) ({REPAIR_AT_RISK} * {allowed}) unless on (service_id) ({exceeded})",
            "page",
            "{{ $labels.service_id }} has been failing for {{ $value | humanizeDuration }}: three quarters of what its grade allows.",
            "{{ $labels.service_id }} 서비스 장애가 {{ $value | humanizeDuration }} 지속되어 등급별 복구 목표 시간의 4분의 3이 지났습니다.",
        ),
        Alert(
            "RepairTimeExceeded",
            exceeded,
            "page",
            "{{ $labels.service_id }} has been failing for {{ $value | humanizeDuration }}, longer than its grade allows.",
            "{{ $labels.service_id }} 서비스 장애가 {{ $value | humanizeDuration }} 지속되어 등급별 복구 목표 시간을 넘었습니다.",
        ),
    )


def _service_level_alerts() -> tuple[Alert, ...]:
    below = f"{by_service('availability_30d_ratio')} < on (service_id) {by_service('slo_objective_ratio')}"
    return (
        Alert(
            "AvailabilityBelowTarget",
            f"{below} and on (service_id) {by_service('coverage_30d_ratio')} >= {COVERAGE_ENOUGH}",
            "ticket",
            "{{ $labels.service_id }} was available {{ $value | humanizePercentage }} of the last 30 days, below its target.",
            "{{ $labels.service_id }} 서비스의 최근 30일 가용률이 {{ $value | humanizePercentage }}로 목표보다 낮습니다.",
        ),
    )


def _telemetry_alerts() -> tuple[Alert, ...]:
    other = f'sum by (service_id, source) (rate(observatory_requests_total{{menu_id="_other",{SERVER_SOURCES}}}[1h]))'
    return (
        Alert(
            "TelemetrySilent",
            f"time() - {by_service('last_telemetry_timestamp_seconds')} > {SILENT_SECONDS}",
            "ticket",
            "{{ $labels.service_id }} has sent nothing for {{ $value | humanizeDuration }}.",
            "{{ $labels.service_id }} 서비스에서 {{ $value | humanizeDuration }} 동안 기록이 오지 않았습니다.",
            lasting="5m",
        ),
        Alert(
            "ProbeDisagreement",
            f"{by_service('probe_disagreement')} == 1",
            "ticket",
            "Only one of users and checks sees {{ $labels.service_id }} failing: a check may be blocked, or records may be wrong.",
            "{{ $labels.service_id }} 서비스의 장애가 이용자 기록과 점검 한쪽에서만 보입니다. 점검이 막혔거나 기록이 틀렸을 수 있습니다.",
            lasting="30m",
        ),
        Alert(
            "UnmatchedRoutesHigh",
            f"{other} / ({requests_rate('1h')} > 0) > {UNMATCHED_RATIO}",
            "ticket",
            "{{ $value | humanizePercentage }} of the requests of {{ $labels.service_id }} belong to no menu of the catalogue.",
            "{{ $labels.service_id }} 서비스 요청의 {{ $value | humanizePercentage }}가 등록된 어느 메뉴에도 속하지 않습니다.",
            lasting="30m",
        ),
    )


def _budget_alerts() -> tuple[Alert, ...]:
    """Return the multi-window burn-rate alerts (Google, Site Reliability Workbook, chapter 5)."""
    budget = f"(1 - {by_service('slo_objective_ratio')})"

    def burns(long: str, short: str, factor: float) -> str:
        over = [f"{errors_ratio(window)} > on (service_id) group_left () ({factor} * {budget})" for window in (long, short)]
        return f"({over[0]}) and ({over[1]})"

    text_en = "{{ $labels.service_id }} fails {{ $value | humanizePercentage }} of its requests and is using up its error budget."
    text_ko = "{{ $labels.service_id }} 서비스 요청의 {{ $value | humanizePercentage }}가 실패하여 허용 장애량을 빠르게 쓰고 있습니다."
    return (
        Alert("ErrorBudgetBurn", f"({burns('1h', '5m', 14.4)}) or ({burns('6h', '30m', 6)})", "page", text_en, text_ko),
        Alert("ErrorBudgetBurn", f"({burns('1d', '2h', 3)}) or ({burns('3d', '6h', 1)})", "ticket", text_en, text_ko),
    )


def _signoff_alerts() -> tuple[Alert, ...]:
    missing = 'max by (service_id, state) (observatory_signoff_state{state=~"none|failed|overdue|suspended|unapproved"}) == 1'
    left = f"{by_service('signoff_expiry_timestamp_seconds')} - time()"
    return (
        Alert(
            "SignoffMissing",
            missing,
            "ticket",
            "{{ $labels.service_id }} is open to the public without a sign-off that holds ({{ $labels.state }}).",
            "{{ $labels.service_id }} 서비스가 유효한 서명 판정 없이 공개되어 있습니다({{ $labels.state }}).",
        ),
        Alert(
            "SignoffExpiresSoon",
            f"({left} < {EXPIRES_SOON_SECONDS}) > 0",
            "ticket",
            "The sign-off of {{ $labels.service_id }} ends in {{ $value | humanizeDuration }}.",
            "{{ $labels.service_id }} 서비스의 서명 판정이 {{ $value | humanizeDuration }} 뒤에 끝납니다.",
        ),
    )


def _self_alerts() -> tuple[Alert, ...]:
    return (
        Alert(
            "ObserverBlind",
            "absent(observatory_build_info)",
            "page",
            "The observatory cannot be scraped: nothing else here can be believed.",
            "관측소의 지표를 가져올 수 없습니다. 다른 모든 값도 믿을 수 없습니다.",
            lasting="3m",
        ),
        Alert(
            "WatermarkStalled",
            f"time() - min(observatory_watermark_timestamp_seconds) > {STALLED_SECONDS}",
            "ticket",
            "Telemetry has not been judged for {{ $value | humanizeDuration }}.",
            "{{ $value | humanizeDuration }} 동안 기록이 판정되지 않았습니다.",
            lasting="10m",
        ),
        Alert(
            "Watchdog", "vector(1)", "none", "Always on: shows that alerts arrive.", "항상 켜져 있습니다. 경보가 전달되는지 보여 줍니다."
        ),
    )
