"""Measure the intake beside a compiled collector: durable records per second and processor time per million records.

Every case runs several times, ours and the peer's turn about, and medians are printed. The peer (rotel, to its blackhole
exporter) decodes and throws away; the observatory answers after the commit. Usage: python -m loadtests.bench_intake [rounds] [seconds]
"""

import json
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from loadtests.bodies import Signal, bodies, service_id
from loadtests.target import Target, free_port, running_observatory, usage_of

BODY_COUNT = 64
WRK_THREADS = 1
RESULTS = Path(__file__).parent / "results"
PROTOBUF, JSON_TYPE, TEXT = "application/x-protobuf", "application/json", "text/plain"


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of traffic."""

    name: str
    signal: Signal | None
    """None: access log lines."""
    records: int
    connections: int
    media_type: str = PROTOBUF
    with_peer: bool = True

    @property
    def path(self) -> str:
        """Return the door this traffic comes through."""
        return f"/v1/{self.signal}" if self.signal else f"/v1/access-log?format=combined%2Bus&service={service_id(0)}"


CASES = (
    Case("logs, 1000 per request", "logs", 1000, 16),
    Case("logs, 100 per request", "logs", 100, 32),
    Case("logs, 20 per request", "logs", 20, 64),
    Case("logs, 1 per request", "logs", 1, 64),
    Case("traces, 1000 per request", "traces", 1000, 16),
    Case("logs as JSON, 1000 per request", "logs", 1000, 16, JSON_TYPE),
    Case("access log, 1000 per request", None, 1000, 16, TEXT, with_peer=False),
)


@dataclass(frozen=True, slots=True)
class Measurement:
    """One run of one case against one server."""

    records_per_s: float
    requests_per_s: float
    p50_ms: float
    p99_ms: float
    cpu_s_per_million: float
    memory_mib: float
    errors: int


def log_lines(records: int, count: int) -> list[bytes]:
    """Return plain access log bodies of Apache's combined format with microseconds."""
    at = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime())
    line = '203.0.113.{n} - - [{at}] "GET /menu-{m}/item/{k}?q=1 HTTP/1.1" {status} 5120 "-" "Mozilla/5.0 (X11) Firefox/140.0" {us}\n'
    return [
        "".join(
            line.format(n=n % 256, at=at, m=n % 10, k=body * records + n, status=503 if n % 97 == 0 else 200, us=1000 + 37 * n)
            for n in range(records)
        ).encode()
        for body in range(count)
    ]


def plain_bodies(case: Case) -> list[bytes]:
    """Return the uncompressed bodies of a case, all distinct."""
    if case.signal is None:
        return log_lines(case.records, BODY_COUNT)
    made = bodies(case.signal, case.records, BODY_COUNT, time.time_ns(), as_json=case.media_type == JSON_TYPE)
    return [zlib.decompress(body, 31) for body in made]


def write_prepared(folder: Path, plain: list[bytes]) -> None:
    """Write bodies as unique_bodies.lua wants them: gzip without its final block, then CRC-32 and length."""
    for number, body in enumerate(plain):
        deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
        stream = deflate.compress(body) + deflate.flush(zlib.Z_FULL_FLUSH)
        header = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
        trailer = zlib.crc32(body).to_bytes(4, "little") + len(body).to_bytes(4, "little")
        (folder / f"{number}.body").write_bytes(header + stream + trailer)


def drive(case: Case, url: str, token: str, pid: int, folder: Path, seconds: int) -> Measurement:
    """Send a case for some seconds with wrk, a process of its own, and measure what the server used meanwhile."""
    script = Path(__file__).parent / "unique_bodies.lua"
    tail = "protobuf" if case.media_type == PROTOBUF else "blank"
    command = ["wrk", f"-t{WRK_THREADS}", f"-c{case.connections}", f"-d{seconds}s", "--timeout", "20s", "-s", str(script), url]
    before = usage_of(pid)
    ended = subprocess.run(
        [*command, "--", str(folder), str(BODY_COUNT), case.path, case.media_type, tail, token], check=True, capture_output=True, text=True
    )
    after = usage_of(pid)
    found = re.search(r"RESULT (\{.*\})", ended.stdout)
    if found is None:
        raise RuntimeError(f"wrk printed no result: {ended.stdout}{ended.stderr}")
    result = json.loads(found[1])
    took_s, requests = result["duration_us"] / 1e6, result["requests"] - result["status_errors"]
    records = requests * case.records
    return Measurement(
        records_per_s=records / took_s,
        requests_per_s=requests / took_s,
        p50_ms=result["p50_us"] / 1000,
        p99_ms=result["p99_us"] / 1000,
        cpu_s_per_million=(after.cpu_s - before.cpu_s) / max(records, 1) * 1e6,
        memory_mib=after.memory_bytes / 2**20,
        errors=result["status_errors"] + result["socket_errors"],
    )


def start_peer(log: Path) -> tuple[str, "subprocess.Popen[bytes]"]:
    """Start rotel's OTLP receiver in front of its blackhole exporter."""
    package = find_spec("rotel")
    if package is None or package.origin is None:
        raise RuntimeError("the peer is not installed: make bench installs it")
    agent = Path(package.origin).parent / "rotel-agent"
    http, grpc = free_port(), free_port()
    command = [str(agent), "start", "--otlp-http-endpoint", f"127.0.0.1:{http}", "--otlp-grpc-endpoint", f"127.0.0.1:{grpc}"]
    process = subprocess.Popen([*command, "--exporter", "blackhole"], stdout=log.open("wb"), stderr=subprocess.STDOUT)
    time.sleep(1)
    if process.poll() is not None:
        raise RuntimeError(f"the peer did not start: {log.read_text()}")
    return f"http://127.0.0.1:{http}", process


def median(runs: list[Measurement]) -> Measurement:
    """Return the median of every quantity."""
    columns = zip(*(asdict(run).values() for run in runs), strict=True)
    return Measurement(*(statistics.median(column) for column in columns))


def row(name: str, who: str, measured: Measurement, ratio: str) -> str:
    """Return one line of the printed table."""
    return (
        f"| {name} | {who} | {measured.records_per_s / 1e3:,.0f} k | {measured.requests_per_s:,.0f} "
        f"| {measured.p50_ms:.1f} / {measured.p99_ms:.1f} | {measured.cpu_s_per_million:.2f} | {measured.memory_mib:.0f} | {ratio} |"
    )


def run_case(case: Case, ours: Target, peer: tuple[str, int], rounds: int, seconds: int) -> tuple[Measurement, Measurement | None]:
    """Run one case turn about and return the medians of ours and the peer's."""
    with tempfile.TemporaryDirectory(prefix="observatory-bodies-") as name:
        folder = Path(name)
        write_prepared(folder, plain_bodies(case))
        own_runs, peer_runs = [], []
        drive(case, ours.url, ours.token, ours.pid, folder, 1)
        for _ in range(rounds):
            own_runs.append(drive(case, ours.url, ours.token, ours.pid, folder, seconds))
            if case.with_peer:
                peer_runs.append(drive(case, peer[0], "none", peer[1], folder, seconds))
    return median(own_runs), median(peer_runs) if peer_runs else None


def main(arguments: list[str], say: Callable[[str], None] = print) -> int:
    """Run all cases; print a table; write it to results/intake.json."""
    rounds, seconds = (int(word) for word in (*arguments, *("5", "5")[len(arguments) :]))
    say(f"{platform.python_implementation()} {platform.python_version()}, {rounds} rounds of {seconds} s, peer rotel {version('rotel')}")
    say("| traffic | server | records/s | requests/s | p50 / p99 ms | cpu-s per million | memory MiB | cpu ratio to rotel |")
    say("|---|---|---|---|---|---|---|---|")
    results: dict[str, dict[str, object]] = {}
    with running_observatory() as ours:
        url, process = start_peer(ours.data / "rotel.log")
        try:
            for case in CASES:
                own, other = run_case(case, ours, (url, process.pid), rounds, seconds)
                ratio = f"{own.cpu_s_per_million / other.cpu_s_per_million:.2f}" if other else ""
                say(row(case.name, "observatory", own, ratio))
                if other:
                    say(row(case.name, "rotel", other, ""))
                results[case.name] = {"observatory": asdict(own), "rotel": asdict(other) if other else None}
        finally:
            process.terminate()
            process.wait(10)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "intake.json").write_text(json.dumps(results, indent=2) + "\n")
    return 1 if any(own["errors"] for pair in results.values() for own in [pair["observatory"]] if isinstance(own, dict)) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
