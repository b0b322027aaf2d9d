"""Request pages of the sample services as a steady crowd of citizens would, until told to stop."""

import random
import threading

import requests

from observatory.demo.town import SampleService

CITIZENS_PER_SERVICE = 6
ANSWER_TIMEOUT_S = 20


def visit(service: SampleService, url: str, stop: threading.Event) -> None:
    """Be one citizen: choose a page, read it, think, until `stop`."""
    rng = random.Random()
    think_s = 60 * CITIZENS_PER_SERVICE / service.requests_per_minute
    with requests.Session() as session:
        session.trust_env = False
        while not stop.wait(rng.expovariate(1 / think_s)):
            page = rng.choice(service.pages)
            try:
                session.get(url + page.path, timeout=ANSWER_TIMEOUT_S)
            except requests.RequestException:
                # The town is closing its doors; a citizen just tries again later.
                continue


def send_citizens(service: SampleService, url: str, stop: threading.Event) -> list[threading.Thread]:
    """Start the citizens of one service; they end soon after `stop` is set."""
    threads = [
        threading.Thread(target=visit, args=(service, url, stop), name=f"citizen-{service.id}-{number}", daemon=True)
        for number in range(CITIZENS_PER_SERVICE)
    ]
    for thread in threads:
        thread.start()
    return threads
