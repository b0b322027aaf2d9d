"""Nothing comes in; the Grafana dashboard of all services goes out, as JSON values."""

from dataclasses import dataclass

from dashboards.rules import SERVER_SOURCES, errors_ratio, requests_rate

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]

GRAFANA_SCHEMA_VERSION = 39
DATASOURCE: Json = {"type": "prometheus", "uid": "${datasource}"}
CHOSEN = 'service_id=~"$service"'
STATE_COLORS = {
    "up": "green",
    "degraded": "yellow",
    "recovering": "light-yellow",
    "partial": "orange",
    "down": "red",
    "unknown": "#888888",
    "maintenance": "blue",
    "closed": "#b0b0b0",
}


@dataclass(frozen=True, slots=True)
class Panel:
    """One drawing: what it asks and how it shows the answer. `width` of 24 columns, `height` of 30 px rows."""

    title: str
    kind: str
    expr: str
    legend: str
    unit: str
    width: int
    height: int
    description: str
    instant: bool = False


PANELS = (
    Panel(
        "Services by state",
        "bargauge",
        f"sum by (state) (observatory_service_state{{{CHOSEN}}})",
        "{{state}}",
        "none",
        8,
        8,
        "How many services are in each state now.",
        instant=True,
    ),
    Panel(
        "Availability, 30 days",
        "bargauge",
        f"bottomk(20, observatory_availability_30d_ratio{{{CHOSEN}}})",
        "{{service_id}}",
        "percentunit",
        8,
        8,
        "Of the last 30 full local days; absent where nothing was measured.",
        instant=True,
    ),
    Panel(
        "Downtime, 30 days",
        "bargauge",
        f"topk(20, observatory_downtime_30d_seconds{{{CHOSEN}}} > 0)",
        "{{service_id}}",
        "s",
        8,
        8,
        "The minutes of the listed incidents in which the service was down.",
        instant=True,
    ),
    Panel(
        "State over time",
        "state-timeline",
        f'max by (service_id, state) (observatory_service_state{{{CHOSEN},state!="up"}}) == 1',
        "{{service_id}} {{state}}",
        "none",
        24,
        8,
        "Everything that was not up.",
    ),
    Panel(
        "Failing for",
        "timeseries",
        f"time() - observatory_incident_open_start_timestamp_seconds{{{CHOSEN}}}",
        "{{service_id}}",
        "s",
        12,
        8,
        "How long the present failure has lasted.",
    ),
    Panel(
        "Failures, 30 days",
        "timeseries",
        f"observatory_failures_30d{{{CHOSEN}}}",
        "{{service_id}}",
        "none",
        12,
        8,
        "Failures that began in the last 30 full local days.",
    ),
    Panel(
        "Requests",
        "timeseries",
        f"{requests_rate('5m')}{{{CHOSEN}}}",
        "{{service_id}} {{source}}",
        "reqps",
        12,
        8,
        "As the services themselves measured; sources are never added together.",
    ),
    Panel(
        "Failed requests",
        "timeseries",
        f"{errors_ratio('5m')}{{{CHOSEN}}}",
        "{{service_id}} {{source}}",
        "percentunit",
        12,
        8,
        "Share of the requests that failed.",
    ),
    Panel(
        "Mean time to answer by menu",
        "timeseries",
        f"rate(observatory_menu_server_response_seconds_sum{{{CHOSEN}}}[$__rate_interval])"
        f" / (rate(observatory_menu_server_response_seconds_count{{{CHOSEN}}}[$__rate_interval]) > 0)",
        "{{service_id}} {{menu_id}}",
        "s",
        24,
        9,
        "Of answered requests, as the service's own server measured.",
    ),
    Panel(
        "Coverage, 30 days",
        "bargauge",
        f"bottomk(20, observatory_coverage_30d_ratio{{{CHOSEN}}})",
        "{{service_id}}",
        "percentunit",
        8,
        8,
        "How much of the time was measured at all.",
        instant=True,
    ),
    Panel(
        "Sign-offs by state",
        "bargauge",
        f"sum by (state) (observatory_signoff_state{{{CHOSEN}}})",
        "{{state}}",
        "none",
        8,
        8,
        "What the responsible executives decided.",
        instant=True,
    ),
    Panel(
        "Telemetry is silent for",
        "bargauge",
        f"topk(20, time() - max by (service_id, source) (observatory_last_telemetry_timestamp_seconds{{{CHOSEN},{SERVER_SOURCES}}}))",
        "{{service_id}} {{source}}",
        "s",
        8,
        8,
        "Since when nothing came in.",
        instant=True,
    ),
)


def overview() -> Json:
    """Return the dashboard."""
    return {
        "uid": "observatory-overview",
        "title": "Public Service Observatory: overview",
        "description": "State, downtime, load time and sign-offs of all services.",
        "tags": ["observatory"],
        "schemaVersion": GRAFANA_SCHEMA_VERSION,
        "version": 1,
        "editable": False,
        "timezone": "browser",
        "refresh": "1m",
        "time": {"from": "now-24h", "to": "now"},
        "templating": {"list": [_datasource_choice(), _service_choice()]},
        "annotations": {"list": []},
        "panels": _placed(PANELS),
    }


def _datasource_choice() -> Json:
    return {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "refresh": 1}


def _service_choice() -> Json:
    query = "label_values(observatory_service_info, service_id)"
    return {
        "name": "service",
        "label": "Service",
        "type": "query",
        "datasource": DATASOURCE,
        "query": {"query": query, "refId": "services"},
        "definition": query,
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
    }


def _placed(panels: tuple[Panel, ...]) -> list[Json]:
    """Return panels row after row, 24 columns wide."""
    placed: list[Json] = []
    x = y = row_height = 0
    for number, panel in enumerate(panels, start=1):
        if x + panel.width > 24:
            x, y, row_height = 0, y + row_height, 0
        placed.append(_drawn(panel, number, {"x": x, "y": y, "w": panel.width, "h": panel.height}))
        x, row_height = x + panel.width, max(row_height, panel.height)
    return placed


def _drawn(panel: Panel, number: int, place: Json) -> Json:
    target: Json = {"refId": "A", "expr": panel.expr, "legendFormat": panel.legend, "instant": panel.instant, "range": not panel.instant}
    overrides: list[Json] = [
        {
            "matcher": {"id": "byName", "options": state},
            "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": color}}],
        }
        for state, color in STATE_COLORS.items()
    ]
    return {
        "id": number,
        "title": panel.title,
        "description": panel.description,
        "type": panel.kind,
        "datasource": DATASOURCE,
        "gridPos": place,
        "targets": [target],
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": overrides if "state" in panel.title else []},
        "options": {"orientation": "horizontal", "reduceOptions": {"calcs": ["lastNotNull"]}} if panel.kind == "bargauge" else {},
    }
