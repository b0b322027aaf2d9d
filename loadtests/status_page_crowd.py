"""Locust scenario: citizens look whether anything is down, search, read about a service and about an incident.

Run by `python -m loadtests.load status_page_crowd 50 30`, or on a server that is there:
locust -f loadtests/status_page_crowd.py --headless --host http://127.0.0.1:8000 -u 50 -r 50 -t 30s
A browser asks for a page it has seen with the tag of that page; 304 is as good an answer as 200.
"""

import random
from typing import Any

from locust import FastHttpUser, between, task

WORDS = ("여권", "tax", "민원 신청", "0", "병원 예약", "없는 서비스")


class Citizen(FastHttpUser):
    """One reader, who keeps to one language."""

    wait_time = between(0.5, 3)
    connection_timeout = network_timeout = 60.0

    def on_start(self) -> None:
        """Learn what there is to read about; a browser that has seen nothing yet."""
        self.language = random.choice(("ko", "ko", "ko", "en"))
        self.tags: dict[str, str] = {}
        self.services = self._ids("services")
        self.incidents = self._ids("incidents")

    @task(10)
    def look(self) -> None:
        """Open the front page."""
        self._open("", "front page")

    @task(3)
    def search(self) -> None:
        """Look for a service by a word of its name."""
        self._open(f"?q={random.choice(WORDS)}", "search")

    @task(5)
    def read_about_service(self) -> None:
        """Open the page of a service."""
        if self.services:
            self._open(f"services/{random.choice(self.services)}", "service")

    @task(2)
    def read_about_incident(self) -> None:
        """Open the page of one of the newest incidents."""
        if self.incidents:
            self._open(f"incidents/{random.choice(self.incidents)}", "incident")

    def _open(self, rest: str, name: str) -> None:
        path = f"/{self.language}/{rest}"
        headers = {"Accept-Encoding": "gzip"}
        if path in self.tags:
            headers["If-None-Match"] = self.tags[path]
        answer = self.client.get(path, headers=headers, name=name)
        if answer.headers and (tag := answer.headers.get("ETag")):
            self.tags[path] = str(tag)

    def _ids(self, what: str) -> list[str]:
        answer: dict[str, Any] = self.client.get(f"/api/v1/{what}", name=f"list of {what}").json()
        return [each["id"] for each in answer[what]]
