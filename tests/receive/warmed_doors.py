"""A process that warms up as a server does and then takes bodies of every kind; prints each kernel that was compiled only then."""

import asyncio
import sys
import tempfile
from functools import partial
from pathlib import Path
from random import Random

from numba.core.dispatcher import Dispatcher

from observatory.flows.submitting import duplicate_key
from observatory.model.delivery import Delivery, Sender
from observatory.receive.intake import Intake, Opened
from observatory.receive.otlp_batches import OtlpBatches
from observatory.receive.signals import PROTOBUF, TRACES
from observatory.server.app import create_app
from observatory.server.worker import Background
from observatory.settings import Settings
from observatory.warming import warm
from observatory.web.context import parts_of
from tests.decode.json_messages import as_json
from tests.decode.metric_messages import a_point, body_of
from tests.moments import NOW
from tests.receive.doors import JSON, Doors, a_span, traces

MANY = 1000
LINE = '203.0.113.1 - - [20/Nov/2026:03:00:00 +0000] "GET /jobs/{} HTTP/1.1" {} 5 "-" "Firefox"\n'
PROBES = b"checked_at,service,state,http_status,response_ms\n2026-11-20T03:00:00Z,job-portal,up,200,120\n"


def kernels() -> set[str]:
    """Return each kernel of the package with the types it is compiled for."""
    modules = [module for name, module in sys.modules.items() if name.startswith("observatory.")]
    functions = [value for module in modules for value in vars(module).values() if isinstance(value, Dispatcher)]
    return {f"{function.py_func.__module__}.{function.py_func.__name__}{types}" for function in functions for types in function.overloads}


def knock(doors: Doors) -> list[int]:
    """Send every kind of body; return the status of each answer."""
    varied = traces(*(a_span(route=f"/jobs/{number}", status=(200, 503)[number % 2], duration_ms=4 * number) for number in range(MANY)))
    lines = "".join(LINE.format(number, (200, 503)[number % 2]) for number in range(MANY)).encode()
    answers = [
        doors.post("/v1/traces", traces()),
        doors.post_gzip("/v1/traces", varied),
        doors.post("/v1/traces", as_json(varied, "traces", Random(1)) or b"", JSON),
        doors.post("/v1/metrics", body_of(a_point())),
        doors.post("/v1/access-log?service=job-portal&format=combined", lines, "text/plain"),
        doors.post("/v1/probes", PROBES, "text/csv"),
    ]
    return [answer.status_code for answer in answers]


async def knock_together(doors: Doors) -> None:
    """Send some bodies at one moment, and one of them again."""
    assert TRACES.decode_many is not None
    batches = OtlpBatches(TRACES, TRACES.decode_many, parts_of(doors.app).get(Intake))
    sender = Sender("token-1", frozenset({"job-portal"}))
    bodies = [traces(a_span(duration_ms=number, status=(200, 503)[number % 2])) for number in (*range(1, 20), 1)]
    opened = [Opened(PROTOBUF, body, PROTOBUF, Delivery(sender, NOW, duplicate_key(sender, "traces", body))) for body in bodies]
    await asyncio.gather(*(batches.take_in(partial(Opened, *body), 1) for body in opened))


def main() -> int:
    """Print what was compiled too late; return 1 if that is anything, 2 if a body was not taken."""
    with tempfile.TemporaryDirectory() as folder:
        warm()
        app = create_app(Settings(data=Path(folder)), now=lambda: NOW)
        background = Background(app, steps=())
        background.start()
        ready = kernels()
        doors = Doors(app)
        taken = knock(doors)
        asyncio.run(knock_together(doors))
        doors.parts.writer.flush()
        background.stop()
    late = sorted(kernels() - ready)
    sys.stdout.writelines(f"{name}\n" for name in late)
    if taken != [200] * len(taken):
        sys.stderr.write(f"not taken: {taken}\n")
        return 2
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
