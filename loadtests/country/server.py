"""Serve a small country from a temporary folder for as long as a block lasts."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from loadtests.country.fill import Plan, fill
from loadtests.target import Target, new_token, serving, wait_until_ready
from observatory import clock

SMALL = Plan(services=120, days=10)


@contextlib.contextmanager
def running_country() -> Iterator[Target]:
    """Make it, and run a server on it."""
    with tempfile.TemporaryDirectory(prefix="observatory-country-") as name:
        data = Path(name)
        fill(data, SMALL, clock.now(), print)
        with serving(data) as (url, server):
            wait_until_ready(f"{url}/readyz", server)
            yield Target(url, new_token(data), server.pid, data)
