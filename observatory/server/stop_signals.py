"""Wait for SIGTERM and Ctrl-C on a thread that does nothing else.

! A handler in Python runs on the main thread between any two of its instructions, so it may wait for a lock that this thread holds;
and while the main thread waits for a lock it does not run at all if the kernel gave the signal to another thread.
"""

import signal
import threading
from collections.abc import Callable

STOP_SIGNALS = frozenset((signal.SIGINT, signal.SIGTERM))


def call_when_told_to_stop(stop: Callable[[], object]) -> None:
    """Call `stop`, on a thread of its own, each time this process is told to stop from now on.

    For the main thread of a process that has no other yet: those it starts inherit that they are not given these signals. So does a
    child, which has to call `end_when_told_to_stop`.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    threading.Thread(target=_wait, args=(stop,), name="stop signals", daemon=True).start()


def end_when_told_to_stop() -> None:
    """In a child: end at once on these signals, also on one that came since it was made."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)


def _wait(stop: Callable[[], object]) -> None:
    while True:
        signal.sigwait(STOP_SIGNALS)
        stop()
