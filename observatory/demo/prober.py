"""Check each page of a sample service once a minute and send the results, as a prober elsewhere would."""

import csv
import io
import threading
import time

import requests

from observatory import clock
from observatory.demo.prepared_town import PROBE_INTERVAL_S, VANTAGE
from observatory.demo.town import SampleService
from observatory.model.catalogue import Service

CHECK_TIMEOUT_S = 10


def check_menus(sample: SampleService, service: Service, service_url: str, observatory_url: str, key: str, stop: threading.Event) -> None:
    """Check the pages of a service, which are its menus in the same order, until `stop`."""
    with requests.Session() as session:
        session.trust_env = False
        while not stop.wait(PROBE_INTERVAL_S - clock.now().timestamp() % PROBE_INTERVAL_S):
            table = io.StringIO()
            rows = csv.writer(table)
            rows.writerow(["checked_at", "service", "menu", "state", "http_status", "response_ms"])
            for page, menu in zip(sample.pages, service.menus, strict=True):
                rows.writerow([f"{clock.now():%Y-%m-%dT%H:%M:%SZ}", service.id, menu.id, *_check(session, service_url + page.path)])
            _send(session, f"{observatory_url}/v1/probes?vantage={VANTAGE}", key, table.getvalue())


def _check(session: requests.Session, url: str) -> tuple[str, int, int]:
    """Return state, status and milliseconds of one check; a failure counts only if an immediate second try fails too."""
    for attempt in range(2):
        begun = time.monotonic()
        try:
            status = session.get(url, timeout=CHECK_TIMEOUT_S).status_code
        except requests.RequestException:
            status = 0
        took_ms = int((time.monotonic() - begun) * 1000)
        up = 0 < status < requests.codes.server_error
        if up or attempt:
            break
    return "up" if up else "down", status, took_ms


def _send(session: requests.Session, url: str, key: str, table: str) -> None:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "text/csv"}
    try:
        session.post(url, data=table.encode(), headers=headers, timeout=CHECK_TIMEOUT_S)
    except requests.RequestException:
        # One missing check: the vote before it holds for another minute.
        return
