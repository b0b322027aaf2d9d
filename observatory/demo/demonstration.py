"""Run the town and its observatory until Ctrl-C: `observatory demo`."""

import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import requests
from werkzeug.serving import make_server

from observatory import clock
from observatory.demo.prepared_town import PreparedTown, prepare_town
from observatory.demo.prober import check_menus
from observatory.demo.sample_service import Faults, build_service, report_spans, write_access_log
from observatory.demo.town import FAILING_SERVICE, PROBED_SERVICE, SERVICES, SampleService, town_catalogue
from observatory.demo.traffic import send_citizens
from observatory.errors import BadSettings
from observatory.settings import Settings, environment_of
from observatory.warming import warm

READY_SECONDS_MAX = 180.0
"""A first start compiles the decoders, on a slow machine for minutes."""
STOP_SECONDS_MAX = 40.0
LOOK_SECONDS = 0.1
"""How often it is looked for the end."""
END_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FAULTS = Faults(first_s=120, fail_s=300, period_s=2400)
"""Two minutes after the town wakes up it fails for five minutes, and again every forty minutes."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Running:
    """The observatory's process and where it listens."""

    process: "subprocess.Popen[bytes]"
    url: str


class AskedToEnd:
    """Whether somebody asked for the end since this was made. It interrupts nothing, so whoever wants to know looks now and then.

    ! An exception may come between any two steps: also between the one that begins something and the one that sees to its end. And
    none comes while the main thread is in a system call that began after its last look, or if another thread was given the signal.
    """

    def __init__(self) -> None:
        self.yes = False
        for number in END_SIGNALS:
            signal.signal(number, self._note)

    def _note(self, *_: object) -> None:
        self.yes = True


def demonstrate(settings: Settings, say: Say) -> int:
    """Prepare the folder, run the observatory and the town beside it; return the observatory's exit code when it ends.

    Ctrl-C, SIGTERM and a closed terminal end everything that was started.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    warm(say)
    settings = settings.model_copy(update={"demonstration": True, "prober": False})  # The town hall checks: not twice.
    town = prepare_town(settings, clock.now(), say)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with ExitStack() as stack:
        asked_to_end = AskedToEnd()
        running = stack.enter_context(run_observatory(settings, asked_to_end))
        stop = threading.Event()
        stack.callback(stop.set)
        for sample in takewhile(lambda _: not asked_to_end.yes, SERVICES):
            stack.enter_context(run_sample(sample, settings, running.url, town, stop))
        if not asked_to_end.yes:
            _welcome(running.url, town, say)
        while not asked_to_end.yes:
            if (code := running.process.poll()) is not None:
                return code
            time.sleep(LOOK_SECONDS)
        say("\nthe town goes to sleep")
    return 0


@contextmanager
def run_observatory(settings: Settings, asked_to_end: AskedToEnd) -> Iterator[Running]:
    """Run `observatory run` as a child until the block ends. Raises BadSettings if it does not come up and nobody asks for the end."""
    # A session of its own: Ctrl-C ends the town first, so that its last telemetry still finds somebody listening.
    process = subprocess.Popen(
        [sys.executable, "-m", "observatory", "run"], env=environment_of(settings), stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        running = Running(process, f"http://{settings.host}:{settings.port}")
        _wait_until_ready(running, asked_to_end)
        yield running
    finally:
        process.terminate()
        process.wait(STOP_SECONDS_MAX)


def _wait_until_ready(running: Running, asked_to_end: AskedToEnd) -> None:
    deadline = time.monotonic() + READY_SECONDS_MAX
    with requests.Session() as session:
        session.trust_env = False
        while time.monotonic() < deadline and running.process.poll() is None and not asked_to_end.yes:
            try:
                if session.get(f"{running.url}/readyz", timeout=2).ok:
                    return
            except requests.RequestException:
                pass
            time.sleep(0.2)
    if not asked_to_end.yes:
        raise BadSettings("cannot show the demonstration: the observatory did not come up", "its own message stands above")


@contextmanager
def run_sample(
    sample: SampleService, settings: Settings, observatory_url: str, town: PreparedTown, stop: threading.Event
) -> Iterator[None]:
    """Run one sample service with its citizens, and whatever carries its telemetry, until the block ends."""
    app = build_service(sample, FAULTS if sample.id == FAILING_SERVICE else None)
    threads: list[threading.Thread] = []
    with ExitStack() as stack:
        if sample.behind_access_log:
            path = settings.data / f"{sample.id}-access.log"
            log = stack.enter_context(path.open("a", buffering=1, encoding="utf-8"))
            write_access_log(app, log.write)
            stack.enter_context(follow_log(path, sample, settings))
        else:
            stack.callback(report_spans(app, sample, observatory_url, town.tokens[sample.id]).shutdown)
        server = make_server("127.0.0.1", 0, app, threaded=True)
        url = f"http://127.0.0.1:{server.server_port}"
        threads.append(threading.Thread(target=server.serve_forever, name=sample.id, daemon=True))
        if sample.id == PROBED_SERVICE and (service := town_catalogue().service(sample.id)):
            checking = (sample, service, url, observatory_url, town.key, stop)
            threads.append(threading.Thread(target=check_menus, args=checking, name="prober", daemon=True))
        for thread in threads:
            thread.start()
        stack.callback(server.shutdown)  # ! It waits until the server's thread has ended: for ever if that never began.
        send_citizens(sample, url, stop)
        yield
        stop.set()


@contextmanager
def follow_log(path: Path, sample: SampleService, settings: Settings) -> Iterator[None]:
    """Run `observatory follow-log` as a child until the block ends."""
    process = subprocess.Popen(  # noqa: S603  # our own program, on our own names
        [sys.executable, "-m", "observatory", "follow-log", str(path), "--service", sample.id, "--format", "combined+us"],
        env=environment_of(settings),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(STOP_SECONDS_MAX)


def _welcome(url: str, town: PreparedTown, say: Say) -> None:
    say(f"\nThe town of Hanbit is awake: {url}/ko/ and {url}/en/ (everything in it is made up)")
    say(f"{FAILING_SERVICE} fails from {FAULTS.first_s:.0f} to {FAULTS.first_s + FAULTS.fail_s:.0f} seconds from now; watch its page")
    if town.sign_in is not None:
        say(f"sign-off desk: {url}/en/desk/sign-in as {town.sign_in.staff_id}, password {town.sign_in.password}")
        say(f"  one-time codes from authenticator secret {town.sign_in.totp_secret}, or once with {town.sign_in.recovery_code}")
    say("Ctrl-C ends it all\n")
