"""Share out among threads and connections how many files a process may have open.

Files come first: a flood of connections waits outside until there is room, and cannot keep what was let in from being stored.
"""

import resource
from dataclasses import dataclass

from observatory.web.waiting_lines import PURPOSES

DESCRIPTORS_WANTED = 4096
DESCRIPTORS_OWN = 32
"""What a worker has open that serves nobody: its stores, its log, its pipes."""
DESCRIPTORS_PER_THREAD = 3
"""What a request may open: the register, telemetry and its write-ahead log."""
CONNECTIONS_MAX = 1024
THREADS_MIN = len(PURPOSES)


@dataclass(frozen=True, slots=True)
class Shares:
    """Who gets how much."""

    threads: int
    connections: int


def raise_limit() -> int:
    """Allow this process and its children as many descriptors as we want, or as the host permits; return how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS_WANTED if hard == resource.RLIM_INFINITY else min(DESCRIPTORS_WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return CONNECTIONS_MAX * 2 if soft == resource.RLIM_INFINITY else soft


def share(descriptors: int, threads: int) -> Shares:
    """Return how many of `threads` there may be, and how many connections at once, with so many descriptors."""
    left = max(0, descriptors - DESCRIPTORS_OWN)
    threads = max(THREADS_MIN, min(threads, left // 2 // DESCRIPTORS_PER_THREAD))
    return Shares(threads, max(1, min(CONNECTIONS_MAX, left - threads * DESCRIPTORS_PER_THREAD)))
