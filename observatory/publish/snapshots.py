"""Keep the bytes of pages: made at most once per version, and kept for bad times."""

import gzip
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from threading import Lock
from typing import TypeVar

from flask import Response, request
from structlog import get_logger

from observatory.errors import BadInput, NotFound

T = TypeVar("T")

BYTES_MAX = 64 << 20
"""Bodies and their compressed form together; over it, what was asked for longest ago goes."""
AGE_S_MAX = 90
"""How old a snapshot may be to be handed out while another reader renders its successor."""
REST_S = 5
"""After the read model failed, how long known pages are served without asking it again: a locked store must not hold every thread."""
STRIPES = 64
CACHE_CONTROL = "public, max-age=30, stale-while-revalidate=300, stale-if-error=86400"
NOTICE_MARK = b"<!-- notice -->"
"""Where a page leaves room for the banner that says it is old."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One rendered page."""

    version: str
    body: bytes
    gzipped: bytes
    etag: str
    rendered_s: float
    """On the monotonic clock."""
    outdated: bool = False
    """Whether the read model failed, so that this is the last that is known."""

    @property
    def size_bytes(self) -> int:
        """What it weighs in memory."""
        return len(self.body) + len(self.gzipped)

    def with_notice(self, notice: str) -> "Snapshot":
        """Return the same page with a banner where it has left room for one."""
        return freeze(self.version, self.body.replace(NOTICE_MARK, notice.encode(), 1))


def freeze(version: str, body: bytes) -> Snapshot:
    """Return a page as it will be sent: compressed, and with the digest of its content as its tag."""
    return Snapshot(version, body, gzip.compress(body, compresslevel=6, mtime=0), sha256(body).hexdigest()[:32], time.monotonic())


class Snapshots:
    """Rendered pages by key. Any number of threads; for each key at most one renders at a time."""

    def __init__(self, bytes_max: int = BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0
        self._resting_until_s = 0.0
        self._kept: OrderedDict[str, Snapshot] = OrderedDict()
        self._guard = Lock()
        # A lock per key would grow with the keys; two pages that share one only wait for each other.
        self._turns = tuple(Lock() for _ in range(STRIPES))

    def get(self, key: str, version: Callable[[], str], read: Callable[[], T], render: Callable[[T], str]) -> Snapshot:
        """Return the page of `key` in the present version.

        While somebody else renders it, a snapshot of the last minute or so does. If `version` or `read` fails, the last
        snapshot is returned as outdated, or the error raised where there is none. What the reader did wrong (NotFound,
        BadInput) is raised always, and so is a failure of `render`: that is our own bug.
        """
        found = self._find(key)
        if found is not None and time.monotonic() < self._resting_until_s:
            return replace(found, outdated=True)
        try:
            wanted = version()
        except Exception as error:  # noqa: BLE001 - whatever broke there, what is known stays up
            return self._last_known(key, found, error)
        if found is not None and found.version == wanted:
            return found
        turn = self._turns[hash(key) % STRIPES]
        if not turn.acquire(blocking=found is None or time.monotonic() - found.rendered_s > AGE_S_MAX):
            assert found is not None
            return found
        try:
            return self._render(key, wanted, read, render)
        finally:
            turn.release()

    def _render(self, key: str, wanted: str, read: Callable[[], T], render: Callable[[T], str]) -> Snapshot:
        found = self._find(key)
        if found is not None and found.version == wanted:
            return found
        try:
            value = read()
        except (NotFound, BadInput):
            raise
        except Exception as error:  # noqa: BLE001 - as in `get`
            return self._last_known(key, found, error)
        return self._keep(key, freeze(wanted, render(value).encode()))

    def __len__(self) -> int:
        return len(self._kept)

    def _last_known(self, key: str, found: Snapshot | None, error: Exception) -> Snapshot:
        if found is None:
            raise error
        get_logger().error("read_model_failed", key=key, error=type(error).__name__)
        self._resting_until_s = time.monotonic() + REST_S
        return replace(found, outdated=True)

    def _find(self, key: str) -> Snapshot | None:
        with self._guard:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def _keep(self, key: str, snapshot: Snapshot) -> Snapshot:
        with self._guard:
            old = self._kept.pop(key, None)
            self._kept[key] = snapshot
            self._bytes += snapshot.size_bytes - (old.size_bytes if old else 0)
            while self._bytes > self._bytes_max and len(self._kept) > 1:
                _, dropped = self._kept.popitem(last=False)
                self._bytes -= dropped.size_bytes
            return snapshot


class ApiSnapshots(Snapshots):
    """Those of the open data."""


class PageSnapshots(Snapshots):
    """Those of the pages for citizens."""


def answer(snapshot: Snapshot, mimetype: str) -> Response:
    """Return a snapshot as the answer to this request: compressed where that is welcome, 304 where it is known already."""
    compressed = request.accept_encodings["gzip"] > 0
    response = Response(snapshot.gzipped if compressed else snapshot.body, mimetype=mimetype)
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = CACHE_CONTROL
    if compressed:
        response.content_encoding = "gzip"
    # A strong tag names bytes, and the compressed ones are others.
    response.set_etag(f"{snapshot.etag}-gzip" if compressed else snapshot.etag)
    response.make_conditional(request)
    return response
