"""More telemetry than a server can take, and readers who ask for anything, for so many seconds; which answers there were is printed.

Run by itself: `python -m tests.faults.flood PORT TOKEN SECONDS CONNECTIONS`. Its records are of a service nobody registered,
so that they cost all that decoding costs and leave no count behind.
"""

import gzip
import http.client
import json
import random
import sys
import threading
import time
from collections import Counter as Tally
from contextlib import closing, suppress

from tests.receive.doors import a_resource, a_span, traces

RECORDS = 1000
PADDING_BYTES = 12 << 20
ANSWER_SECONDS_MAX = 60.0


def bodies() -> list[tuple[str, bytes, dict[str, str]]]:
    """Return path, body and headers of what is sent over and over: many records, one, and a large one that was packed well."""
    protobuf, packed = {"Content-Type": "application/x-protobuf"}, {"Content-Encoding": "gzip"}
    many = traces(*(a_span(route=f"/{number}") for number in range(RECORDS)), resource=a_resource("nobody"))
    one = traces(a_span(), resource=a_resource("nobody"))
    padded = gzip.compress(b'{"resourceSpans":[]}' + b" " * PADDING_BYTES)
    return [
        ("/v1/traces", gzip.compress(many), protobuf | packed),
        ("/v1/traces", many, protobuf),
        ("/v1/traces", one, protobuf),
        ("/v1/traces", padded, {"Content-Type": "application/json"} | packed),
    ]


def flood(port: int, token: str, until: float, number: int, statuses: Tally[str]) -> None:
    """Send and ask until it is time."""
    chance, sent = random.Random(number), bodies()
    while time.monotonic() < until:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS_MAX)) as line, suppress(OSError):
            while time.monotonic() < until:
                if number % 8 == 0:
                    minute = chance.randrange(60)
                    span = f"from=2026-01-{1 + minute // 24:02}T{minute % 24:02}:00:00Z&to=2026-11-01T00:00:00Z"
                    line.request("GET", f"/api/v1/services/job-portal/figures?{span}")
                else:
                    path, body, headers = chance.choice(sent)
                    line.request("POST", path, body, headers | {"Authorization": f"Bearer {token}"})
                answer = line.getresponse()
                answer.read()
                statuses[str(answer.status)] += 1


def main() -> None:
    """Flood and print how often there was which status."""
    port, token, seconds, connections = int(sys.argv[1]), sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
    statuses: Tally[str] = Tally()
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=flood, args=(port, token, until, number, statuses)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.stdout.write(json.dumps(statuses))


if __name__ == "__main__":
    main()
