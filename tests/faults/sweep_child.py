"""A folder, a story and a place in it in; how the story got on out, one line for each thing done: what the sweep kills.

One process imports the product once and forks a child for each place; the child is traced before it begins.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import structlog

from observatory.flows.catalogue import apply_catalogue
from observatory.flows.public_log import SignedLog
from observatory.model.signoff import NewEntry
from observatory.store.opening import head_note_of, open_register, open_telemetry, prepare_folder
from tests.builders import a_catalogue, a_service
from tests.faults import readied
from tests.faults.said import all_that_is_said
from tests.registers import in_change
from tests.store.counted import DAY, DAY_START, RECEIVED, a_batch, a_load, a_strip

BATCHES = 6
SERVICES = 3
ENTRIES = 4


def intake(folder: Path) -> Iterator[int]:
    """Add batches, let readers see them now and then, and copy the write-ahead log into the file at the end."""
    with closing(open_telemetry(folder)) as store:
        for number in range(BATCHES):
            assert store.add([a_batch(count=1, key=number.to_bytes(8, "big"))]) in ([True], [False])
            if number % 2:
                store.flush()
            yield number


def retention(folder: Path) -> Iterator[int]:
    """Judge a day, then end what is past its retention."""
    with closing(open_telemetry(folder)) as store:
        store.keep_judged(next(iter(store.unjudged()), None), 1, [a_strip(service=1, day=DAY)], [a_load(service=1, day=DAY)])
        yield 0
        late = RECEIVED + timedelta(days=30)
        store.forget(late, late, DAY_START + 2880, DAY - timedelta(days=400))
        yield 1


def migration(folder: Path) -> Iterator[int]:
    """Open files of an older release."""
    open_telemetry(folder).close()
    yield 0
    open_register(folder).close()
    yield 1


def conversion(folder: Path) -> Iterator[int]:
    """Open a register whose log is a chain yet."""
    open_register(folder).close()
    yield 0


def sign_off(folder: Path) -> Iterator[int]:
    """Change the catalogue and append to the log."""
    with closing(open_register(folder)) as register:
        apply_catalogue(register, a_catalogue(*(a_service(f"service-{number}") for number in range(SERVICES))), RECEIVED)
        yield 0
        for number in range(ENTRIES):
            in_change(register).log.append(NewEntry("sign-off", b"%d" % number, RECEIVED))
            yield 1 + number


def signing(folder: Path) -> Iterator[int]:
    """Append to the log and sign each size, as a server does."""
    with closing(open_register(folder)) as register:
        log = SignedLog(register, prepare_folder(folder), head_note_of(folder))
        for number in range(ENTRIES):
            in_change(register).log.append(NewEntry("test", b"%d" % number, RECEIVED))
            assert log.look(RECEIVED).broken is None
            yield number


STORIES: dict[str, Callable[[Path], Iterator[int]]] = {
    "intake": intake,
    "retention": retention,
    "migration": migration,
    "conversion": conversion,
    "sign-off": sign_off,
    "signing": signing,
    "what people say": all_that_is_said,
    "making ready": readied.judged_and_made_ready,
}


def tell(story: str, folder: Path) -> list[int]:
    """Live a story to its end; return what was done."""
    return list(STORIES[story](folder))


def live(story: str, folder: Path, done: Path) -> None:
    """In the child: wait to be traced, then live the story and note each thing once it is done."""
    os.kill(os.getpid(), signal.SIGSTOP)
    with done.open("wb", buffering=0) as notes:
        for number in STORIES[story](folder):
            notes.write(b"%d\n" % number)


def trace(story: str, folder: Path, options: list[str]) -> tuple[int, list[int]]:
    """Let a child live a story under strace; return the signal that ended it, or 0, and what it had done."""
    done = folder.with_name("done")
    done.unlink(missing_ok=True)
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            live(story, folder, done)
            status = 0
        finally:
            os._exit(status)
    os.waitpid(pid, os.WUNTRACED)
    tracer = subprocess.Popen(["strace", "-f", "-p", str(pid), *options], stderr=subprocess.PIPE, text=True)
    assert tracer.stderr is not None
    assert "attached" in tracer.stderr.readline()
    os.kill(pid, signal.SIGCONT)
    _, status = os.waitpid(pid, 0)
    tracer.communicate()
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the story failed by itself"
    numbers = [int(line) for line in done.read_text().splitlines()] if done.exists() else []
    return (os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0), numbers


def main() -> None:
    """Answer each line of JSON, [story, folder, options], with one; what the product logs goes elsewhere."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    for line in sys.stdin:
        story, folder, options = json.loads(line)
        print(json.dumps(trace(story, Path(folder), options)), flush=True)  # noqa: T201 - the answer to whoever sweeps


if __name__ == "__main__":
    main()
