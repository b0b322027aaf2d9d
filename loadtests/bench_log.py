"""Measure what the public log costs: an append with its signature, and reading all of a log of a million entries again.

`python -m loadtests.bench_log [ENTRIES]`. Appends are transactions of their own, each synced, and the log is signed after each;
beside them stands what one synced write of a page costs on the same disk.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from observatory import clock
from observatory.flows.log_checking import tree_of
from observatory.flows.public_log import SignedLog
from observatory.model.signoff import NewEntry
from observatory.store.opening import head_note_of, open_register, prepare_folder
from observatory.store.register import RegisterStore

ENTRIES = 1_000_000
APPENDED = 10_000
AT_ONCE = 10_000
BODY = b'{"account":"5f0c4d5e","by":"host","number":%d,"padding":"' + b"x" * 200 + b'"}'
PAGE = bytes(4096)


def main() -> None:
    """Print a line for each measurement."""
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES
    with tempfile.TemporaryDirectory(dir=Path.cwd() / "build") as place:
        folder = Path(place)
        keys = prepare_folder(folder)
        register = open_register(folder)
        with (folder / "page").open("wb") as file:
            say("synced write of a page", timed(min(APPENDED, entries), partial(synced, file.fileno())))
        signed_log = SignedLog(register, keys, head_note_of(folder))
        appends, signatures = append_and_sign(register, signed_log, min(APPENDED, entries))
        say("append", appends)
        say("sign", signatures)
        fill(register, entries)
        begun = time.perf_counter()
        fresh = SignedLog(register, keys, head_note_of(folder))
        fresh.look(clock.now())
        print(f"{'first signature of a fresh process':<40} {time.perf_counter() - begun:8.2f} s at {entries} entries")
        appends, signatures = append_and_sign(register, fresh, 200)
        say(f"append at {entries}", appends)
        say(f"sign at {entries}", signatures)
        register.close()
        for arguments in (("--full",), ()):
            begun, spent = time.perf_counter(), processor_seconds()
            said = subprocess.run(
                [sys.executable, "-m", "observatory", "check-log", "--data", folder, *arguments], check=True, capture_output=True
            )
            name = " ".join(("check-log", *arguments))
            took, used = time.perf_counter() - begun, processor_seconds() - spent
            print(f"{name:<40} {took:8.2f} s, {used:.2f} s of a processor: {said.stdout.decode().strip()[:30]}")


def append_and_sign(register: RegisterStore, signed_log: SignedLog, count: int) -> tuple[list[float], list[float]]:
    """Return how long each append took, and each signature after it, in milliseconds."""
    size, _ = tree_of(register)
    appends: list[float] = []
    signatures: list[float] = []
    for number in range(size, size + count):
        appends += timed(1, partial(append, register, number))
        signatures += timed(1, lambda _: signed_log.look(clock.now()))
    return appends, signatures


def append(register: RegisterStore, first: int, count: int = 1) -> None:
    """Append entries in one transaction."""
    now = clock.now()
    with register.change() as books:
        for number in range(first, first + count):
            books.log.append(NewEntry("account-enrolled", BODY % number, now))


def processor_seconds() -> float:
    """Return what programs that ended have used of a processor."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def fill(register: RegisterStore, entries: int) -> None:
    """Append until there are so many."""
    size, _ = tree_of(register)
    for first in range(size, entries, AT_ONCE):
        append(register, first, min(AT_ONCE, entries - first))


def synced(descriptor: int, _: int) -> None:
    """Write a page and wait for the disk."""
    os.pwrite(descriptor, PAGE, 0)
    os.fsync(descriptor)


def timed(count: int, act: Callable[[int], object]) -> list[float]:
    """Return how long something takes each time, in milliseconds; it is told how often it was done before, or once."""
    found = []
    for number in range(1, count + 1):
        begun = time.perf_counter()
        act(number)
        found.append((time.perf_counter() - begun) * 1000)
    return found


def say(name: str, milliseconds: Sequence[float]) -> None:
    """Print the median and the 99th percentile."""
    ordered = sorted(milliseconds)
    print(f"{name:<40} p50 {ordered[len(ordered) // 2]:8.2f} ms   p99 {ordered[len(ordered) * 99 // 100]:8.2f} ms", flush=True)


if __name__ == "__main__":
    main()
