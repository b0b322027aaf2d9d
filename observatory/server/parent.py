"""Watch over one worker that serves: the parent holds the folder, binds nothing itself, and returns an exit code."""

import ctypes
import multiprocessing
import os
import signal
import socket
from collections.abc import Callable
from functools import partial
from importlib import import_module
from multiprocessing.sharedctypes import Synchronized
from typing import Any

import click
import structlog
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels

from observatory import exit_codes
from observatory import process_log as journal
from observatory.errors import BadSettings
from observatory.server.descriptors import raise_limit, share
from observatory.server.stop_signals import call_when_told_to_stop, end_when_told_to_stop
from observatory.settings import Settings
from observatory.store.opening import FolderLock

WORKER_MODULE = "observatory.server.worker"
HEADER_READ_TIMEOUT_MS = 10_000
CONNECTIONS_WAITING_MAX = 1024
PR_SET_PDEATHSIG = 1
M_ARENA_MAX, M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -8, -1, -3
ARENAS_MAX = 4
"""Of glibc's allocator, which would else keep what each of the many threads once used."""
IDLE_BYTES_KEPT, MAPPED_BYTES = 1 << 24, 1 << 22
"""What each of them keeps for the next bodies, and how large a piece of memory is that is not kept: else the memory of
every body goes back and is taken, page by page, from the kernel anew."""
DRAIN_SECONDS_MAX = 25
"""What SIGTERM leaves to the worker; one that needs longer is killed, and nothing acknowledged is lost."""
log = structlog.get_logger(__name__)


def port_to_listen_on(host: str, port: int) -> int:
    """Return the port, or a free one for 0, once it is known that this process may listen there.

    ! The web server shares a port with any other that is willing (SO_REUSEPORT); two observatories must not.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return int(probe.getsockname()[1])
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise BadSettings(f"cannot listen on {host} port {port}: {reason}", "choose another with --host and --port") from None


class Stopping:
    """Stops the server of the moment, or the next one if there is none just now."""

    def __init__(self) -> None:
        self._told = False
        self._stop: Callable[[], object] = lambda: None

    def tell(self) -> None:
        """Stop it. On any thread."""
        self._told = True
        self._stop()

    def watch(self, stop: Callable[[], object]) -> None:
        """From now on `stop` stops the server."""
        self._stop = stop
        if self._told:
            stop()


def serve(settings: Settings, lock: FolderLock) -> int:
    """Serve until told to stop; return the exit code: 0 after SIGTERM or SIGINT, 2 for bad settings, 1 for a lost worker."""
    stopping = Stopping()
    call_when_told_to_stop(stopping.tell)
    # Fork, so that the worker inherits the lock: the folder stays taken as long as either of the two lives.
    multiprocessing.set_start_method("fork", force=True)
    os.register_at_fork(after_in_child=partial(live_and_die_with, os.getpid()))
    shares = share(raise_limit(), settings.threads)
    settings = settings.model_copy(update={"threads": shares.threads})
    code = serve_with_one_worker(settings, lock, shares.connections, stopping, first=True)
    if code == exit_codes.COMPILED:
        click.echo("Compiled; starting with a worker that has not held the compiler")
        code = serve_with_one_worker(settings, lock, shares.connections, stopping, first=False)
    return code


def serve_with_one_worker(settings: Settings, lock: FolderLock, connections: int, stopping: Stopping, *, first: bool) -> int:
    """Serve until the worker ends; return the exit code, which may be COMPILED for the first."""
    exit_code = multiprocessing.Value("i", 0)
    server = Granian(
        target=WORKER_MODULE,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.RSGI,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        workers=1,
        backpressure=connections,
        backlog=CONNECTIONS_WAITING_MAX,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_READ_TIMEOUT_MS),
        websockets=False,
        workers_kill_timeout=DRAIN_SECONDS_MAX,
        # Its one error, a lost worker, is ours to tell.
        log_level=LogLevels.critical,
        log_dictconfig=journal.logging_config(),
    )
    stopping.watch(server.signal_handler_interrupt)
    try:
        server.serve(target_loader=partial(load_worker, settings, lock, exit_code, first=first), wrap_loader=False)
    except SystemExit:
        if not exit_code.value:
            log.critical("worker lost, the process ends")
        return exit_code.value or exit_codes.REFUSED
    return int(exit_code.value)


def live_and_die_with(parent_pid: int) -> None:
    """In the worker: leave Ctrl-C to the parent, end at once on SIGTERM until there is something to drain, die when the parent dies."""
    os.setpgrp()
    end_when_told_to_stop()
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if hasattr(libc, "mallopt"):
        libc.mallopt(M_ARENA_MAX, ARENAS_MAX)
        libc.mallopt(M_TRIM_THRESHOLD, IDLE_BYTES_KEPT)
        libc.mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES)
    if os.getppid() != parent_pid:
        os._exit(exit_codes.REFUSED)


def load_worker(settings: Settings, lock: FolderLock, exit_code: "Synchronized[int]", *, first: bool) -> Callable[..., Any]:
    """In the worker: return the application.

    It is imported here and by name, as web servers do: numba reads its settings on import, and the parent stays small.
    """
    application: Callable[..., Any] = import_module(WORKER_MODULE).load_application(settings, lock, exit_code, first=first)
    return application
