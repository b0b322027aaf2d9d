"""`import-otlp`: requests come in from files, however they were put there, and every record is counted once."""

import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from google.protobuf.internal.encoder import _VarintBytes  # type: ignore[attr-defined]
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs

from observatory.cli.imports import import_otlp
from observatory.errors import BadInput
from observatory.flows.catalogue import apply_catalogue
from observatory.importing.otlp_file import layout_of
from observatory.store.opening import open_reader, open_register, open_telemetry, prepare_folder
from tests.builders import a_catalogue
from tests.moments import NOW
from tests.receive.doors import NOW_NS, a_resource, a_span, traces, traces_json


def logs(count: int = 1) -> bytes:
    record = LogRecord(time_unix_nano=NOW_NS, attributes=[KeyValue(key="http.response.status_code", value=AnyValue(int_value=404))])
    group = ResourceLogs(resource=a_resource(), scope_logs=[ScopeLogs(log_records=[record] * count)])
    return ExportLogsServiceRequest(resource_logs=[group]).SerializeToString()


def logs_json(count: int = 1) -> bytes:
    document = json.loads(traces_json())["resourceSpans"][0]
    record = {"timeUnixNano": str(NOW_NS), "attributes": [{"key": "http.response.status_code", "value": {"intValue": "404"}}]}
    return json.dumps({"resourceLogs": [{"resource": document["resource"], "scopeLogs": [{"logRecords": [record] * count}]}]}).encode()


def lines(bodies: Sequence[bytes]) -> bytes:
    return b"".join(body + b"\n" for body in bodies)


def delimited(bodies: Sequence[bytes]) -> bytes:
    return b"".join(_VarintBytes(len(body)) + body for body in bodies)


def lengths(bodies: Sequence[bytes]) -> bytes:
    return b"".join(len(body).to_bytes(4, "big") + body for body in bodies)


class Folder:
    """A data folder whose catalogue has one service, and the command on it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        prepare_folder(data)
        register = open_register(data)
        apply_catalogue(register, a_catalogue(), NOW)
        register.close()
        open_telemetry(data).close()

    def run(self, *files: Path) -> dict[str, Any]:
        result = CliRunner().invoke(import_otlp, [*map(str, files), "--json", "--data", str(self.data)])
        if result.exception is not None:
            raise result.exception
        summary: dict[str, Any] = json.loads(result.stdout)
        return summary

    def stored(self) -> int:
        reader = open_reader(self.data)
        try:
            return sum(row[3] for row in reader.request_totals())
        finally:
            reader.close()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "data")


def spans(number: int) -> bytes:
    """Return a request of two spans that differs from those of other numbers."""
    return traces(a_span(age_ns=number * 10**9), a_span(age_ns=number * 10**9, status=500))


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("layout", "content"),
    [
        ("lines", lines([traces_json(2, end_ns=NOW_NS - n) for n in range(50)])),
        ("document", json.dumps(json.loads(traces_json(100)), indent=2).encode()),
        ("message", b"".join(spans(n) for n in range(50))),
        ("delimited", delimited([spans(n) for n in range(50)])),
        ("lengths", lengths([spans(n) for n in range(50)])),
        ("lengths", lengths([logs(2) for _ in range(50)])),
        ("message", logs(100)),
    ],
)
def test_a_file_of_any_layout_is_imported_once(folder: Folder, tmp_path: Path, layout: str, content: bytes, packed: bool) -> None:
    assert layout_of(content) == layout
    path = tmp_path / "telemetry"
    path.write_bytes(gzip.compress(content) if packed else content)
    first, again = folder.run(path), folder.run(path)
    assert (first["stored"], first["refused"], again["stored"]) == (100, {}, 0)
    assert folder.stored() == 100


def test_a_file_of_several_signals_goes_to_each_of_their_doors(folder: Folder, tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    path.write_bytes(lines([traces_json(3), logs_json(2), traces_json(1), logs_json(4)]))
    summary = folder.run(path)
    assert (summary["stored"], summary["kinds"]) == (10, {"200": 4, "404": 6})


@pytest.mark.parametrize(("join", "body"), [(lines, lambda n: traces_json(2, end_ns=NOW_NS - n)), (delimited, spans), (lengths, spans)])
def test_a_file_that_grew_goes_on_and_a_request_being_written_waits(
    folder: Folder, tmp_path: Path, join: Callable[[Sequence[bytes]], bytes], body: Callable[[int], bytes]
) -> None:
    path, whole = tmp_path / "growing", join([body(n) for n in range(3)])
    first = len(join([body(0)]))
    path.write_bytes(whole[: first + 40])
    assert folder.run(path)["stored"] == 2
    path.write_bytes(whole)
    assert folder.run(path)["stored"] == 4
    assert folder.stored() == 6


def test_requests_nobody_can_read_are_refused_by_their_number(folder: Folder, tmp_path: Path) -> None:
    path = tmp_path / "odd.jsonl"
    bad = traces_json().replace(b'"kind": 2', b'"kind": "SERVER"')
    path.write_bytes(lines([traces_json(2), bad, b"{}", b"", b"nonsense", traces_json(1, end_ns=NOW_NS - 5)]))
    summary = folder.run(path)
    assert (summary["stored"], folder.stored()) == (3, 3)
    assert summary["refused"] == {"no_otlp": {"count": 3, "first": f"{path}:3"}}


def test_what_is_no_request_of_a_service_is_skipped(folder: Folder, tmp_path: Path) -> None:
    path = tmp_path / "spans.binpb"
    client = a_span()
    client.kind = client.SPAN_KIND_CLIENT
    path.write_bytes(traces(client))
    summary = folder.run(path)
    assert (summary["stored"], summary["skipped"]) == (0, 1)


def test_the_examples_of_the_protocol_are_read(folder: Folder, shared_data: Path) -> None:
    summary = folder.run(*sorted((shared_data / "otlp").glob("*.json")))
    assert "no_otlp" not in summary["refused"]
    assert summary["lines_read"] > 0


@pytest.mark.parametrize("content", [b"\xff\xff\xff\xff", b"one\ntwo\n", b"\x12\x00" * 50])
def test_a_file_of_anything_else_is_refused(folder: Folder, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "access.log"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"OTLP|too short"):
        folder.run(path)


def test_a_length_nobody_can_mean_is_refused(folder: Folder, tmp_path: Path) -> None:
    path = tmp_path / "spans"
    path.write_bytes(lengths([spans(0)]) + b"\x7f\xff\xff\xff")
    with pytest.raises(BadInput, match="a request of 2147483647 bytes"):
        folder.run(path)
