"""Coverage-guided fuzzing of what strangers send: whatever comes, a decoder returns columns or raises BadInput.

Usage: python -m tests.fuzz.targets TARGET [-runs=N] [-max_total_time=S] [CORPUS...]; options as libFuzzer's. Ends with
non-zero and a file crash-... at the first input that breaks the promise.
"""

import contextlib
import sys
import zlib
from collections.abc import Callable

import atheris

# Modules with kernels are loaded before the watch begins: what the fuzzer puts into them cannot be compiled.
from observatory.decode import redaction
from observatory.decode.access_log import scan  # noqa: F401
from observatory.decode.otlp import json_to_protobuf, json_values, metrics_protobuf  # noqa: F401
from observatory.decode.otlp import protobuf as otlp_wire

# The fuzzer sees which lines an input reaches only of what is imported in here. Kernels are machine code, and stay outside.
with atheris.instrument_imports(include=["observatory.decode", "observatory.receive.body"]):
    from observatory.decode.access_log import lines as access_log_line
    from observatory.decode.otlp import json as otlp_json
    from observatory.decode.probes import csv as probe_result
    from observatory.errors import BadInput
    from observatory.receive.body import inflate

from tests.decode.otlp import test_json_to_protobuf as test_otlp_json_rewriting
from tests.decode.otlp.test_protobuf import agree

BYTES_MAX = 1 << 20


def otlp_protobuf(body: bytes) -> None:
    """Both decoders accept or refuse the same bytes, with the same columns."""
    for kind in ("logs", "traces"):
        assert agree(body, kind), kind


def otlp_as_json(body: bytes) -> None:
    """JSON is refused as BadTelemetry or becomes columns, the same when it is rewritten as protobuf."""
    for kind, decode in (("logs", otlp_json.decode_logs), ("traces", otlp_json.decode_traces)):
        with contextlib.suppress(BadInput):
            decode(body)
        assert test_otlp_json_rewriting.agree(body, kind), kind


def gzip_bodies(body: bytes) -> None:
    """What is inflated is what zlib inflates, and nothing is inflated past the limit."""
    try:
        content = inflate(body, BYTES_MAX)
    except BadInput:
        return
    assert len(content) <= BYTES_MAX
    assert content == zlib.decompress(body, 31)


def log_lines(body: bytes) -> None:
    """Every line is read, skipped or refused with a reason; never two of these."""
    for name in access_log_line.FORMATS:
        decoded = access_log_line.decode_lines(body, name)
        assert len(decoded.columns) + decoded.columns.skipped_count + sum(decoded.refused.values()) == decoded.lines_read, name


def probe_tables(body: bytes) -> None:
    """A table is refused or becomes rows."""
    with contextlib.suppress(BadInput):
        probe_result.decode_rows(body)


def paths(body: bytes) -> None:
    """Every path has a template, and a template is its own template."""
    template = redaction.template_of(body, is_route=True)
    assert len(template.encode()) <= redaction.TEMPLATE_BYTES_MAX
    assert redaction.template_of(template.encode(), is_route=True) == template


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target for target in (otlp_protobuf, otlp_as_json, gzip_bodies, log_lines, probe_tables, paths)
}


def main(arguments: list[str]) -> None:
    """Fuzz one target as libFuzzer's options say."""
    if len(arguments) < 2 or arguments[1] not in TARGETS:
        print(f"usage: python -m tests.fuzz.targets {'|'.join(TARGETS)} [-runs=N] [-max_total_time=S]", file=sys.stderr)
        sys.exit(2)
    otlp_wire.warm()
    log_lines(b"\n")
    paths(b"/")
    atheris.Setup([arguments[0], "-timeout=20", *arguments[2:]], TARGETS[arguments[1]])
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
