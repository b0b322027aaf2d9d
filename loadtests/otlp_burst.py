"""Locust scenario: many services export telemetry at once, as they do after a network break.

Run by `make load`, or: locust -f loadtests/otlp_burst.py --headless --host http://127.0.0.1:8000 -u 20 -r 20 -t 30s
with OTLP_BURST_TOKEN set to a token for the benchmark services.
"""

import os
import random
import time

from locust import FastHttpUser, constant, task

from loadtests.bodies import bodies

BODY_COUNT = 64


class Exporter(FastHttpUser):
    """A service's exporter: one body after the other; keeps a body until it is answered with 200."""

    wait_time = constant(0)
    connection_timeout = network_timeout = 20.0

    def on_start(self) -> None:
        """Prepare bodies of this exporter's own."""
        self.headers = {
            "Authorization": f"Bearer {os.environ['OTLP_BURST_TOKEN']}",
            "Content-Type": "application/x-protobuf",
            "Content-Encoding": "gzip",
        }
        seed = random.randrange(2**31)
        self.bodies = bodies("traces", 100, BODY_COUNT, time.time_ns(), seed=seed)

    @task
    def export(self) -> None:
        """Send one body; 503 means try again later and is no failure of the server."""
        body = random.choice(self.bodies)
        # Locust's own annotation forgets bytes.
        with self.client.post("/v1/traces", data=body, headers=self.headers, catch_response=True) as answer:  # type: ignore[arg-type]
            if answer.status_code == 503:
                answer.success()
                time.sleep(float(answer.headers.get("Retry-After", "1")))
