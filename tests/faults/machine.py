"""A process, a file or a folder in; a machine that fails it out: failing system calls, foreign locks, small disks."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.servers import Server

ATTACHED = "attached"
STORAGE_CALLS = "pwrite64,write,fdatasync,fsync,ftruncate,unlink,openat"
OWN_NAME_SPACE = ("unshare", "--mount", "--map-root-user")
CALL = re.compile(r"(?P<thread>\d+) +(?P<name>\w+)\(\d+<(?P<file>[^>]*)>.*")

HOLD_LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()
connection.execute("ROLLBACK")
"""


@contextmanager
def failing(pid: int, *options: str | Path) -> Iterator[None]:
    """Let a process run under strace with these options from now on, until the block or the process ends."""
    command = ["strace", "-f", "-y", "-p", str(pid), *map(str, options)]
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert tracer.stderr is not None
    try:
        said = tracer.stderr.readline()
        assert ATTACHED in said, said
        yield
    finally:
        tracer.terminate()
        tracer.communicate()


@contextmanager
def foreign_lock(file: Path) -> Iterator[None]:
    """Hold a file's exclusive lock in another process."""
    with subprocess.Popen([sys.executable, "-c", HOLD_LOCK, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        yield
        holder.communicate("")
    assert holder.returncode == 0


def may_mount() -> bool:
    """Return whether this machine lets a test have a disk of its own; some containers do not."""
    return subprocess.run([*OWN_NAME_SPACE, "true"], capture_output=True, check=False).returncode == 0


def on_small_disk(data: Path, template: Path, size: str) -> Sequence[str | Path]:
    """Return what runs a program so that it finds a copy of a folder on a disk of its own, which nobody else sees."""
    mount = 'mount -t tmpfs -o "size=$1,mode=0700" none "$2" && cp -a "$3/." "$2" && shift 3 && exec "$@"'
    return (*OWN_NAME_SPACE, "sh", "-c", mount, "sh", size, data, template)


def seen_by(pid: int, path: Path) -> Path:
    """Return where we find what a process with disks of its own sees at a path."""
    return Path(f"/proc/{pid}/root{path}")


def copy_frozen(server: Server, inside: Path, copy: Path) -> None:
    """Copy a folder only its server sees, as it is at one instant.

    ! SQLite resolves links: opened by the path through which we see it, it would be another folder.
    """
    worker = server.worker
    os.kill(worker, signal.SIGSTOP)
    try:
        shutil.copytree(inside, copy)
    finally:
        os.kill(worker, signal.SIGCONT)


def repeated_after_failure(trace: Path, *calls: str) -> list[str]:
    """Return those of these calls that reached a database after one of its calls was made to fail, from strace's own record."""
    failed: set[str] = set()
    after = []
    for line in trace.read_text(encoding="utf-8").splitlines():
        found = CALL.match(line)
        if found is None:
            continue
        database = re.sub(r"-(wal|journal|shm)$", "", found["file"])
        if database in failed and found["name"] in calls:
            after.append(line)
        if "(INJECTED)" in line:
            failed.add(database)
    assert failed, "nothing failed"
    return after


def resident_mib(pid: int, field: str = "VmRSS") -> float:
    """Return how much memory a process holds, or (VmHWM) ever held."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:")) / 1024


@contextmanager
def in_memory_of(size: int) -> Iterator[Sequence[str | Path]]:
    """Lend what runs a program with at most so many bytes of memory: all its processes end when they need more.

    Where this machine lets nobody make a control group nothing holds it back, and only what is measured counts.
    """
    for root, limit in ((Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes"), (Path("/sys/fs/cgroup"), "memory.max")):
        group = root / f"observatory-{os.getpid()}"
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            (group / limit).write_text(str(size), encoding="ascii")
        except OSError:
            group.rmdir()
            continue
        try:
            yield ("sh", "-c", 'echo $$ > "$1/cgroup.procs" && shift && exec "$@"', "sh", group)
        finally:
            with suppress(OSError):  # A test that failed leaves its server to be stopped later.
                group.rmdir()
        return
    yield ()
