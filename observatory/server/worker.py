"""Load what the web server's worker serves: the front of a WSGI application, with everything that runs beside requests.

The worker ends when the store is lost, and after SIGTERM closes what it opened once the last request under way has its
answer.
"""

import asyncio
import gc
import http.client
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.util import Finalize
from typing import NoReturn

import click
import structlog
from apiflask import APIFlask
from prometheus_client import CollectorRegistry

from observatory import exit_codes
from observatory.errors import ObservatoryError, Overloaded
from observatory.kernels import compiling
from observatory.publish.health import FirstPages
from observatory.readmodel.summary import Summary
from observatory.receive.otlp_front import OtlpFront
from observatory.server.app import create_app, front_of
from observatory.settings import Settings
from observatory.store.group_commit.committer import Committer
from observatory.store.lost import StoreLost
from observatory.store.opening import FolderLock
from observatory.warming import warm
from observatory.web.context import parts_of
from observatory.web.language import LANGUAGES
from observatory.web.own_traces import OwnTraces
from observatory.web.slow_readers import Connections
from observatory.workers import answer_hooks, look_at_provider, note_senders, publish_due, settle_sightings, watch_log
from observatory.workers.ask_witnesses import AskWitnesses
from observatory.workers.check_whole_log import CheckWholeLog
from observatory.workers.forget_old import ForgetOld
from observatory.workers.freeze_months import FreezeMonths
from observatory.workers.heartbeat import Heartbeat
from observatory.workers.judge_due import JudgeDue
from observatory.workers.keep_token_use import KeepTokenUse
from observatory.workers.loop import Loop, Schedule
from observatory.workers.make_ready import MakeReady
from observatory.workers.poll_releases import PollReleases
from observatory.workers.probe_menus import ProbeMenus
from observatory.workers.watch_gates import WatchGates

STOP_SECONDS_MAX = 4.0
"""For the steps and the committer, once the last request has its answer; with the drain before it under 30 s."""
LAST_ANSWERS_SECONDS_MAX = 1.0
"""What a lost store leaves to answers on their way."""
READY_SECONDS_MAX = 60.0
READY_POLL_SECONDS = 0.05
ANSWER_SECONDS_MAX = 1.0
FIRST_PAGE_SECONDS_MAX = 120.0
MADE_READY_SECONDS_MAX = 1800.0
"""Of a very large folder. What takes longer is given up: a slow page is better than no server."""
GARBAGE_THRESHOLDS = 20_000, 10, 10
"""By how many objects there must be more before garbage is looked for: at the default, 700, that was a tenth of a small request."""

log = structlog.get_logger(__name__)


class Served:
    """What the web server calls: the front of an application for every request, and before them its event loop is introduced."""

    def __init__(self, front: OtlpFront) -> None:
        self.__rsgi__ = front.__rsgi__

    def __rsgi_init__(self, event_loop: asyncio.AbstractEventLoop) -> None:
        """Let the loop begin with a look at the signals that came before it ran."""
        event_loop.call_soon(_look_at_signals)


def _look_at_signals() -> None:
    """Wake the event loop as a signal would, by a byte that stands for none.

    ! A signal that comes when it is already handled, but the loop does not run yet, is noted by uvloop and seen when the next comes.
    """
    wakeup = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
    os.write(wakeup, b"\0")


def load_application(settings: Settings, lock: FolderLock, exit_code: "Synchronized[int]", *, first: bool) -> Served:
    """Return what answers requests, with its background running. What cannot start ends the worker with one line and an exit code.

    So does the first worker if it had to compile: what the compiler takes, half a gigabyte, is not given back by a process.
    """
    try:
        warm()
        if first and compiling.has_compiled():
            _end_worker(exit_code, exit_codes.COMPILED)
        app = create_app(settings, on_lost=partial(_end_process, exit_code))
        background = Background(app)
        background.start()
        front = front_of(app)
        parts_of(app).get(FirstPages).awaited = True
        gc.collect()
        gc.freeze()  # What is there now stays; looking for garbage in it again and again would cost every request.
        gc.set_threshold(*GARBAGE_THRESHOLDS)
    except ObservatoryError as error:
        click.echo(f"observatory: {error}", err=True)
        _end_worker(exit_code, exit_codes.BAD_SETTINGS)
    except Exception:
        log.exception("cannot start")
        _end_worker(exit_code, exit_codes.REFUSED)
    # ! The web server ends its worker without atexit; finalizers of multiprocessing are run.
    Finalize(None, background.stop, exitpriority=0)
    threading.Thread(target=Connections(settings.port).watch, name="connections", daemon=True).start()
    threading.Thread(target=_announce, args=(app, settings, lock), name="announce", daemon=True).start()
    return Served(front)


def _end_worker(exit_code: "Synchronized[int]", code: int) -> NoReturn:
    """End this process before it serves, and let the parent know why."""
    exit_code.value = code
    sys.exit(code)


def schedules(settings: Settings) -> tuple[Schedule, ...]:
    """Return the steps of one application, each with a memory of its own, and how often they are taken."""
    witnessing = (Schedule("ask_witnesses", AskWitnesses(), idle_seconds=2.0),) if settings.log_policy else ()
    asking = Schedule("probe_menus", ProbeMenus(), idle_seconds=1.0), Schedule("poll_releases", PollReleases(), idle_seconds=2.0)
    probing = asking if settings.prober else ()
    return (
        *probing,
        Schedule("heartbeat", Heartbeat(), idle_seconds=2.0),
        Schedule("judge_due", JudgeDue(), idle_seconds=1.0),
        Schedule("make_ready", MakeReady(), idle_seconds=1.0),
        Schedule("publish_due", publish_due.step, idle_seconds=5.0),
        Schedule("watch_log", watch_log.step, idle_seconds=2.0),
        *witnessing,
        Schedule("check_whole_log", CheckWholeLog(), idle_seconds=60.0),
        Schedule("watch_gates", WatchGates(), idle_seconds=5.0),
        Schedule("answer_hooks", answer_hooks.step, idle_seconds=1.0),
        Schedule("forget_old", ForgetOld(), idle_seconds=60.0),
        Schedule("freeze_months", FreezeMonths(), idle_seconds=60.0),
        Schedule("note_senders", note_senders.step, idle_seconds=5.0),
        Schedule("keep_token_use", KeepTokenUse(), idle_seconds=60.0),
        Schedule("look_at_provider", look_at_provider.step, idle_seconds=300.0),
        Schedule("settle_sightings", settle_sightings.step, idle_seconds=300.0),
    )


class Background:
    """What runs beside the requests of one application: the committer first, then the steps that write through it."""

    def __init__(self, app: APIFlask, steps: Sequence[Schedule] | None = None) -> None:
        parts = parts_of(app)
        assert isinstance(parts.writer, Committer)
        self._app = app
        self._parts = parts
        self._committer = parts.writer
        self._loop = Loop(schedules(parts.settings) if steps is None else steps, parts, parts.get(CollectorRegistry))
        self._stop_traces: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Open the telemetry store for writing and begin; raises what opening raised."""
        self._committer.start()
        if self._parts.settings.otlp_endpoint:
            self._stop_traces = self._parts.get(OwnTraces).send_to(self._parts.settings.otlp_endpoint).shutdown
        self._loop.start()

    def stop(self) -> None:
        """End the steps, store what waits, close the stores."""
        self._loop.stop(STOP_SECONDS_MAX / 2)
        self._committer.stop(STOP_SECONDS_MAX / 2)
        with suppress(Overloaded, StoreLost):  # Another minute of it is forgotten then.
            KeepTokenUse()(self._parts)
        self._parts.telemetry.close()
        self._parts.register.close()
        self._stop_traces()


def _end_process(exit_code: "Synchronized[int]") -> None:
    """End the worker because the store is lost: nothing is tried again on that handle, and what was answered is safe."""
    log.critical("store lost, the process ends")
    exit_code.value = exit_codes.REFUSED
    last_resort = threading.Timer(LAST_ANSWERS_SECONDS_MAX, os._exit, [exit_codes.REFUSED])
    last_resort.daemon = True
    last_resort.start()
    os.kill(os.getpid(), signal.SIGTERM)


def _announce(app: APIFlask, settings: Settings, lock: FolderLock) -> None:
    """Say where the observatory is: to commands on this host once it answers, to people once there is something to see.

    Whoever sends does not wait for pages; whoever reads does not find a server that is still making its first one.
    """
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - compared, not bound
    if not _wait_until_it_answers("/livez", address, settings.port):
        return
    lock.announce(address, settings.port)
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)  # Compiled now, and not while the first reader of each page waits.
    for language in LANGUAGES:
        if (status := _status_of(f"/{language}/", address, settings.port, FIRST_PAGE_SECONDS_MAX)) != http.HTTPStatus.OK:
            log.warning("front page not made", language=language, status=status)
    _wait_until_made_ready(parts_of(app).get(Summary).missing)
    parts_of(app).get(FirstPages).awaited = False
    if not _wait_until_it_answers("/readyz", address, settings.port):
        return
    log.info("ready", host=settings.host, port=settings.port)
    name = f"[{address}]" if ":" in address else address
    click.echo(f"Observatory is ready on http://{name}:{settings.port}")


def _wait_until_made_ready(missing: Callable[[], int]) -> None:
    """Wait until lists can say something of every service: after an upgrade, and of a folder that was put back, all are made anew."""
    deadline = time.monotonic() + MADE_READY_SECONDS_MAX
    while (services := missing()) and time.monotonic() < deadline:
        time.sleep(READY_POLL_SECONDS)
    if services:
        log.warning("pages of some services are not made ready yet", services=services)


def _wait_until_it_answers(path: str, address: str, port: int) -> bool:
    deadline = time.monotonic() + READY_SECONDS_MAX
    while _status_of(path, address, port, ANSWER_SECONDS_MAX) != http.HTTPStatus.OK:
        if time.monotonic() > deadline:
            log.error("not ready in time", path=path, seconds=READY_SECONDS_MAX)
            return False
        time.sleep(READY_POLL_SECONDS)
    return True


def _status_of(path: str, address: str, port: int, seconds: float) -> int | None:
    """Return the status of an answer, None where there is none in time."""
    connection = http.client.HTTPConnection(address, port, timeout=seconds)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()
