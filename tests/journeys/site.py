"""A real server with a catalogue and a token, made by its commands: where the intake journeys begin."""

import json
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from observatory.store.opening import open_reader, open_register
from tests.catalogue_text import job_portal
from tests.servers import Server, observatory, wait_until_seen

CATALOGUE = job_portal()
Json = dict[str, Any]
JUDGED_SECONDS_MAX = 60.0
POLL_SECONDS = 0.2


@dataclass
class Site:
    """A running server whose one service is job-portal, and a token for it."""

    server: Server
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """What a sender of protobuf sends along."""
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/x-protobuf"}

    def get(self, path: str) -> Json:
        """Return the JSON at an address."""
        with urllib.request.urlopen(self.server.url + path, timeout=10) as answer:
            found: Json = json.load(answer)
            return found

    def wait_for(self, path: str, condition: Callable[[Json], bool]) -> Json:
        """Return the JSON at an address once it is as expected; as it is when that takes too long."""
        deadline = time.monotonic() + JUDGED_SECONDS_MAX
        while True:
            found = self.get(path)
            if condition(found) or time.monotonic() > deadline:
                return found
            time.sleep(POLL_SECONDS)

    def stored(self) -> int:
        """Return how many requests of the service are stored, read from the files themselves."""
        wait_until_seen(self.server.data)
        register, reader = open_register(self.server.data), open_reader(self.server.data)
        try:
            index = register.catalogue().services[0].index
            return sum(row[3] for row in reader.request_totals() if row[0] == index)
        finally:
            reader.close()
            register.close()


def open_site(start_server: Callable[..., Server], folder: Path) -> Site:
    """Start a server on the catalogue above and make a token beside it."""
    catalogue = folder / "catalogue.toml"
    catalogue.write_text(CATALOGUE, encoding="utf-8")
    server = start_server("--catalogue", catalogue)
    made = observatory("token", "create", "--service", "job-portal", "--data", server.data)
    assert made.returncode == 0, made.stderr
    return Site(server, made.stdout.strip())
