"""Ten thousand personal values go in through every door and field; none is anywhere in what the observatory keeps or says."""

import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from observatory import clock
from tests.journeys import personal_values as personal
from tests.journeys.personal_values import Planted, planted_values, portions
from tests.journeys.site import Site, open_site
from tests.servers import Server

pytestmark = pytest.mark.network

VALUES = 10_000
BODY_RECORDS = 400
DOORS = ("protobuf spans", "JSON spans", "protobuf logs", "JSON logs", "combined", "nginx-json", "alb", "probes")
SECONDS_MAX = 20.0
PAGES = (
    *(
        "/",
        "/ko/",
        "/en/",
        "/ko/services/job-portal",
        "/en/services/job-portal",
        "/en/services/job-portal/chart",
        "/en/data",
        "/openapi.json",
    ),
    *("/api/v1/services", "/api/v1/services.csv", "/api/v1/services/job-portal", "/api/v1/services/job-portal/figures?window=24h"),
    *("/api/v1/services/job-portal/figures.csv?window=24h", "/api/v1/incidents", "/api/v1/incidents.csv", "/metrics", "/metrics/services"),
)


@dataclass
class Sending:
    """Sends bodies to one server; every request also tells a value in its headers."""

    site: Site
    sent: int = 0
    statuses: set[int] = field(default_factory=set)

    def send(self, path: str, body: bytes, media: str, teller: Planted) -> requests.Response:
        headers = {
            "Authorization": f"Bearer {self.site.token}",
            "Content-Type": media,
            "Cookie": f"session={ascii_only(teller)}",
            "User-Agent": ascii_only(teller),
            "Referer": f"https://jobs.example.go.kr/?{ascii_only(teller)}",
            "X-Forwarded-For": ascii_only(teller),
            "Baggage": f"user={ascii_only(teller)}",
        }
        answer = requests.post(self.site.server.url + path, body, headers=headers, timeout=SECONDS_MAX)
        self.statuses.add(answer.status_code)
        return answer

    def otlp(self, signal: str, kind: str, values: Sequence[Planted], *, as_json: bool) -> None:
        make = personal.span if kind == "spans" else personal.log_record
        end_ns = recent_ns()
        for number, body_values in enumerate(portions(values, BODY_RECORDS)):
            items = [make(index, planted, end_ns - index * 10**6) for index, planted in enumerate(body_values, number)]
            document = personal.export_request(kind, items, body_values[0])
            body, media = json.dumps(document, ensure_ascii=False).encode(), "application/json"
            if not as_json:
                message = ExportTraceServiceRequest() if kind == "spans" else ExportLogsServiceRequest()
                body, media = ParseDict(document, message).SerializeToString(), "application/x-protobuf"
            answer = self.send(f"/v1/{signal}", body, media, body_values[0])
            assert (answer.status_code, answer.content) in ((200, b""), (200, b"{}")), answer.text
            self.sent += len(items)

    def lines(self, log_format: str, values: Sequence[Planted], line: Callable[[int, Planted], str]) -> None:
        for body_values in portions(values, BODY_RECORDS):
            text = "".join(line(number, planted) + "\n" for number, planted in enumerate(body_values)) + f"nonsense {body_values[0].text}\n"
            path = f"/v1/access-log?service=job-portal&format={log_format.replace('+', '%2B')}"
            answer = self.send(path, text.encode(), "text/plain", body_values[0])
            told = answer.json()
            assert (told["accepted"], sum(told["refused"].values())) == (len(body_values), 1), told
            self.sent += told["accepted"]

    def probes(self, values: Sequence[Planted]) -> None:
        now = datetime.fromtimestamp(recent_ns() / 10**9, UTC).isoformat()
        rows = [f"{now},job-portal,up,200,81,{planted.text}\n{now},{planted.text},up,200,81,-\n" for planted in values]
        table = "checked_at,service,state,http_status,response_ms,comment\n" + "".join(rows)
        told = self.send("/v1/probes", table.encode(), "text/csv", values[0]).json()
        assert (told["accepted"], told["rejected"]) == (len(values), {"unknown_service": len(values)}), told
        checks = [{"checked_at": now, "service": "job-portal", "state": "up", "comment": planted.text} for planted in values]
        assert self.send("/v1/probes", json.dumps(checks).encode(), "application/json", values[0]).json()["accepted"] == len(values)


def ascii_only(planted: Planted) -> str:
    return planted.text if planted.text.isascii() else quote(planted.text)


def recent_ns() -> int:
    return int(clock.now().timestamp() - 120) * 10**9


def send_everything(sending: Sending, values: Sequence[Planted]) -> None:
    """Send each value through one door, all its fields in turn."""
    shares = {door: values[number :: len(DOORS)] for number, door in enumerate(DOORS)}
    moment = datetime.fromtimestamp(recent_ns() / 10**9, UTC)
    log_time, alb_time = moment.strftime("%d/%b/%Y:%H:%M:%S +0000"), moment.strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    sending.otlp("traces", "spans", shares["protobuf spans"], as_json=False)
    sending.otlp("traces", "spans", shares["JSON spans"], as_json=True)
    sending.otlp("logs", "logRecords", shares["protobuf logs"], as_json=False)
    sending.otlp("logs", "logRecords", shares["JSON logs"], as_json=True)
    sending.lines("combined+us", shares["combined"], lambda number, planted: personal.combined_line(number, planted, log_time))
    sending.lines("nginx-json", shares["nginx-json"], lambda number, planted: personal.nginx_line(number, planted, moment.timestamp()))
    sending.lines("alb", shares["alb"], lambda number, planted: personal.alb_line(number, planted, alb_time))
    sending.probes(shares["probes"])


def send_what_is_refused(sending: Sending, values: Sequence[Planted]) -> None:
    """Send the values in bodies, addresses and credentials that are refused: no complaint may repeat them in the journal."""
    for planted in values:
        text, address = planted.text.encode(), quote(planted.text, safe="")
        sending.send("/v1/traces", text, "application/x-protobuf", planted)
        sending.send("/v1/traces", b'{"resourceSpans": "%s"}' % text, "application/json", planted)
        sending.send("/v1/logs", b'{"%s": ' % text, "application/json", planted)
        sending.send("/v1/probes", text, "text/csv", planted)
        sending.send("/v1/probes", b'[{"service": "%s"}]' % text, "application/json", planted)
        sending.send(f"/v1/access-log?service={address}&format={address}", text, "text/plain", planted)
        sending.send(f"/v1/{address}", text, "text/plain", planted)
        wrong = {"Authorization": f"Bearer {ascii_only(planted)}", "Content-Type": "application/x-protobuf"}
        requests.post(f"{sending.site.server.url}/v1/traces", text, headers=wrong, timeout=SECONDS_MAX)
        for page in ("/en/services/", "/api/v1/services/", "/api/v1/incidents?service=", "/"):
            requests.get(f"{sending.site.server.url}{page}{address}", timeout=SECONDS_MAX)
    assert sending.statuses <= {200, 400, 403, 404, 405}


def kept_and_said(site: Site) -> Iterator[Path]:
    """Yield every file of the data folder, and what the server said."""
    yield from (path for path in site.server.data.rglob("*") if path.is_file() and "kernels" not in path.parts)
    yield from site.server.data.parent.glob(f"{site.server.data.name}-*.out")
    yield from site.server.data.parent.glob(f"{site.server.data.name}-*.err")


def fetch_exports(site: Site, folder: Path) -> list[Path]:
    """Save everything the server publishes."""
    folder.mkdir()
    files = []
    for number, page in enumerate(PAGES):
        files.append(folder / f"{number}.txt")
        with urllib.request.urlopen(site.server.url + page, timeout=SECONDS_MAX) as answer:
            files[-1].write_bytes(answer.read())
    return files


def found_in(files: Sequence[Path], needles: Path) -> str:
    """Return what of the needles is in the files, as `file:needle` lines."""
    command = ["grep", "--text", "--only-matching", "--ignore-case", "--fixed-strings", "--with-filename", f"--file={needles}"]
    found = subprocess.run([*command, *map(str, files)], env={"LC_ALL": "C"}, capture_output=True, check=False)
    assert found.returncode in (0, 1), found.stderr
    return found.stdout.decode("utf-8", "replace")


def test_no_planted_value_is_kept_or_published(start_server: Callable[..., Server], tmp_path: Path) -> None:
    site = open_site(start_server, tmp_path)
    values = planted_values(VALUES)
    needles = tmp_path / "needles.txt"
    needles.write_text("\n".join(sorted({needle for planted in values for needle in planted.needles})), encoding="utf-8")
    sending = Sending(site)
    send_everything(sending, values)
    assert sending.sent == VALUES * 7 // 8
    send_what_is_refused(sending, values[:: VALUES // 28])
    figures: dict[str, Any] = site.wait_for("/api/v1/services/job-portal/figures?window=24h", lambda found: found["requests"] > 0)
    assert figures["requests"] > 0
    while_running = [*kept_and_said(site), *fetch_exports(site, tmp_path / "exports")]
    assert {"telemetry.sqlite", "telemetry.sqlite-wal", "register.sqlite"} <= {path.name for path in while_running}
    assert found_in(while_running, needles) == ""
    assert site.server.terminate() == 0
    assert found_in(list(kept_and_said(site)), needles) == ""


def test_a_planted_value_that_were_kept_would_be_found(tmp_path: Path) -> None:
    values, needles, kept = planted_values(200), tmp_path / "needles.txt", tmp_path / "kept.sqlite"
    needles.write_text("\n".join(sorted({needle for planted in values for needle in planted.needles})), encoding="utf-8")
    for planted in values:
        kept.write_bytes(b"\0\xff" + planted.text.encode() + b"\0")
        assert found_in([kept], needles)
