"""Anonymous readers who ask for what nobody asked before: memory stays bounded and comes back, known pages stay up."""

import http.client
import random
import threading
from collections import Counter as Tally
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from observatory import clock
from observatory.flows.catalogue import apply_catalogue
from observatory.model.day import DayStrip
from observatory.model.incident import MinuteClass
from observatory.store.opening import open_register, open_telemetry, prepare_folder
from tests.builders import a_catalogue, a_menu, a_service
from tests.faults.conftest import Start
from tests.faults.machine import resident_mib
from tests.store.counted import a_strip

pytestmark = [pytest.mark.network, pytest.mark.faults]

DAYS, MENUS = 400, 10
READERS, QUESTIONS_EACH = 130, 4
RESIDENT_MIB_MAX = 384
GROWTH_MIB_MAX = 100
ANSWER_SECONDS_MAX = 60.0
KNOWN_PATHS = ("/ko/", "/en/services/job-portal", "/api/v1/services/job-portal/figures?window=90d", "/api/v1/services")


def keep_a_year(data: Path) -> None:
    """Make a folder of one service with ten menus and a strip of each for 400 days."""
    prepare_folder(data)
    menus = tuple(a_menu(f"menu-{number}", routes=(f"/{number}",)) for number in range(MENUS))
    with closing(open_register(data)) as register:
        apply_catalogue(register, a_catalogue(a_service(menus=menus)), clock.now())
        service = register.catalogue().services[0]
    today = clock.now().date()
    with closing(open_telemetry(data)) as store:
        subjects = [
            a_strip(service=service.index, menu=menu, seed=menu, settled=True) for menu in (0, *(each.index for each in service.menus))
        ]
        for ago in range(DAYS, 0, -1):
            store.keep_judged(None, service.index, [moved(strip, today - timedelta(days=ago)) for strip in subjects], ())


def moved(strip: DayStrip, day: date) -> DayStrip:
    """Return the strip of another day."""
    return replace(
        strip, day=day, first_minute=strip.first_minute + 1440 * (day - strip.day).days, minute_class=strip.minute_class % len(MinuteClass)
    )


def ask_anything(port: int, chance: random.Random, count: int, statuses: Tally[tuple[int, bool]]) -> None:
    """Ask for so many spans nobody asked for before, as JSON and CSV; note status and whether it says when to come again."""
    last = clock.now().replace(minute=0, second=0, microsecond=0)
    for _ in range(count):
        begin = last - timedelta(hours=chance.randrange(24 * (DAYS - 10), 24 * DAYS))
        end = last - timedelta(hours=chance.randrange(24 * 10))
        kind = chance.choice(("figures", "figures.csv"))
        path = f"/api/v1/services/job-portal/{kind}?from={begin:%Y-%m-%dT%H:%M:%SZ}&to={end:%Y-%m-%dT%H:%M:%SZ}"
        status, retry_after = get(port, path)
        statuses[status, retry_after is not None] += 1


def get(port: int, path: str) -> tuple[int, str | None]:
    """Return the status of an answer, and when to ask again if it says so."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS_MAX)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.getheader("Retry-After")


def test_130_readers_of_random_windows_are_answered_or_turned_away_in_bounded_memory(start: Start, data: Path) -> None:
    keep_a_year(data)
    server = start()
    assert [get(server.port, path)[0] for path in KNOWN_PATHS] == [200] * len(KNOWN_PATHS)
    before = resident_mib(server.worker)
    statuses: Tally[tuple[int, bool]] = Tally()
    chances = [random.Random(number) for number in range(READERS)]
    readers = [threading.Thread(target=ask_anything, args=(server.port, chance, QUESTIONS_EACH, statuses)) for chance in chances]
    for reader in readers:
        reader.start()
    known = [get(server.port, path)[0] for _ in range(5) for path in KNOWN_PATHS]
    for reader in readers:
        reader.join()

    assert statuses.total() == READERS * QUESTIONS_EACH
    assert set(statuses) == {(200, False), (503, True)}
    assert set(known) == {200}
    assert resident_mib(server.worker, "VmHWM") <= RESIDENT_MIB_MAX
    assert resident_mib(server.worker) - before <= GROWTH_MIB_MAX
