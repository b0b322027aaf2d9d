"""Read pages while telemetry comes in: how long answers take without and with it, and what the intake manages meanwhile."""

import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from loadtests.bench_intake import CASES, drive, plain_bodies, write_prepared
from loadtests.readers import Answer, quantile_ms, read_for
from loadtests.target import new_token

READERS = 64
SECONDS = 60
TRAFFIC = CASES[0]
"""As much as the intake takes: it is asked for no more than it answers."""


def read_beside_intake(data: Path, url: str, pid: int, paths: Sequence[str]) -> dict[str, float]:
    """Return how long 64 readers at their own pace wait, alone and beside the intake."""
    alone = read_for(url, paths, READERS, SECONDS)
    with tempfile.TemporaryDirectory(prefix="observatory-bodies-") as name, ThreadPoolExecutor(1) as thread:
        write_prepared(Path(name), plain_bodies(TRAFFIC))
        reading = thread.submit(read_for, url, paths, READERS, SECONDS)
        intake = drive(TRAFFIC, url, new_token(data), pid, Path(name), SECONDS)
        beside = reading.result()
    return {
        **_times(f"{READERS} readers alone", alone),
        **_times(f"{READERS} readers beside the intake", beside),
        "intake meanwhile, records/s": intake.records_per_s,
        "intake meanwhile, errors": intake.errors,
    }


def _times(who: str, answers: Sequence[Answer]) -> dict[str, float]:
    return {
        f"{who}: p50, ms": quantile_ms(answers, 0.5),
        f"{who}: p99, ms": quantile_ms(answers, 0.99),
        f"{who}: slowest, ms": quantile_ms(answers, 1),
        f"{who}: neither 200 nor 304": sum(not answer.fine for answer in answers),
    }
